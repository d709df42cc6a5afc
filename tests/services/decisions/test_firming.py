"""Approvals under a requested permit become firm by themselves, or turn red."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from assignments import models
from assignments.services.decisions import approving, revoking
from assignments.services.inputs import consequences, lapsing
from assignments.services.records import events, telling
from notifications.models import Notification
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit(district: models.District) -> models.Permit:
    """The excavation ticket that WO-1 needs: only requested as yet."""
    order = factories.OrderFactory(district=district, number="WO-1", required_permits=["EXCAVATION"])
    return factories.PermitFactory(order=order, number="P-7", status="REQUESTED")


@pytest.fixture
def tentative(permit: models.Permit, targets: Any, mara: Any) -> models.Assignment:
    """Mara's, of Line 1 to WO-1 at 08:00."""
    crew = factories.CrewFactory(district=permit.order.district, name="Line 1")
    suggestion = factories.SuggestionFactory(
        order=permit.order, shift=factories.ShiftFactory(crew=crew), tentative=True
    )
    return approving.approve(suggestion=suggestion, by=mara, now=NOW, tentative=True)


def the_permit_becomes(status: str) -> set[int]:
    permit = models.Permit.objects.get(number="P-7")
    models.Permit.objects.filter(pk=permit.pk).update(status=status)
    return consequences.follow(order_ids={permit.order_id}, crew_ids=set(), now=NOW)


def statuses(assignment: models.Assignment) -> dict[str, set[str]]:
    """Of the write-backs by action."""
    rows = assignment.write_backs.values_list("action", "status")
    return {action: {status for other, status in rows if other == action} for action, _ in rows}


class TestFirm:
    def test_when_the_permit_is_issued(self, tentative, events_of):
        affected = the_permit_becomes("ISSUED")

        tentative.refresh_from_db()
        assert (tentative.status, affected) == ("APPROVED", {tentative.order_id})
        assert events_of(tentative.order) == ["assignment.approved", "assignment.firm"]

    def test_is_recorded_as_the_systems_own_act(self, tentative):
        the_permit_becomes("ISSUED")

        entry = models.AuditEntry.objects.get(verb="assignment.firm")
        assert (entry.actor, entry.actor_name, entry.order) == (None, "Lineup", tentative.order)
        assert (entry.before["status"], entry.after["status"]) == ("TENTATIVE", "APPROVED")

    def test_every_manager_is_told_and_nobody_else(self, tentative, mara, jonas, vic, stella):
        the_permit_becomes("ISSUED")

        told = Notification.objects.filter(kind="assignment.firm")
        assert {row.user for row in told} == {mara, jonas}
        assert {row.title for row in told} == {"WO-1 is firm for Line 1"}

    def test_every_target_will_be_told_the_same_booking_without_a_reservation(self, tentative, targets):
        the_permit_becomes("ISSUED")

        rows = tentative.write_backs.filter(action="CONFIRM")
        assert {row.target for row in rows} == set(targets)
        for row in rows:
            before = tentative.write_backs.get(action="ASSIGN", target=row.target).payload
            assert row.payload == {**before, "action": "CONFIRM", "sequence": 2, "tentative": False}

    def test_a_target_set_up_since_is_not_told(self, tentative):
        newcomer = factories.DownstreamSystemFactory(code="another", kind="WORK")

        the_permit_becomes("ISSUED")

        assert not newcomer.write_backs.exists()

    def test_once_although_followed_twice(self, tentative):
        the_permit_becomes("ISSUED")
        the_permit_becomes("ISSUED")

        assert models.AuditEntry.objects.filter(verb="assignment.firm").count() == 1
        assert tentative.write_backs.filter(action="CONFIRM").count() == 3

    def test_when_the_last_of_several_causes_goes(self, tentative):
        absence = factories.AbsenceFactory(employee=tentative.crew.foreman)
        the_permit_becomes("ISSUED")
        tentative.refresh_from_db()
        assert (tentative.status, tentative.crew.foreman.name in tentative.red_cause) == ("TENTATIVE", True)

        absence.delete()
        consequences.follow(order_ids=set(), crew_ids={tentative.crew_id}, now=NOW)

        tentative.refresh_from_db()
        assert (tentative.status, tentative.red_cause) == ("APPROVED", "")

    def test_when_approved_tentatively_without_need(self, suggestion, mara):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=NOW, tentative=True)

        assert assignment.status == "APPROVED"


