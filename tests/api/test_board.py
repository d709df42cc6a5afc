"""A whole board in one request."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

BOARD = "/api/v1/districts/NORTH/suggestions/"


@pytest.fixture
def day(suggestion: models.Suggestion) -> str:
    return suggestion.run.day.isoformat()


def more(suggestion: models.Suggestion, orders: int) -> None:
    for _ in range(orders):
        order = factories.OrderFactory(district=suggestion.order.district)
        factories.SuggestionFactory(order=order, run=suggestion.run)
        factories.SuggestionFactory(order=order, run=suggestion.run, in_plan=False, rank=2)


def test_has_the_suggestions_for_all_orders_of_the_day(as_vic: Client, suggestion: models.Suggestion, day: str) -> None:
    more(suggestion, 2)
    factories.SuggestionFactory(order=factories.OrderFactory(district=suggestion.order.district))

    board = as_vic.get(BOARD, {"day": day}).json()

    assert (board["district"], board["day"], board["run"]) == ("NORTH", day, str(suggestion.run.pk))
    assert len(board["suggestions"]) == 5
    assert board["suggestions"][0] == as_vic.get(f"/api/v1/suggestions/{suggestion.pk}/").json()
    narrowed = as_vic.get(BOARD, {"day": day, "in_plan": "true"}).json()["suggestions"]
    assert [one["in_plan"] for one in narrowed] == [True] * 3


def test_takes_the_same_queries_however_many(as_vic: Client, suggestion: models.Suggestion, day: str) -> None:
    as_vic.get(BOARD, {"day": day})
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            as_vic.get(BOARD, {"day": day})
        counts.append(len(queries))
        more(suggestion, 3)

    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize("query", [{"day": "noon"}, {"status": "APPROVED"}, {"dya": "2026-06-15"}])
def test_refuses_a_parameter_it_does_not_know(as_vic: Client, query: dict[str, str]) -> None:
    assert_problem(as_vic.get(BOARD, query), 400, "invalid")
