"""The summary before a bulk approval: what it means, what stays open and why, and only what the board shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services.batches import batching
from tests import factories, teams
from tests.views.conftest import one_line

PAGE = "/districts/NORTH/board/approve/?day=2026-06-15"
WARNED = [{"code": "late", "text": "Late."}]


def undecided(suggestion: models.Suggestion, number: str, **fields: Any) -> models.WorkOrder:
    return factories.OrderFactory(district=suggestion.order.district, number=number, **fields)


def suggested(suggestion: models.Suggestion, number: str, **changes: Any) -> models.Suggestion:
    """Another order's suggestion of the same run."""
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district))
    return factories.SuggestionFactory(run=suggestion.run, order=undecided(suggestion, number), shift=shift, **changes)


class TestSums:
    def test_add_up_orders_crews_work_and_travel_of_all_crews(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        order = teams.team_order(suggestion.order.district, "WO-2", priority=models.WorkOrder.Priority.URGENT)
        beside = factories.ShiftFactory(crew=teams.traffic_crew(suggestion.order.district))
        line = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district, name="Line 2"))
        teams.suggested_team(order=order, shift=line, beside=[beside], run=suggestion.run)

        sums = manager.get(PAGE).context["sums"]

        assert sums.orders == 2
        assert [(mark.word, number) for mark, number in sums.priorities] == [("Urgent", 1), ("Normal", 1)]
        assert sums.crews == (("Line 2", 1), ("Traffic 1", 1), ("Trouble 7", 1))
        # An hour each, and twenty minutes there.
        assert (sums.work, sums.travel) == ("3\xa0h", "1\xa0h")


class TestWhatStaysOpen:
    @pytest.fixture
    def groups(self, manager: Client, suggestion: models.Suggestion) -> dict[str, tuple[str, ...]]:
        run = suggestion.run
        suggested(suggestion, "WO-2", warnings=WARNED)
        suggested(suggestion, "WO-3", tentative=True)
        suggested(suggestion, "WO-4", in_plan=False)
        suggested(suggestion, "WO-5", status="STALE", stale_cause="Ana Diaz is ill")
        models.Verdict.objects.create(run=run, order=undecided(suggestion, "WO-6"), legal=0, text="Nobody may.")
        models.Verdict.objects.create(run=run, order=undecided(suggestion, "WO-7"), legal=2, text="Two may.")
        undecided(suggestion, "WO-8")
        undecided(suggestion, "WO-9", status="IN_PROGRESS")
        return {group.title: group.numbers for group in manager.get(PAGE).context["open"]}

    def test_is_named_by_its_reason(self, groups: dict[str, tuple[str, ...]]) -> None:
        assert groups == {
            "With warnings": ("WO-2",),
            "Waiting for a permit": ("WO-3",),
            "Not in the plan": ("WO-4",),
            "Suggestion out of date": ("WO-5",),
            "No legal crew": ("WO-6",),
            "No suggestion left": ("WO-7",),
            "Not planned yet": ("WO-8",),
            "Handled in work management": ("WO-9",),
        }

    def test_leaves_out_what_is_decided(self, manager: Client, suggestion: models.Suggestion) -> None:
        factories.AssignmentFactory(order=undecided(suggestion, "WO-2", status="SCHEDULED"))

        assert manager.get(PAGE).context["open"] == []

    def test_names_a_few_and_counts_the_others(self, manager: Client, suggestion: models.Suggestion) -> None:
        for number in range(2, 12):
            suggested(suggestion, f"WO-{number}", warnings=WARNED)

        [group] = manager.get(PAGE).context["open"]

        assert (group.count, len(group.numbers), group.more) == (10, 8, 2)


def test_only_what_the_board_shows_is_approved_and_named(manager: Client, suggestion: models.Suggestion) -> None:
    suggested(suggestion, "WO-2")
    suggested(suggestion, "WO-3", warnings=WARNED)

    page = manager.get(f"{PAGE}&q=WO-1")

    assert [line.number for line in page.context["lines"]] == ["WO-1"]
    assert page.context["open"] == []


def test_says_how_many_are_left_when_one_batch_does_not_hold_all(
    manager: Client, suggestion: models.Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, 5):
        suggested(suggestion, f"WO-{number}")
    assert manager.get(PAGE).context["more"] == 0
    monkeypatch.setattr(batching, "MOST", 3)

    page = manager.get(PAGE)

    assert (len(page.context["lines"]), page.context["more"]) == (3, 1)
    assert "<strong>1 more</strong> can be approved in bulk" in one_line(page)


def test_the_number_of_queries_does_not_grow(
    manager: Client, suggestion: models.Suggestion, django_assert_num_queries: Any
) -> None:
    suggested(suggestion, "WO-2", warnings=WARNED)
    manager.get(PAGE)
    with CaptureQueriesContext(connection) as before:
        manager.get(PAGE)
    for number in range(3, 9):
        suggested(suggestion, f"WO-{number}", warnings=WARNED if number % 2 else [])

    with django_assert_num_queries(len(before)):
        manager.get(PAGE)
