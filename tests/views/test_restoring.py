"""When customers are back: on board, map and review, and the form that sets it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import at
from tests.views.conftest import one_line

REVIEW = "/orders/WO-1/?day=2026-06-15"
BOARD = "/districts/NORTH/board/?day=2026-06-15"
MAP = "/districts/NORTH/map/?day=2026-06-15"
SET = "/orders/WO-1/restoration/"
TAKE_BACK = "/orders/WO-1/restoration/take-back/"
NOON = {"back_at": "2026-06-15T12:00", "reason": "Cable fault found"}


@pytest.fixture
def dark(suggestion: models.Suggestion) -> models.WorkOrder:
    """WO-1 with 120 customers out; the plan has Trouble 7 done with it at 09:00."""
    models.WorkOrder.objects.update(customers_out=120)
    suggestion.order.refresh_from_db()
    return suggestion.order


def held() -> list[Any]:
    return list(models.SetRestoration.objects.held().values_list("back_at", "reason"))


class TestThePages:
    @pytest.mark.parametrize("address", [REVIEW, BOARD, MAP])
    def test_say_when_customers_are_back_and_how_sure_that_is(self, viewer: Client, dark: Any, address: str) -> None:
        page = one_line(viewer.get(address))
        assert 'back by <time datetime="2026-06-15T09:00:00-05:00"' in page
        assert '>09:00</time> <span class="muted">(planned)</span>' in page

    @pytest.mark.parametrize("address", [REVIEW, BOARD, MAP])
    def test_say_that_nobody_comes(self, viewer: Client, dark: Any, address: str) -> None:
        models.Suggestion.objects.all().delete()
        assert '<span class="back" data-tone="bad">no crew yet</span>' in one_line(viewer.get(address))

    @pytest.mark.parametrize("address", [REVIEW, BOARD, MAP])
    def test_say_nothing_where_nobody_is_out(self, viewer: Client, dark: Any, address: str) -> None:
        models.WorkOrder.objects.update(customers_out=0)
        assert 'class="back"' not in one_line(viewer.get(address))

    def test_say_who_has_set_it_and_why(self, manager: Client, dark: Any) -> None:
        manager.post(SET, NOON)
        assert '>12:00</time> <span class="muted">(set by Mara Lindqvist)</span>' in one_line(manager.get(BOARD))
        page = one_line(manager.get(REVIEW))
        assert "“Cable fault found”" in page
        assert "The estimate is" in page


class TestTheForm:
    def test_sets_a_time_of_the_districts_clock(self, manager: Client, dark: Any) -> None:
        answer = manager.post(SET, NOON | {"next": REVIEW})
        assert (answer.status_code, answer.headers["Location"]) == (303, REVIEW)
        assert held() == [(at("12:00"), "Cable fault found")]

    def test_takes_it_back(self, manager: Client, dark: Any) -> None:
        manager.post(SET, NOON)
        assert manager.post(TAKE_BACK).status_code == 303
        assert held() == []
        assert manager.post(TAKE_BACK).status_code == 409

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            (NOON | {"reason": " "}, "Say why in a few words; colleagues read it beside the time."),
            (NOON | {"back_at": ""}, "Give the day and time by which the customers are back."),
            (NOON | {"back_at": "noon"}, "Give a day and a time."),
            (NOON | {"back_at": "2026-06-15T06:10"}, "No crew can legally have WO-1 done before"),
        ],
    )
    def test_says_what_it_cannot_take(self, manager: Client, dark: Any, said: dict[str, str], sentence: str) -> None:
        answer = manager.post(SET, said)
        assert answer.status_code == 409
        assert sentence in one_line(answer)
        assert held() == []

    def test_is_answered_in_json_for_scripts(self, manager: Client, dark: Any) -> None:
        answer = manager.post(SET, NOON, headers={"Accept": "application/json"}).json()
        assert answer["message"] == "WO-1: customers are told that they are back by 12:00."


@pytest.mark.parametrize("address", [SET, TAKE_BACK])
class TestWhoMay:
    def test_managers_only(self, viewer: Client, dark: Any, address: str) -> None:
        answer = viewer.post(address, NOON)
        assert answer.status_code == 403
        assert "Vic Moreau is not an assigning manager of North." in one_line(answer)

    def test_strangers_find_nothing(self, stranger: Client, dark: Any, address: str) -> None:
        assert stranger.post(address, NOON).status_code == 404

    def test_nobody_is_asked_to_log_in(self, anonymous: Client, dark: Any, address: str) -> None:
        assert anonymous.post(address, NOON).headers["Location"].startswith("/login/")

    def test_by_post_only(self, manager: Client, dark: Any, address: str) -> None:
        assert manager.get(address).status_code == 405


def test_the_board_costs_the_same_whatever_the_number_of_outages(manager: Client, dark: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert manager.get(BOARD).status_code == 200
        return len(caught)

    def another() -> None:
        order = factories.OrderFactory(district=dark.district, customers_out=7)
        factories.SuggestionFactory(order=order, run=dark.suggestions.get().run)

    another()
    queries()
    before = queries()
    for _ in range(3):
        another()
    assert queries() == before
