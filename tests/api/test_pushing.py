"""Systems send their records by themselves: taken as if they had been read, each with its own outcome."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.queries import sources
from assignments.tasks.following import SourceFollower
from notifications.models import Event, Notification
from tests import factories
from tests.api.conftest import assert_problem, bearer
from tests.api.pushes import ORDERS, outcomes, put, send
from tests.records import crew, employee, order


@pytest.mark.parametrize(
    ("before", "odd", "encoding"),
    [
        ("", '{"reference": "W-2", "version": NaN}', "utf-8"),
        ("", '{"reference": "W-2", "version": 1e999}', "utf-8"),
        ("", '{"reference": "W-2", "title": %s}' % ("[" * 3000 + "]" * 3000), "utf-8"),
        ("", '{"reference": "W-2", "title": "caf\u00e9"}', "cp1252"),
        ("\ufeff", '{"reference": "W-2"}', "utf-8"),
        ("", '{"reference": "W-2", "title": "half \\ud83d"}', "utf-8"),
    ],
)  # fmt: skip
def test_what_is_odd_in_a_batch_hides_no_other_record(
    as_work: Client, district: models.District, before: str, odd: str, encoding: str
) -> None:
    good = json.dumps(order("W-1").model_dump(mode="json"))
    body = f'{before}{{"records": [{odd}, {good}]}}'.encode(encoding)

    response = as_work.post(ORDERS, body, content_type="application/json")

    assert outcomes(response) == [("W-2", "refused"), ("W-1", "stored")]


class TestOneRecord:
    def test_is_stored_and_reaches_open_boards(self, as_work: Client, district: models.District) -> None:
        response = put(as_work, "W-1", order("W-1", version=3, number="N-1"))

        assert (response.status_code, response.headers["ETag"]) == (201, '"3"')
        assert response.json()["outcome"] == "stored"
        assert models.WorkOrder.objects.get(number="N-1").source_version == 3
        assert Event.objects.filter(
            type="order.changed", channel=f"district:{district.pk}", data__number="N-1"
        ).exists()

    def test_twice_is_one_effect_and_an_older_version_changes_nothing(self, as_work: Client) -> None:
        put(as_work, "W-1", order("W-1", version=3, title="Replace the pole"))
        again = put(as_work, "W-1", order("W-1", version=3, title="Replace the pole"))
        older = put(as_work, "W-1", order("W-1", version=2, title="Look at the pole"))

        assert [(one.status_code, one.json()["outcome"]) for one in (again, older)] == [
            (200, "unchanged"), (200, "older"),
        ]  # fmt: skip
        assert older.headers["ETag"] == '"3"'
        assert models.WorkOrder.objects.get().title == "Replace the pole"

    def test_that_is_wrong_is_refused_with_the_field_and_kept(self, as_work: Client, mara: Any) -> None:
        wrong = order("W-1", priority="EMERGENCY").model_dump(mode="json") | {"latitude": 200}

        problem = assert_problem(put(as_work, "W-1", wrong), 422, "record-refused")

        assert problem["errors"][0]["field"] == "latitude"
        kept = models.RefusedRecord.objects.get()
        assert (kept.reference, kept.field, kept.district.code) == ("W-1", "latitude", "NORTH")
        assert "an emergency that could not be taken" in Notification.objects.get(user=mara).title

        assert put(as_work, "W-1", order("W-1", version=2)).status_code == 201
        assert not models.RefusedRecord.objects.exists()

    def test_may_wait_for_what_it_names(self, as_work: Client) -> None:
        waiting = put(as_work, "W-2", order("W-2", prerequisites=["W-1"]))

        assert (waiting.status_code, waiting.json()["outcome"]) == (202, "waiting")
        assert "W-1" in waiting.json()["reason"]

        worker = SourceFollower(owner="worker-1", now_fn=timezone.now)
        worker.turn()
        assert not models.WorkOrder.objects.exists()
        put(as_work, "W-1", order("W-1", number="N-1"))
        worker.look()
        worker.turn()

        assert models.WorkOrder.objects.count() == 2

    def test_needs_a_version_and_the_reference_of_its_address(self, as_work: Client) -> None:
        record = order("W-1").model_dump(mode="json")

        for wrong, field in (({**record, "reference": "W-2"}, "reference"), ([record], "")):
            problem = assert_problem(put(as_work, "W-1", wrong), 400, "invalid")
            assert problem["errors"][0]["field"] == field
        del record["version"]
        assert assert_problem(put(as_work, "W-1", record), 400, "invalid")["errors"][0]["field"] == "version"
        assert not models.RefusedRecord.objects.exists()


class TestTheVersionThatWasSeen:
    def test_lets_the_next_one_be_stored(self, as_work: Client) -> None:
        put(as_work, "W-1", order("W-1", version=7))
        record = order("W-1", title="Replace both poles").model_dump(mode="json")
        del record["version"]

        response = put(as_work, "W-1", record, **{"If-Match": '"7"'})

        assert (response.status_code, response.headers["ETag"]) == (200, '"8"')
        assert models.WorkOrder.objects.get().title == "Replace both poles"

    @pytest.mark.parametrize(("tag", "is_there"), [('"6"', True), ('"6"', False), ("*", False)])
    def test_is_not_the_present_one(self, as_work: Client, tag: str, is_there: bool) -> None:
        if is_there:
            put(as_work, "W-1", order("W-1", version=7))

        problem = assert_problem(
            put(as_work, "W-1", order("W-1", version=9), **{"If-Match": tag}), 412, "precondition-failed"
        )

        assert (problem["present"] or {}).get("version") == (7 if is_there else None)
        assert set(models.WorkOrder.objects.values_list("source_version", flat=True)) == ({7} if is_there else set())

    def test_is_a_version(self, as_work: Client) -> None:
        assert_problem(put(as_work, "W-1", order("W-1"), **{"If-Match": '"seven"'}), 400, "invalid")


class TestBatch:
    def test_has_an_outcome_for_each_record(self, as_work: Client) -> None:
        put(as_work, "W-1", order("W-1", version=5, number="N-1"))
        put(as_work, "W-2", order("W-2", version=5, number="N-2"))

        response = send(
            as_work,
            order("W-1", version=5, number="N-1"),
            order("W-2", version=4, number="N-2"),
            order("W-3", version=1, number="N-3"),
            order("W-4", version=1, number="N-4", prerequisites=["W-99"]),
            {"reference": "W-5", "version": 1},
            order("W-3", version=2, number="N-3"),
        )

        assert outcomes(response) == [
            ("W-1", "unchanged"), ("W-2", "older"), ("W-3", "older"), ("W-4", "waiting"), ("W-5", "refused"),
            ("W-3", "stored"),
        ]  # fmt: skip
        assert response.json()["counts"] == {"stored": 1, "unchanged": 1, "older": 2, "waiting": 1, "refused": 1}

    def test_takes_the_good_ones_among_hostile_ones(self, as_work: Client) -> None:
        good = order("W-1").model_dump(mode="json")
        hostile: list[Any] = [
            None, 7, "W-9", [], {}, {"reference": "\ud83d", "version": 1},
            {**good, "reference": "W-2", "version": 2**70},
            {**good, "reference": "W-3", "number": "a\x00b"}, {**good, "reference": "x" * 41},
            {**good, "reference": "W-4", "number": "N-4", "title": "\ud83d" + "x" * 300},
            {**good, "reference": "W-5", "number": "N-5", "due": "9999-12-31T23:59:59-06:00"},
            {**good, "reference": "W-6", "number": "N-6", "latitude": 1e400},
        ]  # fmt: skip

        response = as_work.post(ORDERS, _json({"records": [*hostile, good]}), content_type="application/json")

        found = dict(outcomes(response))
        assert {name for name, outcome in found.items() if outcome == "stored"} == {"W-1", "W-4", "W-5"}
        assert models.WorkOrder.objects.count() == 3
        assert sum(outcome == "refused" for _, outcome in outcomes(response)) == 10

    def test_of_a_thousand_is_taken_and_one_more_is_not(self, as_work: Client) -> None:
        records = [order(f"W-{n}", number=f"N-{n}") for n in range(1000)]

        response = send(as_work, *records)

        assert response.json()["counts"]["stored"] == 1000
        assert models.WorkOrder.objects.count() == 1000
        assert_problem(send(as_work, *records, order("W-1000")), 400, "invalid")

    def test_of_none_says_that_the_system_is_there(self, as_work: Client, district: models.District) -> None:
        assert outcomes(send(as_work)) == []

        (state,) = sources.states(district)
        assert state.as_of is not None
        assert not state.is_late(timezone.now() + timedelta(days=3))

    def test_under_one_key_has_one_answer(self, as_work: Client) -> None:
        first = send(as_work, order("W-1"), **{"Idempotency-Key": "k-1"})
        second = send(as_work, order("W-1"), **{"Idempotency-Key": "k-1"})

        assert second.headers["Idempotency-Replayed"] == "true"
        assert second.json() == first.json()
        assert_problem(send(as_work, order("W-2"), **{"Idempotency-Key": "k-1"}), 422, "idempotency-key-reused")
        assert models.WorkOrder.objects.count() == 1


class TestAsOf:
    def test_a_system_with_an_interval_is_late_when_it_is_silent(
        self, as_work: Client, work: models.DownstreamSystem, district: models.District
    ) -> None:
        models.DownstreamSystem.objects.filter(pk=work.pk).update(read_every_seconds=60)
        send(as_work)

        (state,) = sources.states(district)
        assert not state.is_late(timezone.now())
        assert state.is_late(timezone.now() + timedelta(seconds=90))

    def test_open_pages_hear_of_it_but_not_of_each_record(self, as_work: Client, district: models.District) -> None:
        for n in range(3):
            put(as_work, f"W-{n}", order(f"W-{n}", number=f"N-{n}"))

        read = Event.objects.filter(type="source.read", channel=f"district:{district.pk}")
        assert [event.data["system"] for event in read] == ["work"]

    def test_a_system_that_was_never_heard_is_not_shown(self, work: models.DownstreamSystem, district: Any) -> None:
        assert sources.states(district) == []

    def test_of_a_system_that_is_read_as_well_reading_says_as_of_when(
        self, as_work: Client, work: models.DownstreamSystem, district: models.District
    ) -> None:
        models.DownstreamSystem.objects.filter(pk=work.pk).update(is_source=True)

        send(as_work, order("W-1"))

        (state,) = sources.states(district)
        assert state.as_of is None


def test_a_roster_is_pushed_in_its_order(mara: Any, district: models.District) -> None:
    roster = factories.DownstreamSystemFactory(code="workforce", is_source=False)
    factories.ApiTokenFactory(user=mara, secret="lineup_roster", scopes=["push"], system=roster)
    client, to = bearer("lineup_roster"), "/api/v1/inbound/workforce/"
    period = {"start": "2026-06-15T12:00:00Z", "end": "2026-06-15T20:00:00Z"}

    assert outcomes(send(client, {"reference": "LINE", "version": 1, "name": "Line"}, to=f"{to}qualifications/"))
    # The crew comes before its people.
    assert outcomes(send(client, crew("C-1", name="Line 1"), to=f"{to}crews/")) == [("C-1", "waiting")]
    send(client, employee("E-1", held=[]), to=f"{to}employees/")
    SourceFollower(owner="worker-1", now_fn=timezone.now).turn()
    day = {"reference": "S-1", "version": 1, "crew": "C-1", "period": period}
    assert outcomes(send(client, day, to=f"{to}shifts/")) == [("S-1", "stored")]

    assert models.Shift.objects.get().crew.name == "Line 1"
    assert_problem(
        put(client, "LINE", {"name": "Lines"}, to=f"{to}qualifications/", **{"If-Match": '"1"'}), 400, "invalid"
    )


def _json(data: Any) -> str:
    return json.dumps(data).replace("Infinity", "1e400")
