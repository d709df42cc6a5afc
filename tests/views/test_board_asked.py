"""Addresses of the board: several values at once, another sequence, and what counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.forms.filters import SORTS
from notifications.streams.fanout.pages import LONGEST
from tests import factories
from tests.views.conftest import pushed
from tests.views.test_board import BOARD, numbers
from tests.views.test_board_filters import SUGGESTED_FOR, chips, crew


class TestSeveral:
    @pytest.mark.parametrize("query", ["kind=TROUBLE&kind=CORRECTIVE", "kind=TROUBLE,CORRECTIVE"])
    def test_a_filter_takes_several_values(self, manager: Client, wire_down: models.WorkOrder, query: str) -> None:
        factories.OrderFactory(district=wire_down.district, number="WO-3", kind="INSPECTION")
        models.WorkOrder.objects.filter(number="WO-1").update(kind="CORRECTIVE")

        page = manager.get(f"{BOARD}?day=2026-06-15&{query}")

        assert set(numbers(page)) == {"WO-1", "WO-2"}
        assert chips(page) == [("Kind", "Trouble, Corrective", "?day=2026-06-15")]
        assert page.context["bar"].keep == "&kind=TROUBLE%2CCORRECTIVE"
        assert {*pushed(page).rows} == {str(row.id) for row in page.context["rows"]}

    def test_crews_and_permits_as_well(self, manager: Client, wire_down: models.WorkOrder) -> None:
        both = f"crew={crew(SUGGESTED_FOR)}&crew={crew('Line 3')}&permit=none&permit=missing"

        assert set(numbers(manager.get(f"{BOARD}?{both}"))) == {"WO-1", "WO-2"}

    def test_a_view_keeps_them_and_says_them(self, manager: Client, wire_down: models.WorkOrder) -> None:
        query = f"kind=TROUBLE,CORRECTIVE&crew={crew('Line 3')},{crew(SUGGESTED_FOR)}&sort=due"

        manager.post("/districts/NORTH/views/save/", {"name": "Mine", "query": query})

        said = manager.get("/districts/NORTH/views/").content.decode()
        assert "Kind: Trouble, Corrective, Crew: Line 3, Trouble 7, Sorted by: Due first" in said


class TestLeftOut:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("kind=NONSENSE&kind=TROUBLE", "There is no kind “NONSENSE”."),
            ("crew=999999", "There is no crew “999999”."),
            ("state=odd", "There is no state “odd”."),
            ("sort=luck", "There is no sequence “luck”."),
            ("feeder=%00", "There is no feeder “\N{REPLACEMENT CHARACTER}”."),
            (f"q={'x' * 101}", "The search is longer than 100 characters: say less."),
            ("q=%01", "The search holds a character that nothing has."),
            ("&".join(f"feeder={n:030d}" for n in range(20)), "More is chosen than fits into one address"),
        ],
    )
    def test_what_counts_for_nothing_is_said(
        self, manager: Client, wire_down: models.WorkOrder, query: str, said: str
    ) -> None:
        page = manager.get(f"{BOARD}?{query}")

        assert said in page.content.decode()
        assert page.context["filter"].left_out
        assert len(page.context["live"]) <= LONGEST
        assert "WO-2" in numbers(page)

    def test_what_counts_is_not_said(self, manager: Client, wire_down: models.WorkOrder) -> None:
        assert manager.get(f"{BOARD}?kind=TROUBLE&q=wire&state=").context["filter"].left_out == ()


class TestSort:
    @pytest.fixture
    def several(self, wire_down: models.WorkOrder) -> None:
        """WO-1 is suggested for Trouble 7, WO-2 is decided for Line 3, WO-3 has nothing."""
        third = factories.OrderFactory(district=wire_down.district, number="WO-3", customers_out=0, due_at=None)
        models.WorkOrder.objects.update(priority=3)
        models.WorkOrder.objects.filter(number="WO-1").update(
            customers_out=5, due_at=factories.at("15:00"), appointment_starts_at=factories.at("14:00"),
            appointment_ends_at=factories.at("16:00"),
        )  # fmt: skip
        models.WorkOrder.objects.filter(number="WO-2").update(customers_out=2, due_at=factories.at("12:00"))
        models.WorkOrder.objects.filter(pk=third.pk).update(priority=1)

    @pytest.mark.parametrize(
        ("sort", "sequence"),
        [
            ("", ["WO-3", "WO-1", "WO-2"]),
            ("due", ["WO-2", "WO-1", "WO-3"]),
            ("appointment", ["WO-1", "WO-3", "WO-2"]),
            ("customers", ["WO-1", "WO-2", "WO-3"]),
            ("priority", ["WO-3", "WO-2", "WO-1"]),
            ("crew", ["WO-2", "WO-1", "WO-3"]),
        ],
    )
    def test_the_queue_has_another_sequence_also_when_it_is_pushed(
        self, manager: Client, several: None, sort: str, sequence: list[str]
    ) -> None:
        page = manager.get(f"{BOARD}?day=2026-06-15&sort={sort}")

        assert numbers(page) == sequence
        assert list(pushed(page).rows) == [str(row.id) for row in page.context["rows"]]

    def test_it_stays_with_the_tabs_and_hides_nothing(self, manager: Client, several: None) -> None:
        page = manager.get(f"{BOARD}?day=2026-06-15&sort=crew&state=without-suggestion&q=nothing")

        assert "state=decided&amp;q=nothing&amp;sort=crew" in page.content.decode()
        assert "Sorted by" not in [one.label for one in page.context["hidden"]]
        assert not manager.get(f"{BOARD}?sort=crew").context["bar"].is_narrowed

    def test_it_costs_no_query_more(self, manager: Client, several: None, django_assert_num_queries: Any) -> None:
        manager.get(BOARD)
        with CaptureQueriesContext(connection) as plain:
            manager.get(f"{BOARD}?day=2026-06-15")

        for sort in SORTS:
            with django_assert_num_queries(len(plain)):
                manager.get(f"{BOARD}?day=2026-06-15&sort={sort}")
