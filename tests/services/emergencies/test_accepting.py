from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services import emergencies
from assignments.services.decisions import guards, revoking
from assignments.services.records import auditing, refusals
from notifications.models import Notification
from tests import factories
from tests.factories import at
from tests.services.emergencies.conftest import give

pytestmark = pytest.mark.django_db


def shown(order, now, *, crew="Line 1", moves=None):
    """The choice that a manager sees and then accepts."""
    found = emergencies.choices(order=order, now=now)
    shift_id = next(pk for pk, shift in found.snapshot.shifts.items() if shift.crew.name == crew)
    offer = found.of_shift(shift_id, moves=moves)
    return {"order": order, "shift_id": shift_id, "fingerprint": offer.fingerprint}


class TestAccept:
    def test_sends_the_crew_and_does_the_other_work_later(self, planned, order, mara, now):
        done = emergencies.accept(**shown(order, now), by=mara, now=now)

        assert (done.assignment.starts_at, done.assignment.ends_at) == (at("06:00"), at("08:00"))
        [moved] = done.moved
        assert (moved.order, moved.crew, moved.starts_at, moved.status) == (
            planned.order, planned.crew, at("08:00"), "APPROVED",
        )  # fmt: skip
        planned.refresh_from_db()
        order.refresh_from_db()
        assert (planned.status, planned.revoke_reason) == ("REASSIGNED", "Makes way for WO-9")
        assert (order.status, moved.order.status) == ("SCHEDULED", "SCHEDULED")

    def test_moves_nothing_when_that_was_chosen(self, planned, order, mara, now):
        done = emergencies.accept(**shown(order, now, moves=0), by=mara, now=now)

        planned.refresh_from_db()
        assert (done.assignment.starts_at, done.moved, planned.status) == (at("08:00"), (), "APPROVED")

    def test_gives_the_work_to_another_crew(self, planned, order, mara, now, district):
        models.WorkOrder.objects.filter(pk=planned.order_id).update(due_at=at("08:30"))
        factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 2"))
        # Line 2 is kept from the emergency itself.
        models.WorkOrder.objects.filter(pk=order.pk).update(equipment=["BUCKET"])
        factories.EquipmentFactory(crew=planned.crew)
        order.refresh_from_db()

        done = emergencies.accept(**shown(order, now), by=mara, now=now)

        assert [(row.crew.name, row.starts_at) for row in done.moved] == [("Line 2", at("07:00"))]
        assert {crew.version for crew in models.Crew.objects.all()} == {2}

    def test_gives_up_what_no_rule_allows_elsewhere(self, planned, order, mara, jonas, now):
        models.WorkOrder.objects.filter(pk=planned.order_id).update(
            appointment_starts_at=at("07:00"), appointment_ends_at=at("07:30")
        )

        done = emergencies.accept(**shown(order, now), by=mara, now=now)

        planned.order.refresh_from_db()
        assert [row.pk for row in done.given_up] == [planned.pk]
        assert (done.given_up[0].status, planned.order.status) == ("REVOKED", "READY")
        assert Notification.objects.get(kind="assignment.revoked").title == "Mara Lindqvist took Line 1 off WO-1"

    def test_tells_the_targets_of_everything(self, planned, order, mara, now, targets):
        heard = factories.WriteBackFactory(assignment=planned, target=targets[0], status="ACKNOWLEDGED", attempts=1)

        done = emergencies.accept(**shown(order, now), by=mara, now=now)

        assert done.assignment.write_backs.filter(action="ASSIGN", status="PENDING").count() == 3
        assert done.moved[0].write_backs.filter(action="ASSIGN", status="PENDING").count() == 3
        [undo] = planned.write_backs.filter(action="REVOKE")
        assert (undo.target, undo.status, undo.payload["reason"]) == (heard.target, "PENDING", "Makes way for WO-9")

    def test_records_and_publishes_each_change(self, planned, order, mara, jonas, now, events_of):
        emergencies.accept(**shown(order, now), by=mara, now=now)

        entry = models.AuditEntry.objects.get(verb="assignment.reassigned")
        assert (entry.order, entry.actor, entry.reason) == (planned.order, mara, "Makes way for WO-9")
        assert models.AuditEntry.objects.get(verb="assignment.approved").order == order
        assert (events_of(order), events_of(planned.order)) == (["assignment.approved"], ["assignment.reassigned"])
        note = Notification.objects.get()
        assert (note.user, note.title) == (jonas, "Mara Lindqvist assigned Line 1 to WO-9")
        assert note.body.endswith("Moved: WO-1 to Line 1, Mon 08:00")

    def test_lets_the_next_work_be_reached_from_the_emergency(self, shift, order, mara, now):
        models.WorkOrder.objects.filter(pk=order.pk).update(latitude=42.0)
        order.refresh_from_db()
        next_work = give(shift, "WO-2", "09:00")

        done = emergencies.accept(**shown(order, now, moves=0), by=mara, now=now)

        next_work.refresh_from_db()
        assert done.assignment.ends_at <= next_work.departs_at < next_work.starts_at

    def test_makes_what_wanted_the_crew_meanwhile_stale(self, planned, shift, order, mara, now):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=order.district), shift=shift, starts_at=at("06:30")
        )

        emergencies.accept(**shown(order, now), by=mara, now=now)

        rival.refresh_from_db()
        assert (rival.status, "WO-9" in rival.stale_cause) == ("STALE", True)

    def test_can_be_undone_as_any_approval(self, planned, order, mara, now):
        done = emergencies.accept(**shown(order, now), by=mara, now=now)

        revoking.revoke(assignment=done.assignment, reason="False alarm", by=mara, now=now)
        revoking.revoke(assignment=done.moved[0], reason="Not today", by=mara, now=now)

        assert {row.status for row in models.WorkOrder.objects.all()} == {"READY"}

    def test_waits_for_a_pending_permit_as_the_choice_said(self, shift, order, mara, now):
        models.WorkOrder.objects.filter(pk=order.pk).update(required_permits=["TRAFFIC"])
        factories.PermitFactory(order=order, kind="TRAFFIC", status="REQUESTED")
        order.refresh_from_db()

        assert emergencies.accept(**shown(order, now), by=mara, now=now).assignment.status == "TENTATIVE"


