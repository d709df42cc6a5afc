"""A team is one line of the board, one suggestion of the review and one approval."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignments import models
from tests import factories, teams
from tests.views.conftest import one_line

pytestmark = pytest.mark.django_db
BOARD = f"/districts/NORTH/board/?day={factories.DAY}"


def suggested(district: models.District, number: int, run: models.SuggestionRun) -> models.Suggestion:
    line = factories.CrewFactory(district=district, name=f"Line {number}")
    return teams.suggested_team(
        order=teams.team_order(district, f"WO-{number}"),
        shift=factories.ShiftFactory(crew=line),
        beside=[factories.ShiftFactory(crew=teams.traffic_crew(district, f"Traffic {number}"))],
        run=run,
    )


@pytest.fixture
def run(district: models.District) -> models.SuggestionRun:
    return factories.SuggestionRunFactory(district=district)


@pytest.fixture
def suggestion(district: models.District, run: models.SuggestionRun) -> models.Suggestion:
    return suggested(district, 1, run)


@pytest.fixture
def review(suggestion: models.Suggestion) -> str:
    return f"{reverse('assignments:order-review', args=[suggestion.order.number])}?day={factories.DAY}"


def test_the_board_shows_a_team_in_one_line(manager: Client, suggestion: models.Suggestion) -> None:
    html = manager.get(BOARD).content.decode()

    assert html.count("Line 1 + Traffic 1") == 2  # in the line, and in what its button says
    assert "crew of 2 + traffic crew" in html


def test_the_review_shows_all_crews_of_the_team(manager: Client, suggestion: models.Suggestion, review: str) -> None:
    page = manager.get(review)

    [ranked] = page.context["review"].ranked
    assert (ranked.name, [crew.name for crew in ranked.crews]) == ("Line 1 + Traffic 1", ["Line 1", "Traffic 1"])
    html = one_line(page)
    assert "Traffic 1 20 min, leaves" in html
    assert "And a traffic crew" in html
    assert "1 or more people; 1 × Traffic, standard or above" in html


def test_one_approval_approves_all(manager: Client, suggestion: models.Suggestion, review: str) -> None:
    manager.post(reverse("assignments:suggestion-approve", args=[suggestion.pk]))

    assert models.Assignment.objects.live().count() == 2
    assert "Line 1 + Traffic 1" in manager.get(BOARD).content.decode()
    assert [crew.name for crew in manager.get(review).context["review"].chosen] == ["Line 1", "Traffic 1"]


def test_one_undo_undoes_all(manager: Client, suggestion: models.Suggestion) -> None:
    manager.post(reverse("assignments:suggestion-approve", args=[suggestion.pk]))
    lead = models.Assignment.objects.leads().get()

    manager.post(reverse("assignments:assignment-revoke", args=[lead.pk]), {"reason": "Storm"})

    assert not models.Assignment.objects.live().exists()


def test_a_further_crew_is_no_decision_of_its_own(manager: Client, suggestion: models.Suggestion) -> None:
    manager.post(reverse("assignments:suggestion-approve", args=[suggestion.pk]))
    beside = models.Assignment.objects.get(part=1)

    assert manager.post(reverse("assignments:assignment-revoke", args=[beside.pk])).status_code == 404


def test_why_not_says_for_which_part(manager: Client, suggestion: models.Suggestion) -> None:
    page = manager.get(
        reverse("assignments:order-why-not", args=[suggestion.order.number]), {"day": str(factories.DAY)}
    )

    assert "as traffic crew" in page.content.decode()


def test_the_summary_before_a_bulk_approval_names_all_crews(manager: Client, suggestion: models.Suggestion) -> None:
    page = manager.get(reverse("assignments:board-bulk", args=["NORTH"]), {"day": str(factories.DAY)})

    [line] = page.context["lines"]
    assert line.crew == "Line 1 + Traffic 1"


@pytest.mark.parametrize("decided", [False, True])
def test_the_number_of_queries_does_not_grow_with_the_teams(
    manager: Client, district: models.District, run: Any, decided: bool, django_assert_max_num_queries: Any
) -> None:
    def more(numbers: range) -> None:
        for number in numbers:
            one = suggested(district, number, run)
            if decided:
                manager.post(reverse("assignments:suggestion-approve", args=[one.pk]))

    more(range(1, 3))
    with django_assert_max_num_queries(60) as counted:
        manager.get(BOARD)
    before = len(counted.captured_queries)

    more(range(3, 7))
    with django_assert_max_num_queries(before):
        assert manager.get(BOARD).content.decode().count("Traffic 6") >= 1


def test_the_api_tells_the_crews_of_a_team(manager: Client, suggestion: models.Suggestion) -> None:
    [told] = manager.get(f"/api/v1/suggestions/?order={suggestion.order.number}").json()["results"]
    assert told["crew"]["name"] == "Line 1"
    assert [(one["part"], one["crew"]["name"]) for one in told["further_crews"]] == [(1, "Traffic 1")]

    answer = manager.post(f"/api/v1/suggestions/{suggestion.pk}/approve/", {}, content_type="application/json")
    assert answer.status_code == 201
    assert [(one["part"], one["crew"]["name"]) for one in answer.json()["further_crews"]] == [(1, "Traffic 1")]

    order = manager.get(f"/api/v1/orders/{suggestion.order.number}/").json()
    # Under its name of before as well, for one version.
    assert told["companions"] == told["further_crews"]
    assert answer.json()["companions"] == answer.json()["further_crews"]
    assert order["assignment"]["further_crews"][0]["crew"]["name"] == "Traffic 1"
    asked = {"qualification": "TRAFFIC", "level": "STANDARD", "people": 1}
    assert order["further_crews"] == [
        {"number": 1, "title": "traffic crew", "crew_size": 1, "needs": [asked], "equipment": []}
    ]
    beside = models.Assignment.objects.get(part=1)
    assert manager.get(f"/api/v1/assignments/{beside.pk}/").status_code == 404
