"""The parts of one order are one crew's, unless its owner allows a hand-over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, revoking
from assignments.services.runs import running
from assignments.tasks import planning
from tests import factories
from tests.factories import DAY, NOW, at
from tests.services.inputs.parts import follow, parts_of, snapshot_of

pytestmark = pytest.mark.django_db


def plan(district: models.District, *, day: int, by: Any) -> None:
    """A run for the day, from its request to its end."""
    now = NOW + timedelta(days=day)
    run, _ = running.request_run(district=district, day=DAY + timedelta(days=day), by=by, now=now)
    planning.claim_and_execute(now_fn=lambda: now, stop=lambda: False)
    run.refresh_from_db()
    assert run.status == "READY", run.error


def approve(order: models.WorkOrder, *, by: Any, now: datetime = NOW) -> models.Assignment:
    suggestion = models.Suggestion.objects.proposed().get(order=order, in_plan=True)
    return approving.approve(suggestion=suggestion, by=by, now=now)


@pytest.mark.django_db(transaction=True)
class TestTheSeenFault:
    def test_twenty_hours_are_done_on_two_days_by_the_same_crew(
        self, district: models.District, week: Any, long_order: models.WorkOrder, mara: Any
    ) -> None:
        plan(district, day=0, by=mara)
        long_order.refresh_from_db()
        first, second = parts_of(long_order)
        today = approve(first, by=mara)
        # The other crew is as near to it the next day, and free.
        plan(district, day=1, by=mara)
        tomorrow = approve(second, by=mara, now=NOW + timedelta(days=1))

        assert [part.work_minutes for part in (first, second)] == [11 * 60, 9 * 60]
        assert tomorrow.crew == today.crew
        assert today.ends_at - today.starts_at == timedelta(hours=11)
        assert tomorrow.ends_at - tomorrow.starts_at == timedelta(hours=9, minutes=30)
        assert tomorrow.starts_at.date() > today.starts_at.date()


class TestTheSameCrew:
    def test_other_crews_are_offered_no_more_once_a_part_is_decided_and_again_once_it_is_undone(
        self, week: Any, long_order: models.WorkOrder, mara: Any
    ) -> None:
        follow(long_order)
        first, second = parts_of(long_order)
        own, other = (
            suggested_tomorrow(second, shift, rank=rank, in_plan=rank == 1)
            for rank, shift in enumerate(week[2:4], start=1)
        )
        decision = approving.approve(
            suggestion=factories.SuggestionFactory(order=first, shift=week[0], starts_at=at("06:30"), in_plan=False),
            by=mara, now=NOW,
        )  # fmt: skip

        assert statuses(own, other) == ["PROPOSED", "STALE"]
        assert other.stale_cause == "Line 1 has WO-20.1, and one crew does all parts."
        revoking.undo(assignment=decision, by=mara, now=NOW)
        assert statuses(own, other) == ["PROPOSED", "PROPOSED"]

    def test_approving_another_crew_is_refused(self, week: Any, long_order: models.WorkOrder, mara: Any) -> None:
        follow(long_order)
        first, second = parts_of(long_order)
        factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))
        other = suggested_tomorrow(second, week[3])

        with pytest.raises(guards.RulesBroken, match="one crew does all parts"):
            approving.approve(suggestion=other, by=mara, now=NOW)

    def test_a_hand_over_is_anybodys(self, week: Any, long_order: models.WorkOrder, mara: Any) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(splitting="HAND_OVER")
        follow(long_order)
        first, second = parts_of(long_order)
        factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))
        other = suggested_tomorrow(second, week[3])

        assert approving.approve(suggestion=other, by=mara, now=NOW).crew == week[3].crew

    def test_a_crew_that_took_over_by_an_exception_goes_on_and_the_first_keeps_its_part(
        self, week: Any, long_order: models.WorkOrder
    ) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=30 * 60)
        follow(long_order)
        first, second, third = parts_of(long_order)
        begun = factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))
        factories.AssignmentFactory(
            order=second, shift=week[3], starts_at=at("06:30", days=1), override_rules=["same-crew"],
            override_reason="Line 1 is on leave",
        )  # fmt: skip

        follow(long_order)

        begun.refresh_from_db()
        bound = snapshot_of(long_order, first, third)
        assert begun.red_cause == ""
        assert bound.job(first.pk).bound is None
        assert bound.job(third.pk).bound.crew == "Line 2"

    def test_moving_the_first_part_turns_the_next_red(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        first, second = parts_of(long_order)
        factories.AssignmentFactory(order=first, shift=week[1], starts_at=at("06:30"))
        decision = factories.AssignmentFactory(order=second, shift=week[2], starts_at=at("06:30", days=1))

        follow(first)

        decision.refresh_from_db()
        assert decision.red_cause == "Line 2 has WO-20.1, and one crew does all parts."


def suggested_tomorrow(order: models.WorkOrder, shift: models.Shift, **fields: Any) -> models.Suggestion:
    run = models.SuggestionRun.objects.filter(day=DAY + timedelta(days=1)).first() or factories.SuggestionRunFactory(
        district=order.district, day=DAY + timedelta(days=1), horizon_starts_at=at("00:00", days=1)
    )
    suggestion: models.Suggestion = factories.SuggestionFactory(
        order=order, shift=shift, run=run, starts_at=at("07:30", days=1), **fields
    )
    return suggestion


def statuses(*suggestions: models.Suggestion) -> list[str]:
    for one in suggestions:
        one.refresh_from_db()
    return [one.status for one in suggestions]