class TestNotFirm:
    def test_while_the_permit_is_pending(self, tentative):
        the_permit_becomes("REQUESTED")

        tentative.refresh_from_db()
        assert (tentative.status, tentative.red_cause) == ("TENTATIVE", "")
        assert statuses(tentative) == {"ASSIGN": {"PENDING"}}

    def test_when_the_permit_is_issued_for_another_time(self, tentative):
        models.Permit.objects.update(valid_from=at("12:00"), valid_until=at("18:00"))

        the_permit_becomes("ISSUED")

        tentative.refresh_from_db()
        assert tentative.status == "TENTATIVE"
        assert "holds from 12:00 to 18:00" in tentative.red_cause

    def test_outside_any_shift(self, tentative):
        models.Assignment.objects.update(shift=None)

        the_permit_becomes("ISSUED")

        tentative.refresh_from_db()
        assert tentative.status == "TENTATIVE"

    @pytest.mark.parametrize(("status", "word"), [("REJECTED", "rejected"), ("CANCELLED", "cancelled")])
    def test_but_red_when_the_permit_is_refused(self, tentative, mara, status, word):
        the_permit_becomes(status)

        tentative.refresh_from_db()
        assert (tentative.status, tentative.red_cause) == ("TENTATIVE", f"The excavation permit P-7 is {word}.")
        told = Notification.objects.get(kind="assignment.red")
        assert (told.user, told.body) == (mara, tentative.red_cause)

    def test_but_red_when_one_of_two_permits_lapses(self, tentative):
        models.WorkOrder.objects.update(required_permits=["EXCAVATION", "TRAFFIC"])
        factories.PermitFactory(order=tentative.order, number="T-1", kind="TRAFFIC", valid_until=at("07:30"))

        lapsing.lapse_permits(now=at("07:30"))

        tentative.refresh_from_db()
        assert (tentative.status, tentative.red_cause) == ("TENTATIVE", "The traffic permit T-1 is expired.")


class TestUndone:
    def test_before_anything_was_sent(self, tentative, mara):
        the_permit_becomes("ISSUED")

        revoking.revoke(assignment=tentative, reason="Wrong crew", by=mara, now=NOW)

        assert statuses(tentative) == {"ASSIGN": {"COMPENSATED"}, "CONFIRM": {"COMPENSATED"}}

    @pytest.mark.parametrize(
        ("confirm", "left"),
        [("PENDING", "COMPENSATED"), ("DEAD", "COMPENSATED"), ("SENDING", "SENDING"), ("ACKNOWLEDGED", "ACKNOWLEDGED")],
    )
    def test_takes_both_back_by_one_revocation(self, tentative, mara, confirm, left):
        the_permit_becomes("ISSUED")
        tentative.write_backs.filter(action="ASSIGN").update(status="ACKNOWLEDGED", attempts=1)
        tentative.write_backs.filter(action="CONFIRM").update(status=confirm, attempts=0 if confirm == "PENDING" else 1)

        revoking.revoke(assignment=tentative, reason="Wrong crew", by=mara, now=NOW)

        assert statuses(tentative) == {"ASSIGN": {"ACKNOWLEDGED"}, "CONFIRM": {left}, "REVOKE": {"PENDING"}}
        assert tentative.write_backs.filter(action="REVOKE").count() == 3

    def test_stays_undone_when_the_permit_comes(self, tentative, mara):
        revoking.revoke(assignment=tentative, reason="Wrong crew", by=mara, now=NOW)

        the_permit_becomes("ISSUED")

        tentative.refresh_from_db()
        assert (tentative.status, "CONFIRM" in statuses(tentative)) == ("REVOKED", False)


@pytest.mark.parametrize(("where", "name"), [(telling, "firm"), (events, "order_changed")])
def test_rolled_back_when_it_cannot_be_told(tentative, monkeypatch, where, name):
    def broken(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(where, name, broken)
    with pytest.raises(OSError, match="disk full"):
        the_permit_becomes("ISSUED")

    tentative.refresh_from_db()
    assert tentative.status == "TENTATIVE"
    assert statuses(tentative) == {"ASSIGN": {"PENDING"}}
    assert not models.AuditEntry.objects.filter(verb="assignment.firm").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rival", ["another follower", "an undo"])
def test_raced_is_one_effect(tentative, mara, rival):
    models.Permit.objects.update(status="ISSUED")
    start, failed = threading.Barrier(2), []

    def follow() -> None:
        consequences.follow(order_ids={tentative.order_id}, crew_ids=set(), now=NOW)

    def undo() -> None:
        revoking.revoke(assignment=tentative, reason="Wrong crew", by=mara, now=NOW)

    def run(act: Any) -> None:
        try:
            start.wait(60)
            act()
        except Exception as error:  # noqa: BLE001 - the outcome is what the test looks at
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in (follow, undo if rival == "an undo" else follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    tentative.refresh_from_db()
    firm = models.AuditEntry.objects.filter(verb="assignment.firm").count()
    assert failed == []
    assert tentative.status == ("REVOKED" if rival == "an undo" else "APPROVED")
    assert firm <= 1
    assert tentative.write_backs.filter(action="CONFIRM").count() == 3 * firm
