"""The list of the crews that can: sorted as its head says, and the plan's crew says why it is first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.views.conftest import one_line

REVIEW = "/orders/WO-1/?day=2026-06-15"
PLANNED = "As in the plan for the whole day"


@pytest.fixture
def another(suggestion: models.Suggestion) -> Any:
    """Another crew of the same run; `score` says how good it is beside the 100 of the plan's."""

    def of(name: str, score: int, rank: int = 2, **facts: Any) -> models.Suggestion:
        crew = factories.CrewFactory(district=suggestion.order.district, name=name)
        return factories.SuggestionFactory(
            order=suggestion.order, run=suggestion.run, shift=factories.ShiftFactory(crew=crew), score=score, rank=rank,
            in_plan=False, **facts,
        )  # fmt: skip

    return of


def listed(client: Client) -> list[tuple[str, str, str]]:
    return [(one.place, one.name, one.why_here) for one in client.get(REVIEW).context["review"].ranked]


class TestTheSequence:
    def test_of_a_planned_crew_says_who_would_be_better_alone(self, viewer: Client, another: Any) -> None:
        another("Line 7", 119, starts_at=factories.at("07:00"))
        another("Line 8", 60, rank=3)

        assert listed(viewer) == [
            (
                "1",
                "Trouble 7",
                f"{PLANNED}; alone, Line 7 would be better: begins 1\xa0h sooner, 20\xa0min less driving",
            ),
            ("2", "Line 7", ""),
            ("3", "Line 8", ""),
        ]
        page = one_line(viewer.get(REVIEW))
        assert (
            "3 ranked for Monday 15 June 2026: the plan&#x27;s crew first, the others by what they cost and save"
            in page
        )
        assert page.index("Line 7 would be") < page.index(">Line 7</strong>")

    def test_of_a_planned_crew_says_that_it_is_best_anyway(self, viewer: Client, another: Any) -> None:
        another("Line 7", 99)

        assert listed(viewer)[0] == ("1", "Trouble 7", f"{PLANNED}, and best alone too")

    def test_without_a_planned_crew_is_that_of_the_scores(
        self, viewer: Client, suggestion: models.Suggestion, another: Any
    ) -> None:
        models.Suggestion.objects.filter(pk=suggestion.pk).update(in_plan=False)
        another("Line 7", 80)

        assert [why for _, _, why in listed(viewer)] == ["", ""]
        assert "2 ranked for Monday 15 June 2026: by what they cost and save" in one_line(viewer.get(REVIEW))

    def test_ends_with_what_is_out_of_date_and_what_was_rejected(
        self, viewer: Client, suggestion: models.Suggestion, another: Any
    ) -> None:
        models.Suggestion.objects.filter(pk=suggestion.pk).transition("REJECTED", reject_reason="No")
        another("Line 7", 300, status="STALE", stale_cause="Line 7 is taken")
        another("Line 8", 60, rank=3)

        assert [(place, name) for place, name, _ in listed(viewer)] == [
            ("1", "Line 8"), ("–", "Line 7"), ("–", "Trouble 7"),
        ]  # fmt: skip
        page = one_line(viewer.get(REVIEW))
        assert "by what they cost and save, then what is out of date and what is rejected" in page

    def test_compares_with_open_crews_alone(self, viewer: Client, another: Any) -> None:
        another("Line 7", 300, status="STALE", stale_cause="Line 7 is taken")

        assert listed(viewer)[0][2] == f"{PLANNED}, and best alone too"
