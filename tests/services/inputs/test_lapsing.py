"""A permit whose window is over stops counting, even while its register is silent."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.services.inputs import lapsing
from assignments.services.records import auditing
from tests import factories

Status = models.Permit.Status


@pytest.fixture
def permit(district: models.District) -> models.Permit:
    """An excavation ticket that a scheduled order hangs on, valid until 07:00."""
    order = factories.OrderFactory(
        district=district, status=models.WorkOrder.Status.SCHEDULED, required_permits=["EXCAVATION"]
    )
    return factories.PermitFactory(order=order, valid_until=factories.at("07:00"))


class TestLapsePermits:
    def test_expires_what_is_over(self, permit):
        lapsed = lapsing.lapse_permits(now=factories.at("07:00"))

        permit.refresh_from_db()
        assert (lapsed, permit.status) == ([permit], Status.EXPIRED)
        entry = models.AuditEntry.objects.get(verb="permit.expired")
        assert (entry.actor_name, entry.before, entry.order) == (lapsing.CLOCK, {"status": "ISSUED"}, permit.order)

    def test_leaves_what_is_still_valid(self, permit):
        assert lapsing.lapse_permits(now=factories.at("06:59")) == []

        permit.refresh_from_db()
        assert permit.status == Status.ISSUED

    def test_finds_nothing_twice(self, permit):
        lapsing.lapse_permits(now=factories.at("07:00"))

        assert lapsing.lapse_permits(now=factories.at("07:01")) == []

    @pytest.mark.parametrize("status", ["REQUESTED", "SUSPENDED", "HANDED_BACK", "CLOSED"])
    def test_leaves_what_was_not_live(self, permit, status):
        models.Permit.objects.update(status=status)

        assert lapsing.lapse_permits(now=factories.at("07:00")) == []

    def test_turns_the_work_that_hung_on_it_red(self, permit, events_of):
        assignment = factories.AssignmentFactory(order=permit.order)

        lapsing.lapse_permits(now=factories.at("07:00"))

        assignment.refresh_from_db()
        assert permit.number in assignment.red_cause
        assert events_of(permit.order) == ["inputs.changed"]

    def test_leaves_what_somebody_else_changed_meanwhile(self, permit, monkeypatch):
        # The row was read as live; by the time of the update an extension has come in.
        monkeypatch.setattr(models.permits.PermitQuerySet, "transition", lambda *_: 0)

        assert lapsing.lapse_permits(now=factories.at("07:00")) == []
        assert not models.AuditEntry.objects.exists()

    def test_is_all_or_nothing(self, permit, monkeypatch):
        def broken(**_: object) -> None:
            raise OSError("the audit is full")

        monkeypatch.setattr(auditing, "record", broken)
        with pytest.raises(OSError, match="the audit is full"):
            lapsing.lapse_permits(now=factories.at("07:00"))

        permit.refresh_from_db()
        assert permit.status == Status.ISSUED
