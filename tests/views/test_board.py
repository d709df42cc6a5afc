"""GET /districts/<code>/board/: the queue of one district and one day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from assignments import models
from tests import factories

BOARD = "/districts/NORTH/board/"
# Session, person and visit 3, cursor 2, header, inbox 5, the sources of the district 1, queue and counts 6, filters and
# views 3, the run 2, rows 9.
QUERIES = 36


def numbers(response: Any) -> list[str]:
    return [row.number for row in response.context["rows"]]


class TestWhoMayRead:
    def test_a_manager_sees_the_queue_and_may_decide(self, manager: Client, suggestion: models.Suggestion) -> None:
        page = manager.get(BOARD)

        assert page.status_code == 200
        assert 'data-role="manager"' in page.content.decode()
        assert f'formaction="/suggestions/{suggestion.pk}/approve/"' in page.content.decode()

    def test_a_viewer_sees_the_same_rows_and_the_page_says_viewer(
        self, viewer: Client, suggestion: models.Suggestion
    ) -> None:
        page = viewer.get(BOARD)

        assert numbers(page) == ["WO-1"]
        assert 'data-role="viewer"' in page.content.decode()

    def test_a_stranger_learns_nothing(self, stranger: Client, suggestion: models.Suggestion) -> None:
        assert stranger.get(BOARD).status_code == 404
        assert stranger.get("/districts/NOWHERE/board/").status_code == 404

    def test_nobody_is_sent_to_the_login(self, anonymous: Client, order: models.WorkOrder) -> None:
        assert anonymous.get(BOARD).headers["Location"] == f"/login/?next={BOARD}"


class TestHome:
    def test_it_leads_to_the_persons_district(self, manager: Client) -> None:
        assert manager.get("/").headers["Location"] == BOARD

    def test_it_remembers_the_district_seen_last(self, manager: Client, mara: Any, elsewhere: models.District) -> None:
        factories.MembershipFactory(user=mara, district=elsewhere)

        manager.get("/districts/SOUTH/board/")

        assert manager.get("/").headers["Location"] == "/districts/SOUTH/board/"

    def test_somebody_without_a_district_is_told_whom_to_ask(self, anonymous: Client) -> None:
        anonymous.force_login(factories.UserFactory())

        assert "Ask whoever installed Lineup" in anonymous.get("/").content.decode()


class TestQueue:
    def test_the_most_at_risk_comes_first(self, manager: Client, order: models.WorkOrder) -> None:
        for number, priority, out in [("WO-2", 0, 10), ("WO-3", 0, 900), ("WO-4", 1, 0)]:
            factories.OrderFactory(district=order.district, number=number, priority=priority, customers_out=out)

        assert numbers(manager.get(BOARD)) == ["WO-3", "WO-2", "WO-4", "WO-1"]

    def test_it_leaves_out_what_is_finished_or_settled_for_another_day(
        self, manager: Client, order: models.WorkOrder
    ) -> None:
        district = order.district
        factories.OrderFactory(district=district, number="DONE", status="COMPLETED")
        factories.OrderFactory(district=district, number="LATER", earliest_start=factories.at("08:00", days=1))
        tomorrow = factories.OrderFactory(district=district, number="TOMORROW", status="SCHEDULED")
        factories.AssignmentFactory(order=tomorrow, starts_at=factories.at("08:00", days=1))

        assert numbers(manager.get(BOARD)) == ["WO-1"]

    def test_another_day_has_another_queue(self, manager: Client, order: models.WorkOrder) -> None:
        factories.OrderFactory(district=order.district, number="LATER", earliest_start=factories.at("08:00", days=1))

        assert set(numbers(manager.get(f"{BOARD}?day=2026-06-16"))) == {"WO-1", "LATER"}

    def test_a_day_that_is_none_is_not_found(self, manager: Client) -> None:
        page = manager.get(f"{BOARD}?day=monday")

        assert page.status_code == 404
        assert "“monday” is not a day; one is written as 2026-06-15." in page.content.decode()
        assert f'href="{BOARD}"' in page.content.decode()

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    @pytest.mark.parametrize(
        "path", [BOARD, f"{BOARD}counts/", f"{BOARD}approve/", "/orders/WO-1/", "/orders/WO-1/why-not/"]
    )
    def test_the_ends_of_the_calendar_are_not_found(
        self, manager: Client, order: models.WorkOrder, path: str, day: str
    ) -> None:
        assert manager.get(f"{path}?day={day}").status_code == 404

    @pytest.mark.parametrize("number", ["24/117", "WO 1", "WO#1?a=b", "100%", "é"])
    def test_an_order_is_reached_whatever_the_work_system_calls_it(
        self, manager: Client, district: models.District, number: str
    ) -> None:
        factories.OrderFactory(district=district, number=number)

        assert numbers(manager.get(BOARD)) == [number]
        for page in ("order-review", "order-why-not", "order-row"):
            address = reverse(f"assignments:{page}", args=[number])
            assert escape(number) in manager.get(address).content.decode()

    @pytest.mark.parametrize("page", ["board", "board-bulk"])
    def test_a_district_is_reached_whatever_its_code(self, manager: Client, mara: Any, page: str) -> None:
        factories.MembershipFactory(user=mara, district=factories.DistrictFactory(code="N/E"))

        assert manager.get(reverse(f"assignments:{page}", args=["N/E"])).status_code == 200

    @pytest.mark.parametrize(
        "path", ["/districts/%00/board/", "/orders/%00/", "/orders/%00/row/", "/orders/%00/why-not/"]
    )
    def test_a_name_that_nothing_can_have_is_not_found(self, manager: Client, path: str) -> None:
        assert manager.get(path).status_code == 404

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=cross-arm", {"WO-1"}),
            ("q=f-101+wo-1", {"WO-1"}),
            ("q=nothing", set()),
            ("kind=TROUBLE", {"WO-2"}),
            ("priority=0", {"WO-2"}),
            ("status=READY", {"WO-1", "WO-2"}),
            ("state=to-decide", {"WO-1"}),
            ("state=without-suggestion", {"WO-2"}),
            ("state=decided", set()),
        ],
    )
    def test_filters_narrow_it(
        self, manager: Client, suggestion: models.Suggestion, query: str, found: set[str]
    ) -> None:
        factories.OrderFactory(
            district=suggestion.order.district, number="WO-2", title="Wire down", kind="TROUBLE", priority=0
        )

        assert set(numbers(manager.get(f"{BOARD}?{query}"))) == found


class TestCost:
    def test_the_number_of_queries_does_not_grow_with_the_rows(
        self, manager: Client, district: models.District, django_assert_num_queries: Any
    ) -> None:
        run = factories.SuggestionRunFactory(district=district)
        _fill(district, run, 5)
        manager.get(BOARD)
        with django_assert_num_queries(QUERIES):
            assert len(numbers(manager.get(BOARD))) == 5

        _fill(district, run, 45)
        with django_assert_num_queries(QUERIES):
            assert len(numbers(manager.get(BOARD))) == 50


class TestPage:
    def test_nothing_in_it_needs_inline_script_or_style(self, manager: Client, suggestion: models.Suggestion) -> None:
        page = manager.get(BOARD)

        policy = page.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'self'" in policy
        html = page.content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html

    def test_storm_rules_are_announced(self, manager: Client, district: models.District, mara: Any) -> None:
        factories.StormFactory(district=district, declared_by=mara)

        page = manager.get(BOARD).content.decode()

        assert "Storm rules since" in page
        assert "declared by Mara Lindqvist: Ice on the lines" in page

    def test_it_carries_the_stream_of_all_districts_and_the_cursor(
        self, manager: Client, district: models.District
    ) -> None:
        html = manager.get(BOARD).content.decode()

        assert f'data-stream-url="/events/?district={district.pk}"' in html
        assert 'data-stream-cursor="' in html

    def test_a_title_cannot_smuggle_markup_in(self, manager: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.filter(pk=order.pk).update(title="<script>alert(1)</script>")

        html = manager.get(BOARD).content.decode()

        assert "<script>alert" not in html
        assert escape("<script>alert(1)</script>") in html


def _fill(district: models.District, run: models.SuggestionRun, count: int) -> None:
    """Orders of every sort that a row can show: suggested, decided, waiting for permits and earlier work."""
    earlier = factories.OrderFactory(district=district, status="CANCELLED")
    for number in range(count):
        order = factories.OrderFactory(district=district, required_permits=["EXCAVATION"])
        factories.PermitFactory(order=order)
        order.prerequisites.add(earlier)
        crew = factories.CrewFactory(district=district, staff__members=0)
        shift = factories.ShiftFactory(crew=crew)
        if number % 2:
            factories.SuggestionFactory(run=run, order=order, shift=shift, fingerprint="x", rank=1)
        else:
            assignment = factories.AssignmentFactory(order=order, shift=shift)
            models.WorkOrder.objects.filter(pk=order.pk).update(status="SCHEDULED")
            factories.WriteBackFactory(assignment=assignment, next_attempt_at=factories.NOW + timedelta(minutes=1))
