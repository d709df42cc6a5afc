"""A second press of *Suggest* starts from the plan that managers see, and says what it moved."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from assignments.engine.planning import plan
from assignments.queries import days
from assignments.services import presence
from assignments.services.runs import running
from assignments.tasks import planning
from tests import factories, teams

pytestmark = pytest.mark.django_db(transaction=True)

Status = models.SuggestionRun.Status


@pytest.fixture(autouse=True)
def _searches_as_much_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine counts seconds of the processor: how much is moved depends on how long it may search."""
    monkeypatch.setattr("assignments.engine.planning.plan", functools.partial(plan, clock=time.process_time))


@pytest.fixture
def orders(district: models.District, tomorrow: Any, settings: Any) -> list[models.WorkOrder]:
    """More work all over the district than its five crews can do, some of it for a team."""
    settings.IMPROVE_SECONDS = 0.5
    draw = random.Random(3)
    morning = days.period_of(tomorrow, district.zone)[0] + timedelta(hours=6)
    for _ in range(5):
        factories.ShiftFactory(crew__district=district, starts_at=morning)
    factories.ShiftFactory(crew=teams.traffic_crew(district), starts_at=morning)
    places = [
        {"latitude": 41.9 + draw.uniform(-0.3, 0.3), "longitude": -88.3 + draw.uniform(-0.3, 0.3)} for _ in range(30)
    ]
    found = [
        factories.OrderFactory(district=district, duration_minutes=draw.randrange(60, 180), **place)
        for place in places[2:]
    ]
    return [*found, *(teams.team_order(district, f"T-{at}", **place) for at, place in enumerate(places[:2]))]


@pytest.fixture
def suggest(district: models.District, tomorrow: Any, mara: Any) -> Callable[[], models.SuggestionRun]:
    """Mara presses the button, and a worker does it."""

    def pressed() -> models.SuggestionRun:
        running.request_run(district=district, day=tomorrow, by=mara, now=timezone.now())
        run = planning.claim_and_execute(owner="worker")
        assert run is not None
        assert run.status == Status.READY, run.error
        return run

    return pressed


def plan_of(run: models.SuggestionRun) -> dict[str, tuple[str, Any]]:
    rows = models.Suggestion.objects.filter(run=run, in_plan=True).with_teams()
    return {row.order.number: (row.crew_names, row.starts_at) for row in rows.select_related("order")}


@pytest.mark.usefixtures("orders")
class TestWithNothingChanged:
    def test_nothing_moves(self, suggest):
        first = suggest()
        before = plan_of(first)

        second = suggest()

        assert plan_of(second) == before
        assert "T-0" in before
        assert not second.moved.exists()
        assert second.figures["moved"]["orders"] == 0
        assert second.figures["moved"]["shown"] == len(before)

    def test_the_first_run_of_a_day_has_moved_nothing(self, suggest):
        run = suggest()

        assert "moved" not in run.figures
        assert not run.moved.exists()

    def test_a_plan_that_was_kept_early_is_improved_further(self, suggest, settings, monkeypatch, mara):
        run = suggest()
        models.SuggestionRun.objects.filter(pk=run.pk).update(keep_asked_at=timezone.now())

        again = suggest()

        assert again.figures["improved_percent"] == 100
        assert again.figures["seconds"] >= 0.5


class TestOneNewOrder:
    def test_leaves_the_others_where_they_were_shown_or_says_why_not(self, suggest, orders, district, settings):
        # A poor plan is worth moving much of it.
        settings.IMPROVE_SECONDS = 5
        before = plan_of(suggest())
        settings.IMPROVE_SECONDS = 0.5
        factories.OrderFactory(district=district, number="NEW", duration_minutes=30)

        run = suggest()

        after = plan_of(run)
        moved = {one.order.number for one in run.moved.select_related("order")}
        assert moved == {number for number in before if is_other(before[number], after.get(number))}
        assert run.figures["moved"]["orders"] == len(moved) < len(before) / 3

    def test_that_is_an_emergency_is_named_as_the_reason(self, suggest, orders, district):
        suggest()
        factories.OrderFactory(district=district, number="NOW", priority=0, duration_minutes=120)

        run = suggest()

        assert any("does NOW then, which is more urgent." in one.why for one in run.moved.all())


def is_other(before: tuple[str, Any], after: tuple[str, Any] | None) -> bool:
    return after is None or before[0] != after[0] or abs(before[1] - after[1]) > timedelta(minutes=15)


class TestACrewThatIsAway:
    def test_is_the_reason_for_its_work_to_move(self, suggest, orders):
        run = suggest()
        row = models.Suggestion.objects.filter(run=run, in_plan=True, team="").earliest("starts_at")
        for membership in row.crew.memberships.all():
            factories.AbsenceFactory(
                employee=membership.employee, starts_at=row.shift.starts_at, ends_at=row.shift.ends_at
            )

        again = suggest()

        [moved] = again.moved.filter(order=row.order)
        assert moved.shown_crews == row.crew.name
        assert moved.crews != row.crew.name
        assert "away" in moved.why


class TestAReadPlan:
    def test_stays_read_in_the_next_run(self, suggest, orders, mara):
        run = suggest()
        row = models.Suggestion.objects.filter(run=run, in_plan=True).first()
        presence.keep(order=row.order, by=mara, now=timezone.now())

        again = suggest()

        read = models.Suggestion.objects.filter(run=again, read_at__isnull=False)
        assert [one.order for one in read] == [row.order]
