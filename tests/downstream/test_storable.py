"""Each value of a record is mended, read as none, or refused with its field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from assignments.downstream import messages, storable
from assignments.downstream.trouble import first_fault
from tests.factories import NOW
from tests.records import order, permit

FAR = "9999-12-31T23:59:59-06:00"
YEAR_1 = "0001-01-01T00:00:00Z"


def read(**values: Any) -> messages.OrderMessage:
    return messages.OrderMessage.read({**order().model_dump(mode="json", exclude_unset=True), **values})


def fault(shape: type[messages.Record], given: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        shape.read(given)
    return first_fault(caught.value)


class TestTimes:
    @pytest.mark.parametrize(
        "nothing",
        [
            YEAR_1,
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00+14:00",
            "0000-00-00 00:00:00",
            "1900-01-01T00:00:00Z",
            None,
        ],
    )
    @pytest.mark.parametrize("field", ["due", "earliest_start", "materials_expected"])
    def test_long_ago_means_none(self, field: str, nothing: Any) -> None:
        assert getattr(read(**{field: nothing}), field) is None

    @pytest.mark.parametrize(
        "far",
        [
            FAR,
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T23:59:59",
            "+292278994-08-17T07:12:55Z",
            "2200-01-01T00:00:00Z",
        ],
    )
    def test_a_far_end_means_none(self, far: str) -> None:
        assert read(due=far).due is None
        assert messages.HeldMessage.model_validate(
            {"qualification": "LINE", "issued": YEAR_1, "expires": far}
        ) == messages.HeldMessage(qualification="LINE", issued=storable.FIRST, expires=None)

    def test_a_far_beginning_is_refused(self) -> None:
        given = order().model_dump(mode="json")

        assert fault(messages.OrderMessage, {**given, "earliest_start": FAR}) == (
            "earliest_start: lies outside the years 1970 to 2199"
        )

    def test_an_end_that_something_must_have_is_the_last_one(self) -> None:
        assert messages.Period.model_validate({"start": YEAR_1, "end": FAR}) == messages.Period(
            start=storable.FIRST, end=storable.LAST
        )

    def test_a_period_of_nothing_is_none(self) -> None:
        assert read(appointment={"start": YEAR_1, "end": YEAR_1}).appointment is None
        assert read(appointment={"start": None, "end": None}).appointment is None

    def test_an_endless_ticket_is_left_to_the_law(self) -> None:
        given = permit().model_dump(mode="json")
        given["valid"]["end"] = FAR

        assert isinstance(messages.PermitMessage.read(given).valid, messages.Beginning)
        assert messages.PermitMessage.read({**given, "kind": "TRAFFIC"}).valid.end == storable.LAST

    def test_an_endless_shift_is_refused(self) -> None:
        given = {"reference": "S-1", "version": 1, "crew": "C-1", "period": {"start": NOW.isoformat(), "end": FAR}}

        assert fault(messages.ShiftMessage, given) == "period: a shift lasts at most 31 days"

    @pytest.mark.parametrize(
        "at", ["2026-06-15T12:00:00", "2026-06-15", "soon", True, [], {}, "2026-02-30T00:00:00Z", "1e400", 10**30]
    )
    def test_no_time_is_refused(self, at: Any) -> None:
        assert fault(messages.OrderMessage, {**order().model_dump(mode="json"), "due": at}).startswith("due: ")

    def test_whatever_its_offset_it_is_the_same_time(self) -> None:
        due = read(due="2026-06-15T12:00:00+23:59").due
        assert (due, due.tzinfo) == (datetime(2026, 6, 14, 12, 1, tzinfo=UTC), UTC)


class TestTextAndKeys:
    def test_free_text_is_mended_and_said(self) -> None:
        record = read(title="\ufeffPole\x07 down \ud83d", address="x" * 201, description="é\n\tok")

        assert record.title == " Pole  down  "
        assert (len(record.address), record.description) == (200, "é\n\tok")
        assert record.mended == (
            "title held characters that nothing can show",
            "address was shortened to 200 characters",
        )

    @pytest.mark.parametrize("key", ["", " ", "W-1\x00", "W\n1", "\ufeffW-1", "W-1\ud83d", "x" * 41, 7, None, ["W-1"],
                                     "\u200b", "W-1\u202e"])  # fmt: skip
    @pytest.mark.parametrize("field", ["reference", "number", "district"])
    def test_a_key_is_refused(self, field: str, key: Any) -> None:
        assert fault(messages.OrderMessage, {**order().model_dump(mode="json"), field: key}).startswith(f"{field}: ")

    def test_a_blank_title_is_refused(self) -> None:
        given = order().model_dump(mode="json")

        for title in ("\x00 ", "\u200b\u2060", "\u3164"):
            assert fault(messages.OrderMessage, {**given, "title": title}) == "title: is blank"

    def test_what_turns_the_direction_of_a_page_is_left_out(self) -> None:
        assert read(title="Pole \u202edown").title == "Pole  down"


class TestNumbersAndNulls:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("version", 2**63), ("version", 0), ("version", 10**400), ("voltage", 2**31), ("customers_out", 10**9),
            ("customers_out", -1), ("customers_out", 1.5), ("duration_minutes", 2**40), ("crew_size", 41),
            ("latitude", 91), ("latitude", float("nan")), ("longitude", float("inf")), ("parts_done", 10**9),
        ],
    )  # fmt: skip
    def test_a_number_beyond_its_column_is_refused(self, field: str, value: Any) -> None:
        assert fault(messages.OrderMessage, {**order().model_dump(mode="json"), field: value}).startswith(f"{field}: ")

    def test_null_says_as_little_as_nothing(self) -> None:
        names = ("description", "needs", "crew_size", "energised", "materials_ready", "due", "further_crews")
        record = read(**dict.fromkeys(names))

        assert record == order()
        assert record.model_fields_set & set(names) == {"due"}

    def test_null_is_refused_where_something_is_needed(self) -> None:
        given = order().model_dump(mode="json")

        assert fault(messages.OrderMessage, {**given, "latitude": None}).startswith("latitude: ")
