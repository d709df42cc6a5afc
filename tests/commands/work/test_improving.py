"""A run shows its candidates first, then its plans, each better than the one before, until somebody keeps one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from assignments.queries import days
from assignments.services.runs import keeping, running
from assignments.tasks import planning
from notifications.models import Event
from tests import factories
from tests.commands.work.steps import Planner, until

pytestmark = pytest.mark.django_db(transaction=True)

Status = models.SuggestionRun.Status
ORDERS, CREWS = 30, 5


@pytest.fixture
def day(district: models.District, tomorrow: Any, mara: Any) -> models.SuggestionRun:
    """Asked for by Mara: more work all over the district than its crews can do."""
    draw = random.Random(3)
    morning = days.period_of(tomorrow, district.zone)[0] + timedelta(hours=6)
    for _ in range(CREWS):
        factories.ShiftFactory(crew__district=district, starts_at=morning)
    for _ in range(ORDERS):
        place = {"latitude": 41.9 + draw.uniform(-0.3, 0.3), "longitude": -88.3 + draw.uniform(-0.3, 0.3)}
        factories.OrderFactory(district=district, duration_minutes=draw.randrange(60, 180), **place)
    return running.request_run(district=district, day=tomorrow, by=mara, now=timezone.now())[0]


@pytest.fixture
def for_long(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is improved until somebody ends it."""
    settings.IMPROVE_SECONDS = 300
    monkeypatch.setattr("assignments.engine.planning.SECONDS_A_JOB", 60)


def told(run: models.SuggestionRun) -> Iterator[tuple[str, list[int]]]:
    """Events of the run's own stream since the ranking began: the plan's number with each word, or the orders."""
    for event in Event.objects.filter(channel=f"run:{run.pk}").order_by("pk"):
        if event.type == "run.suggestions":
            yield "orders", event.data["orders"]
        elif event.data["status"] == Status.SCORING and "plan" in event.data["figures"]:
            yield "plan", [event.data["figures"]["plan"]]


class TestWhatComesWhen:
    @pytest.fixture
    def story(self, day: models.SuggestionRun, settings: Any, monkeypatch: Any) -> list[tuple[str, list[int]]]:
        monkeypatch.setattr("assignments.engine.planning.BATCH", 10)
        monkeypatch.setattr("assignments.engine.planning.EVERY", 0.05)
        settings.IMPROVE_SECONDS = 1.5
        assert planning.claim_and_execute(owner="worker").status == Status.READY
        return list(told(day))

    def test_all_candidates_come_before_the_first_plan_and_that_before_its_improvement(self, story):
        kinds = [(kind, [about for _, about in group]) for kind, group in groupby(story, key=lambda word: word[0])]

        first, plan = kinds[0], kinds[1]
        assert (first[0], plan[0]) == ("orders", "plan")
        ranked, planned = first[1][: ORDERS // 10], first[1][ORDERS // 10 :]
        assert sorted(order for batch in ranked for order in batch) == sorted(
            models.WorkOrder.objects.values_list("pk", flat=True)
        )
        assert planned
        assert plan[1][0] == [1]

    def test_an_improvement_tells_only_what_changed_and_counts_on(self, day, story):
        numbers = [about[0] for kind, about in story if kind == "plan"]
        after = story[story.index(("plan", [1])) + 1 :]
        again = [order for kind, about in after if kind == "orders" for order in about]

        day.refresh_from_db()
        assert numbers == sorted(numbers)
        assert set(numbers) == set(range(1, day.figures["plan"] + 1))
        assert day.figures["plan"] > 1
        batches = [about for kind, about in after if kind == "orders"]
        assert again
        assert min(len(batch) for batch in batches) < ORDERS

    def test_the_run_says_how_far_the_improvement_has_come(self, day, story):
        shares = [
            event.data["figures"]["improved_percent"]
            for event in Event.objects.filter(channel=f"run:{day.pk}", type="run.changed").order_by("pk")
            if "improved_percent" in event.data["figures"]
        ]

        assert (shares[0], shares[-1]) == (0, 100)
        assert shares == sorted(shares)

    def test_what_is_stored_in_the_end_is_the_last_plan(self, day, story):
        day.refresh_from_db()

        assert day.figures["whole"]
        assert day.orders_in_plan == day.suggestions.filter(in_plan=True).count() > 0


@pytest.mark.serial
class TestKeeping:
    def test_the_best_plan_is_stored_and_the_run_is_ready(self, day, mara, for_long):
        planner = improving(day)

        keeping.keep_plan(run=day, by=mara, now=timezone.now())
        planner.join(timeout=10)

        day.refresh_from_db()
        assert not planner.is_alive()
        assert (day.status, day.lease_owner) == (Status.READY, "")
        assert day.figures["plan"] >= 1
        assert day.orders_in_plan == day.suggestions.filter(in_plan=True, status="PROPOSED").count() > 0

    def test_a_run_with_a_source_that_is_down_ends_partial(self, day, mara, for_long):
        factories.DownstreamSystemFactory(code="permits")
        planner = improving(day)

        keeping.keep_plan(run=day, by=mara, now=timezone.now())
        planner.join(timeout=10)

        day.refresh_from_db()
        assert day.status == Status.PARTIAL

    def test_a_worker_that_begins_anew_makes_a_plan_and_does_not_improve_it(self, day, for_long):
        models.SuggestionRun.objects.update(keep_asked_at=timezone.now())

        assert planning.claim_and_execute(owner="heir").status == Status.READY

        day.refresh_from_db()
        assert day.figures["plan"] == 1

    def test_cancelled_meanwhile_it_is_cancelled(self, day, mara, for_long):
        planner = improving(day)

        keeping.keep_plan(run=day, by=mara, now=timezone.now())
        running.cancel_run(run=day, by=mara, now=timezone.now())
        planner.join(timeout=10)

        day.refresh_from_db()
        assert day.status == Status.CANCELLED
        assert set(day.suggestions.values_list("status", flat=True)) <= {"EXPIRED", "SUPERSEDED"}


def improving(run: models.SuggestionRun) -> Planner:
    """A worker that has stored the first plan of the run."""
    planner = Planner()
    planner.start()
    until(lambda: "plan" in models.SuggestionRun.objects.get(pk=run.pk).figures, seconds=60)
    return planner
