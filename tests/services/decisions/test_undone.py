"""An approval that is undone leaves the offers of before; drawn at random beside other decisions."""

from __future__ import annotations

import random
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, revoking
from assignments.services.records import refusals
from tests import factories

pytestmark = pytest.mark.django_db

PICKS = 12


@pytest.fixture
def planned(district: models.District, plan: Any) -> models.SuggestionRun:
    """A planned day of twelve works for three crews, one of which waits for another."""
    for n in (1, 2, 3):
        crew = factories.CrewFactory(district=district, name=f"Line {n}", latitude=41.9 + n / 20)
        factories.ShiftFactory(crew=crew)
    orders = [
        factories.OrderFactory(
            district=district, duration_minutes=90 + 15 * (n % 4), latitude=41.9 + n % 5 / 25,
            longitude=-88.3 + n % 7 / 25,
        )
        for n in range(12)
    ]  # fmt: skip
    orders[1].prerequisites.add(orders[0])
    return plan()


def offers(run: models.SuggestionRun) -> dict[int, tuple[Any, ...]]:
    columns = ("pk", "status", "stale_cause", "warnings", "in_plan", "rank")
    return {pk: tuple(rest) for pk, *rest in run.suggestions.values_list(*columns)}


def standing(run: models.SuggestionRun) -> dict[Any, tuple[Any, ...]]:
    rows = models.Assignment.objects.live().values_list("pk", "departs_at", "starts_at", "red_cause")
    return {pk: tuple(rest) for pk, *rest in rows}


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_what_is_undone_leaves_no_trace(planned: models.SuggestionRun, mara: Any, now: Any, seed: int) -> None:
    rng, undone, kept = random.Random(seed), 0, 0
    for _ in range(PICKS):
        offered = planned.suggestions.filter(status="PROPOSED", order__status__in=models.WorkOrder.ASSIGNABLE)
        pick = rng.choice(list(offered.with_teams().select_related("order__district", "run").order_by("pk")))
        before = offers(planned), standing(planned)
        try:
            assignment = approving.approve(suggestion=pick, by=mara, now=now)
        except refusals.Refusal:
            # An offer beside which other work stands by now; it was not made out of date by anything undone here.
            continue
        if rng.random() < 0.3:
            kept += 1
            continue
        revoking.undo(assignment=assignment, by=mara, now=now)
        undone += 1
        assert (offers(planned), standing(planned)) == before
    assert undone > 3
    assert kept