class TestRefused:
    def test_for_a_viewer_and_for_a_manager_of_another_district(self, planned, order, vic, stella, now):
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                emergencies.accept(**shown(order, now), by=person, now=now)

    def test_when_the_crew_was_given_other_work_since(self, planned, shift, order, mara, now):
        seen = shown(order, now)
        give(shift, "WO-3", "06:00", pinned=True)

        with pytest.raises(emergencies.ChoiceChanged, match="What you saw has changed") as refused:
            emergencies.accept(**seen, by=mara, now=now)

        assert refused.value.offer.choice.shift_id == shift.pk
        assert refused.value.offer.fingerprint != seen["fingerprint"]
        planned.refresh_from_db()
        assert planned.status == "APPROVED"

    def test_when_a_member_fell_ill_since_and_nothing_is_left(self, shift, order, mara, now):
        seen = shown(order, now)
        factories.AbsenceFactory(employee=shift.crew.foreman)

        with pytest.raises(emergencies.ChoiceChanged) as refused:
            emergencies.accept(**seen, by=mara, now=now)

        assert refused.value.offer is None

    def test_when_what_was_to_give_way_was_dispatched_since(self, planned, order, mara, now):
        seen = shown(order, now)
        models.Assignment.objects.filter(pk=planned.pk).transition("DISPATCHED")

        with pytest.raises(emergencies.ChoiceChanged):
            emergencies.accept(**seen, by=mara, now=now)

    def test_when_the_look_is_too_old_to_set_out_in_time(self, planned, order, mara, now):
        seen = shown(order, now)
        emergencies.accept(**seen, by=mara, now=now + timedelta(minutes=5))
        models.Assignment.objects.filter(order=order).update(status="REVOKED", revoked_by=mara, revoked_at=now)
        models.WorkOrder.objects.filter(pk=order.pk).update(status="READY")

        with pytest.raises(emergencies.ChoiceChanged, match="more than 5 minutes old"):
            emergencies.accept(**seen, by=mara, now=now + timedelta(minutes=5, seconds=1))

    @pytest.mark.parametrize("fingerprint", ["", "x", "-", "ffffffffffffffffffff-0", "7fffffff-0", "6a2fdb64-0"])
    def test_for_a_text_that_no_look_has_given(self, planned, order, shift, mara, now, fingerprint):
        with pytest.raises(emergencies.ChoiceChanged):
            emergencies.accept(order=order, shift_id=shift.pk, fingerprint=fingerprint, by=mara, now=now)

    def test_when_a_colleague_was_first(self, planned, order, mara, jonas, now):
        seen = shown(order, now)
        emergencies.accept(**seen, by=mara, now=now)

        with pytest.raises(guards.OrderTaken, match="Mara Lindqvist assigned Line 1 to WO-9"):
            emergencies.accept(**seen, by=jonas, now=now)


def test_rolled_back_when_the_audit_cannot_be_written(planned, order, targets, mara, now, monkeypatch):
    def broken(**_: object) -> None:
        raise OSError("disk full")

    seen = shown(order, now)
    monkeypatch.setattr(auditing, "record", broken)

    with pytest.raises(OSError, match="disk full"):
        emergencies.accept(**seen, by=mara, now=now)

    planned.refresh_from_db()
    order.refresh_from_db()
    assert (planned.status, order.status) == ("APPROVED", "READY")
    assert not models.WriteBack.objects.exists()
    assert not Notification.objects.exists()
