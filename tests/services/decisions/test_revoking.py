from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, revoking
from assignments.services.records import refusals
from notifications.models import Notification
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(suggestion, targets, mara, now) -> models.Assignment:
    return approving.approve(suggestion=suggestion, by=mara, now=now)


class TestRevoke:
    def test_gives_the_order_back_to_the_queue(self, assignment, jonas, now):
        revoked = revoking.revoke(assignment=assignment, reason="Wrong crew", by=jonas, now=now)

        assert (revoked.status, revoked.revoked_by, revoked.revoke_reason) == ("REVOKED", jonas, "Wrong crew")
        assignment.order.refresh_from_db()
        assert assignment.order.status == "READY"

    def test_opens_the_suggestion_again(self, assignment, suggestion, mara, now):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        again = approving.approve(suggestion=suggestion, by=mara, now=now + timedelta(minutes=1))

        assert again.status == "APPROVED"

    def test_sends_nothing_to_targets_that_never_heard_of_it(self, assignment, mara, now):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        assert {(row.action, row.status) for row in assignment.write_backs.all()} == {("ASSIGN", "COMPENSATED")}

    @pytest.mark.parametrize("status", ["SENDING", "ACKNOWLEDGED", "FAILED", "DEAD"])
    def test_takes_it_back_from_targets_that_may_have_heard(self, assignment, mara, now, status):
        heard = assignment.write_backs.get(target__code="work")
        models.WriteBack.objects.filter(pk=heard.pk).update(status=status, attempts=1, may_be_known=True)

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        compensating = assignment.write_backs.get(action="REVOKE")
        assert (compensating.target.code, compensating.status) == ("work", "PENDING")
        assert compensating.payload["action"] == "REVOKE"

    @pytest.mark.parametrize("status", ["PENDING", "FAILED", "DEAD"])
    def test_sends_nothing_where_no_attempt_can_have_arrived(self, assignment, mara, now, status):
        assignment.write_backs.update(status=status, attempts=3)

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        assert {(row.action, row.status) for row in assignment.write_backs.all()} == {("ASSIGN", "COMPENSATED")}

    def test_tells_the_other_managers(self, assignment, mara, jonas, now):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=jonas, now=now)

        entry = Notification.objects.get(kind="assignment.revoked")
        assert (entry.user, entry.title) == (mara, "Jonas Okafor took Line 1 off WO-1")

    def test_records_why(self, assignment, mara, now, events_of):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        assert models.AuditEntry.objects.get(verb="assignment.revoked").reason == "Wrong crew"
        assert events_of(assignment.order)[-1] == "assignment.revoked"

    def test_lets_the_next_work_be_reached_from_the_base_again(self, assignment, mara, now):
        later = factories.AssignmentFactory(
            shift=assignment.shift, starts_at=at("09:30"), departs_at=at("09:30"),
            order=factories.OrderFactory(district=assignment.order.district, status="SCHEDULED"),
        )  # fmt: skip

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        later.refresh_from_db()
        assert later.departs_at < at("09:30")


