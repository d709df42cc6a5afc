"""correcting.correct: a system is told of the same decision in other words."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, revoking
from assignments.services.records import auditing, refusals
from assignments.services.writebacks import correcting, writing_back
from tests import factories
from tests.downstream.conftest import ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks import calls

pytestmark = pytest.mark.django_db
WHY = "Their number of the crew"


@pytest.fixture
def row(suggestion: models.Suggestion, target: Any, mara: Any) -> models.WriteBack:
    """An assignment that work management has refused, because it does not know the crew."""
    made = approving.approve(suggestion=suggestion, by=mara, now=NOW)
    made.write_backs.update(status="DEAD", attempts=1, last_error="Work management answered 422: no such crew")
    models.WriteBackLane.objects.all().delete()
    found: models.WriteBack = made.write_backs.get()
    return found


def correct(row: models.WriteBack, by: Any, **changes: Any) -> models.WriteBack:
    return correcting.correct(write_back=row, changes=changes, reason=WHY, by=by, now=NOW)


class TestDone:
    def test_it_is_sent_as_corrected_under_a_new_key(
        self, row: Any, mara: Any, system: ScriptedSystem, events_of: Any
    ) -> None:
        before = row.payload

        sent = correct(row, mara, crew="CR-003", reason="Second floor")

        assert sent.payload == {**before, "crew": "CR-003", "reason": "Second floor"}
        assert (sent.status, sent.idempotency_key != row.idempotency_key) == ("PENDING", True)
        entry = models.AuditEntry.objects.get(verb="write-back.corrected")
        assert (entry.actor, entry.reason) == (mara, WHY)
        assert (entry.before["crew"], entry.after["crew"]) == (before["crew"], "CR-003")
        assert events_of(row.about)[-1] == "write-back"
        system.answer(acknowledged("B-7"))
        assert calls.attempt().reference == "B-7"
        assert system.asked[0].body["crew"] == "CR-003"
        assert system.asked[0].headers["idempotency-key"] == str(sent.idempotency_key)

    def test_what_follows_is_told_in_the_same_words(self, row: Any, mara: Any, system: ScriptedSystem) -> None:
        start = (row.assignment.starts_at - timedelta(minutes=15)).isoformat()
        sent = correct(row, mara, crew="CR-003", period={**row.payload["period"], "start": start})
        system.respond = lambda asked: acknowledged()
        calls.attempt()

        [firm] = writing_back.confirm(assignment=row.assignment, now=NOW)
        [gone] = writing_back.revoke(assignment=row.assignment, by=mara, now=NOW)

        for later in (firm, gone):
            assert (later.payload["crew"], later.payload["period"]) == ("CR-003", sent.payload["period"])
        assert (firm.payload["action"], gone.payload["action"]) == ("CONFIRM", "REVOKE")

    def test_what_waits_for_it_is_told_in_the_same_words(self, row: Any, mara: Any) -> None:
        [firm] = writing_back.confirm(assignment=row.assignment, now=NOW)

        correct(row, mara, crew="CR-003")

        firm.refresh_from_db()
        assert (firm.payload["crew"], firm.payload["action"]) == ("CR-003", "CONFIRM")

    def test_the_told_time_may_be_shorter_or_rounded(self, row: Any, mara: Any) -> None:
        start, end = row.assignment.starts_at, row.assignment.ends_at
        told = {"start": start - timedelta(minutes=15), "end": end - timedelta(minutes=20)}

        period = correct(row, mara, period=told).payload["period"]

        assert period["start"] == f"{told['start']:%Y-%m-%dT%H:%M:%SZ}"

    def test_the_reference_of_a_restoration_time_too(self, district: Any, target: Any, mara: Any) -> None:
        told = {"order": "WO-9", "back_at": None, "certainty": "NO_CREW", "told_at": "2026-06-15T13:00:00Z"}
        order = factories.OrderFactory(district=district)
        row = factories.WriteBackFactory(
            assignment=None, order=order, action="ETR", target=target, status="DEAD", payload=told
        )

        assert correct(row, mara, order="OUT-9").payload == {**told, "order": "OUT-9"}


class TestRefused:
    def test_who_is_not_a_manager_and_without_a_reason(self, row: Any, vic: Any, stella: Any, mara: Any) -> None:
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                correct(row, person, crew="CR-003")
        with pytest.raises(refusals.ReasonMissing):
            correcting.correct(write_back=row, changes={"crew": "CR-003"}, reason=" ", by=mara, now=NOW)

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({}, "Nothing is different"),
            ({"tentative": True}, "tentative says what was decided"),
            ({"crew": ""}, "crew: String should have at least 1 character"),
            ({"further_crews": ["T-1"]}, "WO-1 is done by 1 crew"),
            ({"period": {"start": NOW, "end": NOW}}, "the end must be after the start"),
            ({"period": {"start": NOW, "end": NOW + timedelta(days=1)}}, "not moved"),
        ],
    )
    def test_another_decision_or_no_message_at_all(self, row: Any, mara: Any, changes: Any, why: str) -> None:
        with pytest.raises(correcting.NotCorrectable, match=why):
            correct(row, mara, **changes)

        assert models.WriteBack.objects.values_list("status", "payload").get() == ("DEAD", row.payload)

    def test_after_an_undo(self, row: Any, mara: Any) -> None:
        revoking.undo(assignment=row.assignment, by=mara, now=NOW)

        with pytest.raises(correcting.NothingToCorrect, match="is compensated"):
            correct(row, mara, crew="CR-003")

    def test_the_second_of_two_who_looked_at_the_same(self, row: Any, mara: Any, jonas: Any) -> None:
        correct(row, mara, crew="CR-003")
        with pytest.raises(correcting.NothingToCorrect, match="is pending"):
            correct(row, jonas, crew="CR-004")

        models.WriteBack.objects.update(status="DEAD")
        with pytest.raises(correcting.ChangedBefore):
            correcting.correct(
                write_back=row, changes={"crew": "CR-4"}, seen=uuid.UUID(str(row.idempotency_key)), reason=WHY,
                by=jonas, now=NOW,
            )  # fmt: skip
        assert models.WriteBack.objects.get().payload["crew"] == "CR-003"


def test_nothing_is_done_when_it_cannot_be_recorded(row: Any, mara: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(auditing, "record", fails)

    with pytest.raises(RuntimeError):
        correct(row, mara, crew="CR-003")

    now = models.WriteBack.objects.get()
    assert (now.status, now.payload, now.idempotency_key) == ("DEAD", row.payload, row.idempotency_key)
