"""The wire format, read back by parsers that are not ours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st

from notifications.wire import catalogue, event_ids, sse


def read_back(raw: bytes) -> list[ServerSentEvent]:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=raw)
    return list(EventSource(response).iter_sse())


class TestFrames:
    @given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=4))
    def test_a_reader_gets_back_what_was_sent(self, data: dict[str, Any]) -> None:
        (event,) = read_back(sse.encode(sse.ServerSentEvent("order.changed", data, "here")))

        assert (event.event, event.id, event.json()) == ("order.changed", "here", data)

    def test_data_is_one_line_whatever_it_holds(self) -> None:
        raw = sse.encode(sse.ServerSentEvent("note", {"text": "first\nsecond\r\nthird"}))

        assert raw.count(b"\n") == 3

    def test_times_and_numbers_of_the_domain_have_a_form(self) -> None:
        data = {"at": datetime(2026, 6, 15, tzinfo=UTC), "run": UUID(int=7), "hours": Decimal("1.5")}

        assert sse.as_plain(data) == {
            "at": "2026-06-15T00:00:00+00:00",
            "run": "00000000-0000-0000-0000-000000000007",
            "hours": "1.5",
        }

    def test_data_is_compact_and_in_the_letters_it_was_written_in(self) -> None:
        assert sse.dump({"street": "Höhenweg", "numbers": [1, 2]}) == '{"street":"Höhenweg","numbers":[1,2]}'

    def test_refuses_what_has_no_form(self) -> None:
        with pytest.raises(TypeError, match="object has no JSON form"):
            sse.dump({"thing": object()})

    @pytest.mark.parametrize("broken", ["a\nb", "a\rb", "a\0b"])
    def test_refuses_a_name_or_id_that_would_break_the_frame(self, broken: str) -> None:
        for message in (sse.ServerSentEvent(broken), sse.ServerSentEvent("note", id=broken)):
            with pytest.raises(sse.NotFrameable):
                sse.encode(message)

    def test_comments_are_no_events(self) -> None:
        frame = sse.encode(sse.ServerSentEvent("note", {"number": 1}, "here"))

        read = read_back(frame + sse.comment("still here") + sse.comment("still here") + frame)

        assert [event.event for event in read] == ["note", "note"]

    def test_retry_travels_with_an_event(self) -> None:
        (event,) = read_back(sse.encode(sse.ServerSentEvent("hello", {}, retry=1500)))

        assert (event.event, event.retry) == ("hello", 1500)


class TestCursor:
    @given(st.integers(min_value=0, max_value=2**47))
    def test_is_read_back(self, position: int) -> None:
        here = event_ids.Cursor(event_ids.new_epoch(), position)

        assert event_ids.parse(str(here)) == here

    @given(st.integers(0, 2**47), st.integers(0, 2**47))
    def test_texts_of_one_epoch_have_the_order_of_the_log(self, one: int, other: int) -> None:
        texts = [str(event_ids.Cursor("aaaaaaaaaa", position)) for position in (one, other)]

        assert (texts[0] < texts[1]) == (one < other)

    @pytest.mark.parametrize("nonsense", ["", "0", "aaaaaaaaaa", "aaaaaaaaaa.1", "AAAAAAAAAA.000000000001", "x" * 9999])
    def test_refuses_nonsense(self, nonsense: str) -> None:
        with pytest.raises(event_ids.CursorUnreadable):
            event_ids.parse(nonsense)


class TestCatalogue:
    def test_refuses_another_definition_of_a_name(self) -> None:
        taken = catalogue.find("hello")

        assert catalogue.register(taken) is taken
        with pytest.raises(catalogue.EventTypeTaken):
            catalogue.register(catalogue.EventType("hello", "user:<id>", {}, "Another greeting."))

    def test_refuses_an_unknown_name(self) -> None:
        with pytest.raises(catalogue.UnknownEventType, match="nobody knows"):
            catalogue.find("nobody knows")

    @pytest.mark.parametrize("data", [{}, {"reason": "lifetime", "mood": "good"}])
    def test_refuses_a_payload_with_other_fields(self, data: dict[str, Any]) -> None:
        with pytest.raises(catalogue.PayloadMismatch):
            catalogue.find("bye").check(data)