class TestUndo:
    def test_takes_it_back_as_a_revocation_does_and_asks_nothing(self, assignment, mara, now, events_of):
        models.WriteBack.objects.update(status="ACKNOWLEDGED", attempts=1)

        undone = revoking.undo(assignment=assignment, by=mara, now=now + timedelta(minutes=9, seconds=59))

        assert (undone.status, undone.revoke_reason) == ("REVOKED", "Undone within 10 minutes")
        assert assignment.write_backs.filter(action="REVOKE", status="PENDING").count() == 3
        assert events_of(assignment.order)[-1] == "assignment.revoked"
        assert models.AuditEntry.objects.get(verb="assignment.revoked").actor == mara

    def test_is_over_after_ten_minutes_but_a_revocation_is_not(self, assignment, jonas, now):
        later = now + timedelta(minutes=10)

        with pytest.raises(revoking.UndoOver, match=r"Mara Lindqvist approved Line 1 for WO-1 at 05:45, more than 10"):
            revoking.undo(assignment=assignment, by=jonas, now=later)

        revoked = revoking.revoke(assignment=assignment, reason="Ice on the road", by=jonas, now=later)
        assert revoked.revoke_reason == "Ice on the road"

    def test_lasts_as_long_as_the_setting_says(self, assignment, mara, now, settings):
        settings.UNDO_MINUTES = 0.5

        assert assignment.undo_until == now + timedelta(seconds=30)
        with pytest.raises(revoking.UndoOver, match=r"more than 0\.5 minutes"):
            revoking.undo(assignment=assignment, by=mara, now=now + timedelta(seconds=30))

    def test_tells_of_a_dispatched_crew_rather_than_of_the_time(self, assignment, mara, now):
        models.Assignment.objects.filter(pk=assignment.pk).transition("DISPATCHED")

        with pytest.raises(guards.CrewDispatched):
            revoking.undo(assignment=assignment, by=mara, now=now + timedelta(hours=1))

    def test_tells_who_moved_it_meanwhile(self, assignment, mara, jonas, now):
        moved = {"revoked_by": jonas, "revoked_at": now}
        models.Assignment.objects.filter(pk=assignment.pk).transition("REASSIGNED", **moved)

        with pytest.raises(guards.AssignmentNotLive, match="Jonas Okafor moved this assignment of WO-1"):
            revoking.undo(assignment=assignment, by=mara, now=now)

    def test_is_for_managers_of_the_district(self, assignment, vic, stella, now):
        for other in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                revoking.undo(assignment=assignment, by=other, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_undo_at_once_one_is_told_who_was_first(assignment, targets, mara, jonas, now):
    undo = [
        lambda who=who: revoking.undo(assignment=models.Assignment.objects.get(), by=who, now=now)
        for who in (mara, jonas)
    ]

    outcomes = at_once(*undo)

    [refusal] = [one for one in outcomes if isinstance(one, guards.AssignmentNotLive)]
    [winner] = [one.revoked_by for one in outcomes if isinstance(one, models.Assignment)]
    assert refusals.person(winner) in refusal.sentence
    assert models.AuditEntry.objects.filter(verb="assignment.revoked").count() == 1


class TestRefused:
    def test_without_a_reason(self, assignment, mara, now):
        with pytest.raises(refusals.ReasonMissing):
            revoking.revoke(assignment=assignment, reason="", by=mara, now=now)

    def test_for_a_viewer(self, assignment, vic, now):
        with pytest.raises(refusals.NotAManager):
            revoking.revoke(assignment=assignment, reason="No", by=vic, now=now)

    def test_for_a_manager_of_another_district(self, assignment, stella, now):
        with pytest.raises(refusals.NotAManager):
            revoking.revoke(assignment=assignment, reason="No", by=stella, now=now)

    def test_when_the_crew_is_on_its_way(self, assignment, mara, now):
        models.Assignment.objects.filter(pk=assignment.pk).transition("DISPATCHED")

        with pytest.raises(guards.CrewDispatched, match="dispatched to Line 1"):
            revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

    def test_when_a_colleague_was_first(self, assignment, mara, jonas, now):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=jonas, now=now)

        with pytest.raises(guards.AssignmentNotLive, match="Jonas Okafor undid this assignment of WO-1 at 05:45:00"):
            revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)


def test_rolled_back_when_the_event_cannot_be_written(assignment, mara, now, monkeypatch):
    from assignments.services.records import events

    def broken(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(events, "order_changed", broken)

    with pytest.raises(OSError, match="disk full"):
        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

    assignment.refresh_from_db()
    assert assignment.status == "APPROVED"
    assert not assignment.write_backs.exclude(status="PENDING").exists()


class TestBesideOtherWork:
    def test_an_assignment_without_a_suggestion_leaves_none_open(self, district, mara, now):
        by_hand = factories.AssignmentFactory(order__district=district, suggestion=None)

        revoked = revoking.revoke(assignment=by_hand, reason="Entered twice", by=mara, now=now)

        assert revoked.status == "REVOKED"
        assert not models.Suggestion.objects.exists()

    def test_a_finished_assignment_stays(self, assignment, mara, now):
        models.Assignment.objects.filter(pk=assignment.pk).update(status="COMPLETED")

        with pytest.raises(guards.AssignmentNotLive, match="is completed"):
            revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

    def test_a_drive_that_does_not_fit_keeps_the_next_departure(self, assignment, mara, now):
        # From the work before it the crew could not be there in time; what was agreed stays as it is.
        order = assignment.order
        factories.AssignmentFactory(
            shift=assignment.shift, starts_at=at("06:30"),
            order=factories.OrderFactory(district=order.district, status="SCHEDULED", latitude=43.0),
        )  # fmt: skip
        later = factories.AssignmentFactory(
            shift=assignment.shift, starts_at=at("09:30"), departs_at=at("09:30"),
            order=factories.OrderFactory(district=order.district, status="SCHEDULED"),
        )  # fmt: skip

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        later.refresh_from_db()
        assert later.departs_at == at("09:30")
