"""writing_off.write_off: a system need not take a decision any more, and everything else goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from assignments import models
from assignments.services.decisions import approving, revoking
from assignments.services.records import auditing, refusals
from assignments.services.writebacks import delivering, retrying, writing_back, writing_off
from tests import factories, racing
from tests.factories import NOW
from tests.services.writebacks import calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(suggestion: models.Suggestion, targets: Any, mara: Any) -> models.Assignment:
    """Approved and told to three systems; the first has refused it, the others have it."""
    made = approving.approve(suggestion=suggestion, by=mara, now=NOW)
    rows = made.write_backs.order_by("pk")
    rows.exclude(pk=rows[0].pk).update(status="ACKNOWLEDGED", acknowledged_at=NOW)
    rows.filter(pk=rows[0].pk).update(status="DEAD", last_error="Work management answered 422")
    models.WriteBackLane.objects.all().delete()
    return made


def dead(assignment: models.Assignment) -> models.WriteBack:
    row: models.WriteBack = assignment.write_backs.order_by("pk")[0]
    return row


def write_off(assignment: models.Assignment, by: Any, reason: str = "Booked by hand") -> retrying.Outcome:
    district = assignment.order.district
    return writing_off.write_off(district=district, ids=[dead(assignment).pk], reason=reason, by=by, now=NOW)


def told(assignment: models.Assignment) -> list[tuple[str, str]]:
    return list(
        assignment.write_backs.filter(target=dead(assignment).target).order_by("pk").values_list("action", "status")
    )


class TestDone:
    def test_the_assignment_that_waited_for_nothing_else_is_confirmed(
        self, assignment: Any, mara: Any, events_of: Any
    ) -> None:
        write_off(assignment, mara)

        row = dead(assignment)
        assert (row.status, row.written_off_by, row.written_off_because) == ("WRITTEN_OFF", mara, "Booked by hand")
        assert models.Assignment.objects.get().status == "CONFIRMED"
        entry = models.AuditEntry.objects.get(verb="write-back.written-off")
        assert (entry.actor, entry.reason, entry.before["error"], entry.after["status"]) == (
            mara, "Booked by hand", "Work management answered 422", "WRITTEN_OFF",
        )  # fmt: skip
        assert events_of(assignment.order)[-1] == "write-back"

    def test_what_no_system_has_taken_is_not_confirmed(self, assignment: Any, mara: Any) -> None:
        assignment.write_backs.update(status="DEAD", acknowledged_at=None)

        ids = list(assignment.write_backs.values_list("pk", flat=True))
        writing_off.write_off(district=assignment.order.district, ids=ids, reason="Test", by=mara, now=NOW)

        assert models.Assignment.objects.get().status == "APPROVED"

    def test_nothing_more_is_told_of_it(self, assignment: Any, mara: Any) -> None:
        writing_back.confirm(assignment=assignment, now=NOW)

        write_off(assignment, mara)

        assert told(assignment) == [("ASSIGN", "WRITTEN_OFF"), ("CONFIRM", "COMPENSATED")]
        models.WriteBack.objects.filter(action="CONFIRM").delete()
        writing_back.confirm(assignment=assignment, now=NOW)
        assert told(assignment) == [("ASSIGN", "WRITTEN_OFF")]

    @pytest.mark.parametrize(("may_be_known", "then"), [(False, []), (True, [("REVOKE", "PENDING")])])
    def test_taken_back_later_it_is_revoked_where_it_may_be_known(
        self, assignment: Any, mara: Any, may_be_known: bool, then: list[Any]
    ) -> None:
        assignment.write_backs.filter(pk=dead(assignment).pk).update(may_be_known=may_be_known)
        write_off(assignment, mara)

        revoking.revoke(assignment=assignment, reason="Storm", by=mara, now=NOW)

        assert told(assignment) == [("ASSIGN", "COMPENSATED"), *then]


class TestRefused:
    def test_who_is_not_a_manager_and_without_a_reason(self, assignment: Any, vic: Any, stella: Any, mara: Any) -> None:
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                write_off(assignment, person)
        with pytest.raises(refusals.ReasonMissing):
            write_off(assignment, mara, reason="  ")

        assert dead(assignment).status == "DEAD"

    def test_after_an_undo(self, assignment: Any, mara: Any) -> None:
        revoking.undo(assignment=assignment, by=mara, now=NOW)

        with pytest.raises(writing_off.NothingToWriteOff, match="WO-1 to Work management is compensated"):
            write_off(assignment, mara)

        assert not models.AuditEntry.objects.filter(verb="write-back.written-off").exists()

    def test_of_another_district(self, assignment: Any, elsewhere: Any, stella: Any) -> None:
        ids = [dead(assignment).pk]

        with pytest.raises(writing_off.NothingToWriteOff):
            writing_off.write_off(district=elsewhere, ids=ids, reason="No", by=stella, now=NOW)

    def test_what_is_written_off_is_not_sent_again(self, assignment: Any, mara: Any) -> None:
        write_off(assignment, mara)

        with pytest.raises(delivering.NothingToRetry):
            delivering.retry(write_back=dead(assignment), by=mara, now=NOW)
        assert calls.claim() == []


def test_nothing_is_done_when_it_cannot_be_recorded(
    assignment: Any, mara: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(auditing, "record", fails)

    with pytest.raises(RuntimeError), transaction.atomic():
        write_off(assignment, mara)

    assert dead(assignment).status == "DEAD"
    assert models.Assignment.objects.get().status == "APPROVED"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_retry_and_write_off_one_is_told(mara: Any, jonas: Any, district: Any) -> None:
    order = factories.OrderFactory(district=district, number="WO-1", status="SCHEDULED")
    row = factories.WriteBackFactory(assignment=factories.AssignmentFactory(order=order), status="DEAD")

    outcomes = racing.at_once(
        lambda: delivering.retry(write_back=row, by=mara, now=NOW),
        lambda: writing_off.write_off(district=district, ids=[row.pk], reason="No", by=jonas, now=NOW),
    )

    refused = [one for one in outcomes if isinstance(one, refusals.Refusal)]
    assert len(refused) == 1, outcomes
    assert models.AuditEntry.objects.count() == 1
    assert models.WriteBack.objects.get().status in {"PENDING", "WRITTEN_OFF"}
