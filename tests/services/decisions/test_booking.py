"""Work put on crews and taken off them: all that every decision does alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, moving, revoking
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db

AWAY = 42.1
"""Degrees north: a short drive from the base."""


@pytest.fixture
def assignment(suggestion: models.Suggestion, mara: Any, now: Any) -> models.Assignment:
    """WO-1 by Line 1 at 08:00, near the base."""
    return approving.approve(suggestion=suggestion, by=mara, now=now)


def work_of(
    shift: models.Shift | None, clock: str, crew: models.Crew | None = None, latitude: float = 41.95
) -> models.Assignment:
    """An hour of work that the crew would reach from where it is at that moment."""
    crew = crew or shift.crew
    order = factories.OrderFactory(district=crew.district, status="SCHEDULED", latitude=latitude)
    return factories.AssignmentFactory(order=order, shift=shift, crew=crew, starts_at=at(clock), departs_at=at(clock))


def drive_to(row: models.Assignment) -> timedelta:
    row.refresh_from_db()
    drive: timedelta = row.starts_at - row.departs_at
    return drive


class TestDepartures:
    def test_of_the_next_work_follow_from_where_the_crew_then_is(self, suggestion, mara, now):
        near, far = work_of(suggestion.shift, "11:00"), work_of(suggestion.shift, "13:00", latitude=AWAY)

        approving.approve(suggestion=suggestion, by=mara, now=now)

        # The first lies where the approved work lies. Nothing comes between it and the second.
        assert (drive_to(near), drive_to(far)) == (timedelta(0), timedelta(0))

    def test_are_those_of_before_once_a_decision_is_taken_back(self, assignment, mara, now):
        [before] = [assignment.departs_at]
        moved = moving.move(
            assignment=assignment, crew=assignment.crew, starts_at=at("09:00"), by=mara, now=now,
            version=models.WorkOrder.objects.get(pk=assignment.order_id).version,
        )  # fmt: skip

        assert drive_to(moved) == at("08:00") - before

    def test_of_work_booked_by_hand_follow_too(self, assignment, mara, now):
        by_hand = work_of(None, "10:00", crew=assignment.crew)

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        assert drive_to(by_hand) > timedelta(0)

    def test_never_reach_into_earlier_work_of_another_shift(self, assignment, mara, now):
        # On call until the day shift begins, and still at work: from the base the crew could not be there in time.
        night = factories.ShiftFactory(crew=assignment.crew, starts_at=at("00:00"), ends_at=at("07:30"), on_call=True)
        models.Shift.objects.filter(pk=assignment.shift_id).update(starts_at=at("07:50"))
        models.Assignment.objects.filter(pk=assignment.pk).update(departs_at=at("08:00"))
        late = factories.AssignmentFactory(
            shift=night, starts_at=at("07:00"), departs_at=at("07:00"), ends_at=at("07:50"),
            order=factories.OrderFactory(district=assignment.order.district, status="SCHEDULED"),
        )  # fmt: skip
        following = work_of(assignment.shift, "09:00", latitude=43.0)

        revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

        assert (drive_to(following), drive_to(late)) == (timedelta(0), timedelta(0))

    def test_of_another_crew_stay(self, suggestion, district, mara, now):
        other = work_of(factories.ShiftFactory(crew__district=district), "11:00")

        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert drive_to(other) == timedelta(0)


class TestTakenOff:
    @pytest.mark.parametrize("status", ["DISPATCHED", "IN_PROGRESS"])
    def test_is_nothing_that_the_field_has_begun(self, assignment, mara, now, status):
        models.Assignment.objects.filter(pk=assignment.pk).update(status="TENTATIVE")
        models.WorkOrder.objects.filter(pk=assignment.order_id).update(status=status)

        with pytest.raises(guards.CrewDispatched, match="WO-1 has been dispatched to Line 1"):
            revoking.undo(assignment=assignment, by=mara, now=now)
        with pytest.raises(guards.CrewDispatched, match="WO-1 has been dispatched to Line 1"):
            revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

    @pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED"])
    def test_leaves_finished_work_finished(self, assignment, mara, now, status):
        models.WorkOrder.objects.filter(pk=assignment.order_id).update(status=status)

        revoking.revoke(assignment=assignment, reason="Done by others", by=mara, now=now)

        assignment.order.refresh_from_db()
        assert assignment.order.status == status


class TestVersions:
    def test_grow_once_with_each_decision(self, assignment, district, mara, now):
        other = factories.CrewFactory(district=district, name="Line 2")
        factories.ShiftFactory(crew=other)
        order, crew = assignment.order, assignment.crew

        def versions() -> list[int]:
            for row in (order, crew, other):
                row.refresh_from_db()
            return [order.version, crew.version, other.version]

        first = versions()
        new = moving.move(
            assignment=assignment, crew=other, starts_at=at("10:00"), version=order.version, by=mara, now=now
        )
        second = versions()
        revoking.revoke(assignment=new, reason="Not today", by=mara, now=now)

        assert second == [one + 1 for one in first]
        assert versions() == [second[0] + 1, second[1], second[2] + 1]
