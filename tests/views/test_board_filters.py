"""The filters of the board: what each leaves, how it is taken away again, and what else keeps to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.views.conftest import pushed
from tests.views.test_board import BOARD, numbers

SUGGESTED_FOR = "Trouble 7"


def crew(name: str) -> int:
    return models.Crew.objects.get(name=name).pk


def chips(page: Any) -> list[tuple[str, str, str]]:
    return [(chip.label, chip.text, chip.without) for chip in page.context["bar"].chips]


def counted(page: Any) -> dict[str, int]:
    return {tab.label: tab.count for tab in page.context["tabs"]}


class TestCrew:
    @pytest.mark.parametrize(("name", "found"), [(SUGGESTED_FOR, ["WO-1"]), ("Line 3", ["WO-2"])])
    def test_it_finds_what_is_suggested_for_the_crew_or_assigned_to_it(
        self, manager: Client, wire_down: models.WorkOrder, name: str, found: list[str]
    ) -> None:
        assert numbers(manager.get(f"{BOARD}?crew={crew(name)}")) == found

    def test_a_suggestion_that_the_row_does_not_show_does_not_count(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        second = factories.ShiftFactory(crew__district=suggestion.order.district, crew__name="Line 9")
        factories.SuggestionFactory(
            order=suggestion.order, run=suggestion.run, shift=second, rank=2, in_plan=False, fingerprint="x"
        )

        assert numbers(manager.get(f"{BOARD}?crew={crew('Line 9')}")) == []

    def test_a_further_crew_of_a_team_counts(self, manager: Client, suggestion: models.Suggestion) -> None:
        shift = factories.ShiftFactory(crew__district=suggestion.order.district, crew__name="Traffic 1")
        models.FurtherCrew.objects.create(
            suggestion=suggestion, part=1, crew=shift.crew, shift=shift,
            departs_at=suggestion.departs_at, travel_minutes=20,
        )  # fmt: skip

        assert numbers(manager.get(f"{BOARD}?crew={crew('Traffic 1')}")) == ["WO-1"]

    def test_a_crew_of_another_district_is_no_choice(
        self, manager: Client, order: models.WorkOrder, elsewhere: models.District
    ) -> None:
        stranger = factories.CrewFactory(district=elsewhere, name="Theirs")

        page = manager.get(f"{BOARD}?crew={stranger.pk}")

        assert numbers(page) == ["WO-1"]
        assert "Theirs" not in page.content.decode()


class TestPermitAndFeeder:
    @pytest.mark.parametrize(
        ("state", "found"),
        [("missing", ["MISSING"]), ("pending", ["PENDING"]), ("lapsed", ["LAPSED"]), ("none", ["FREE"])],
    )
    def test_permits_are_told_apart_as_in_their_register(
        self, manager: Client, district: models.District, state: str, found: list[str]
    ) -> None:
        for number, status in [("PENDING", "REQUESTED"), ("LAPSED", "SUSPENDED")]:
            order = factories.OrderFactory(district=district, number=number, required_permits=["EXCAVATION"])
            factories.PermitFactory(order=order, status=status)
        factories.OrderFactory(district=district, number="MISSING", required_permits=["EXCAVATION"])
        factories.OrderFactory(district=district, number="FREE")

        assert numbers(manager.get(f"{BOARD}?permit={state}")) == found

    def test_a_feeder_is_found_by_its_name(self, manager: Client, wire_down: models.WorkOrder) -> None:
        assert numbers(manager.get(f"{BOARD}?feeder=F-202")) == ["WO-2"]

    def test_a_feeder_without_open_work_finds_nothing_rather_than_everything(
        self, manager: Client, order: models.WorkOrder
    ) -> None:
        page = manager.get(f"{BOARD}?feeder=F-999")

        assert numbers(page) == []
        assert chips(page) == [("Feeder", "F-999", "?day=2026-06-15")]

    @pytest.mark.parametrize("feeder", ["%00", "F" * 5000])
    def test_a_feeder_that_none_can_be_is_no_filter(
        self, manager: Client, order: models.WorkOrder, feeder: str
    ) -> None:
        assert numbers(manager.get(f"{BOARD}?feeder={feeder}")) == ["WO-1"]


class TestBar:
    def test_each_filter_that_is_set_can_be_taken_away_and_the_others_stay(
        self, manager: Client, wire_down: models.WorkOrder
    ) -> None:
        page = manager.get(f"{BOARD}?state=decided&kind=TROUBLE&feeder=F-202&q=wire down&status=")

        assert chips(page) == [
            ("Kind", "Trouble", "?day=2026-06-15&state=decided&feeder=F-202&q=wire+down"),
            ("Feeder", "F-202", "?day=2026-06-15&state=decided&kind=TROUBLE&q=wire+down"),
            ("Search", "wire down", "?day=2026-06-15&state=decided&kind=TROUBLE&feeder=F-202"),
        ]
        assert page.context["bar"].clear == "?day=2026-06-15&state=decided"

    def test_tabs_and_days_keep_the_filters(self, manager: Client, wire_down: models.WorkOrder) -> None:
        page = manager.get(f"{BOARD}?kind=TROUBLE").content.decode()

        assert 'href="?day=2026-06-15&amp;state=decided&amp;kind=TROUBLE"' in page
        assert 'href="?day=2026-06-16&amp;kind=TROUBLE"' in page

    def test_what_makes_no_sense_is_no_filter(self, manager: Client, order: models.WorkOrder) -> None:
        page = manager.get(f"{BOARD}?kind=NONSENSE&priority=9&crew=x&permit=y&state=z")

        assert numbers(page) == ["WO-1"]
        assert chips(page) == []


class TestCounts:
    def test_the_tabs_count_what_the_filters_leave(self, manager: Client, wire_down: models.WorkOrder) -> None:
        models.Assignment.objects.update(red_cause="Permit P-1 was suspended")

        assert counted(manager.get(BOARD)) == {
            "All": 2, "To decide": 1, "No suggestion": 0, "Approved": 1, "Needs attention": 1,
        }  # fmt: skip
        assert counted(manager.get(f"{BOARD}?kind=TROUBLE&state=to-decide")) == {
            "All": 1, "To decide": 0, "No suggestion": 0, "Approved": 1, "Needs attention": 1,
        }  # fmt: skip

    def test_pushed_alone_they_are_those_of_the_page(self, manager: Client, wire_down: models.WorkOrder) -> None:
        page = manager.get(f"{BOARD}?day=2026-06-15&kind=TROUBLE")

        told = pushed(page)

        assert list(told.rows) == [str(wire_down.pk)]
        assert told.parts["tabs"] in page.content.decode()

    def test_all_filters_at_once_cost_the_same_for_more_rows(
        self, manager: Client, wire_down: models.WorkOrder, django_assert_num_queries: Any
    ) -> None:
        everything = f"{BOARD}?status=SCHEDULED&kind=TROUBLE&permit=none&feeder=F-202&q=wire&crew={crew('Line 3')}"
        assert numbers(manager.get(everything)) == ["WO-2"]
        with CaptureQueriesContext(connection) as few:
            manager.get(everything)

        for hour in range(10, 20, 2):
            order = factories.OrderFactory(
                district=wire_down.district, title="Wire", kind="TROUBLE", feeder="F-202", status="SCHEDULED"
            )
            shift = models.Shift.objects.get(crew__name="Line 3")
            factories.AssignmentFactory(order=order, shift=shift, starts_at=factories.at(f"{hour}:00"))

        with django_assert_num_queries(len(few)):
            assert len(numbers(manager.get(everything))) == 6


class TestNothingMatches:
    def test_it_says_what_each_filter_hides_and_offers_to_take_it_away(
        self, manager: Client, wire_down: models.WorkOrder
    ) -> None:
        page = manager.get(f"{BOARD}?kind=TROUBLE&feeder=F-101")

        assert [(one.label, one.text, one.count, one.without) for one in page.context["hidden"]] == [
            ("Kind", "Trouble", 1, "?day=2026-06-15&feeder=F-101"),
            ("Feeder", "F-101", 1, "?day=2026-06-15&kind=TROUBLE"),
        ]
        assert "Show all orders of the day" in page.content.decode()

    def test_it_says_when_taking_one_away_is_not_enough(self, manager: Client, wire_down: models.WorkOrder) -> None:
        page = manager.get(f"{BOARD}?feeder=F-999&q=nothing").content.decode()

        assert "No order matches" in page
        assert "Taking one filter away is not enough" in page


class TestBulk:
    def test_only_what_the_filters_leave_is_approved_in_bulk(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        trouble = factories.OrderFactory(district=suggestion.order.district, number="WO-2", kind="TROUBLE")
        shift = factories.ShiftFactory(crew__district=suggestion.order.district)
        factories.SuggestionFactory(order=trouble, run=suggestion.run, shift=shift)

        assert manager.get(BOARD).context["bulk_count"] == 2
        board = manager.get(f"{BOARD}?kind=TROUBLE")
        assert board.context["bulk_count"] == 1
        assert 'board/approve/?day=2026-06-15&amp;kind=TROUBLE"' in board.content.decode()
        bulk = manager.get(f"{BOARD}approve/?day=2026-06-15&kind=TROUBLE")
        assert [line.number for line in bulk.context["lines"]] == ["WO-2"]
        assert "Only what the board shows" in bulk.content.decode()
