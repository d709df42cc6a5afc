"""GET /districts/<code>/permits/: what is missing, pending, expiring or lapsed, and the work that hangs on each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import NOW
from tests.views.conftest import one_line

PERMITS = "/districts/NORTH/permits/"
KIND = models.Permit.Kind


def work(district: models.District, number: str, *, kinds: Any = (KIND.HOT_WORK,), **facts: Any) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number=number, required_permits=list(kinds), **facts)


def permit(order: models.WorkOrder, number: str = "", **facts: Any) -> models.Permit:
    given = {"kind": KIND.HOT_WORK, "valid_until": NOW + timedelta(days=5), **facts}
    return factories.PermitFactory(order=order, number=number or f"HW-{order.number}", **given)


def crewed(order: models.WorkOrder, name: str = "Line 1", **facts: Any) -> models.Assignment:
    crew = factories.CrewFactory(district=order.district, name=name)
    return factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew), **facts)


def groups(page: Any) -> dict[str, list[str]]:
    """The orders of the rows, by state."""
    return {group.state: [row.order_number for row in group.rows] for group in page.context["groups"]}


def rows(page: Any) -> list[Any]:
    return [row for group in page.context["groups"] for row in group.rows]


class TestWhoMayRead:
    def test_members_of_the_district_only(
        self, manager: Client, viewer: Client, stranger: Client, anonymous: Client, district: models.District
    ) -> None:
        assert manager.get(PERMITS).status_code == 200
        assert viewer.get(PERMITS).status_code == 200
        assert stranger.get(PERMITS).status_code == 404
        assert anonymous.get(PERMITS).headers["Location"] == f"/login/?next={PERMITS}"

    def test_nothing_of_another_district_is_on_it(self, manager: Client, elsewhere: models.District) -> None:
        permit(work(elsewhere, "WO-9"))

        assert groups(manager.get(PERMITS)) == {}

    def test_it_is_reached_from_the_navigation(self, viewer: Client, district: models.District) -> None:
        assert f'href="{PERMITS}" aria-current="page"' in one_line(viewer.get(PERMITS))
        assert f'href="{PERMITS}"' in viewer.get("/districts/NORTH/board/").content.decode()


class TestGroups:
    def test_the_most_urgent_need_comes_first(self, manager: Client, district: models.District) -> None:
        permit(work(district, "VALID"))
        permit(work(district, "EXPIRING"), valid_until=NOW + timedelta(hours=24))
        permit(work(district, "PENDING"), status="REQUESTED", valid_from=None, valid_until=None)
        work(district, "MISSING")
        permit(work(district, "SUSPENDED"), status="SUSPENDED")
        permit(work(district, "NOT-NEEDED", kinds=()), status="CLOSED")

        found = groups(manager.get(PERMITS))

        assert list(found.items()) == [
            ("lapsed", ["SUSPENDED"]),
            ("missing", ["MISSING"]),
            ("pending", ["PENDING"]),
            ("expiring", ["EXPIRING"]),
            ("valid", ["VALID"]),
            ("settled", ["NOT-NEEDED"]),
        ]

    def test_the_border_of_expiring_is_24_hours(self, manager: Client, district: models.District) -> None:
        permit(work(district, "WITHIN"), valid_until=NOW + timedelta(hours=24))
        permit(work(district, "BEYOND"), valid_until=NOW + timedelta(hours=24, seconds=1))

        assert groups(manager.get(PERMITS)) == {"expiring": ["WITHIN"], "valid": ["BEYOND"]}

    def test_lapsed_permits_of_work_with_a_crew_come_first(self, manager: Client, district: models.District) -> None:
        permit(work(district, "SOON", due_at=NOW + timedelta(hours=1)), status="EXPIRED")
        taken = work(district, "TAKEN", due_at=NOW + timedelta(days=3))
        permit(taken, status="EXPIRED")
        crewed(taken)

        assert groups(manager.get(PERMITS)) == {"lapsed": ["TAKEN", "SOON"]}

    def test_what_is_missing_for_the_order_due_first_comes_first(
        self, manager: Client, district: models.District
    ) -> None:
        work(district, "NEVER")
        work(district, "LATER", due_at=NOW + timedelta(days=2))
        work(district, "SOON", due_at=NOW + timedelta(hours=2))

        assert groups(manager.get(PERMITS)) == {"missing": ["SOON", "LATER", "NEVER"]}

    def test_a_window_that_is_over_is_lapsed_whatever_the_register_says(
        self, manager: Client, district: models.District
    ) -> None:
        permit(work(district, "WO-1"), valid_from=NOW - timedelta(days=2), valid_until=NOW)

        page = manager.get(PERMITS)

        assert groups(page) == {"lapsed": ["WO-1"]}
        assert (rows(page)[0].mark.word, rows(page)[0].edge.word) == ("Lapsed", "ended")

    def test_the_law_of_tickets_ends_them(self, manager: Client, district: models.District) -> None:
        district.state = factories.StateFactory(ticket_life=28)
        district.save()
        order = work(district, "WO-1", kinds=[KIND.EXCAVATION])
        permit(order, kind=KIND.EXCAVATION, valid_from=NOW - timedelta(days=60), valid_until=None)

        assert groups(manager.get(PERMITS)) == {"lapsed": ["WO-1"]}

    def test_another_live_permit_of_the_kind_serves_the_order(self, manager: Client, district: models.District) -> None:
        order = work(district, "WO-1")
        permit(order, "OLD", status="EXPIRED", valid_from=NOW - timedelta(days=9), valid_until=NOW - timedelta(days=1))
        permit(order, "NEW")

        found = [(row.number, group.state) for group in manager.get(PERMITS).context["groups"] for row in group.rows]

        assert found == [("NEW", "valid"), ("OLD", "settled")]

    def test_finished_work_needs_nothing(self, manager: Client, district: models.District) -> None:
        permit(work(district, "WO-1", status="COMPLETED"), status="EXPIRED")
        work(district, "WO-2", status="CANCELLED")

        assert groups(manager.get(PERMITS)) == {}


class TestRow:
    def test_it_says_what_hangs_on_the_permit(self, manager: Client, district: models.District) -> None:
        order = work(district, "WO-1", status="SCHEDULED")
        permit(order, "HW-7", authority="Fire brigade", valid_until=NOW + timedelta(hours=3))
        crewed(order, "Line 7", status="TENTATIVE")

        page = manager.get(PERMITS)

        (row,) = rows(page)
        assert (row.kind, row.number, row.authority, row.mark.word) == ("Hot work", "HW-7", "Fire brigade", "Issued")
        assert (row.window.end.text, row.edge.word, row.edge.relative) == ("08:45", "ends", "in 3\xa0h")
        assert (row.decision.crew, row.decision.mark.word) == ("Line 7", "Tentative")
        assert 'href="/orders/WO-1/"' in page.content.decode()

    def test_it_names_all_crews_of_a_team(self, manager: Client, district: models.District) -> None:
        order = work(district, "WO-1")
        lead = crewed(order, "Line 7")
        crewed(order, "Traffic 1", lead=lead, part=1)

        (row,) = rows(manager.get(PERMITS))

        assert row.decision.crew == "Line 7 + Traffic 1"

    def test_a_decision_that_no_longer_stands_names_the_cause(self, manager: Client, district: models.District) -> None:
        order = work(district, "WO-1")
        permit(order, status="SUSPENDED")
        crewed(order, red_cause="Hot work HW-WO-1 is suspended")

        assert "Hot work HW-WO-1 is suspended" in manager.get(PERMITS).content.decode()

    def test_a_missing_one_says_so(self, manager: Client, district: models.District) -> None:
        work(district, "WO-1", kinds=[KIND.CLEARANCE])

        (row,) = rows(manager.get(PERMITS))

        assert (row.kind, row.number, row.mark.word, row.window) == ("Clearance / switching", "", "Missing", None)

    def test_times_are_those_of_the_district(self, manager: Client, district: models.District) -> None:
        permit(work(district, "WO-1"), valid_from=factories.at("07:00"), valid_until=factories.at("18:00"))

        (row,) = rows(manager.get(PERMITS))

        assert (row.window.start.text, row.window.end.text) == ("07:00", "18:00")
        assert (row.edge.word, row.edge.relative) == ("begins", "in 1\xa0h")


class TestFilters:
    @pytest.fixture(autouse=True)
    def _register(self, district: models.District) -> None:
        permit(work(district, "WO-1", title="Weld rail"), "HW-1", authority="Fire brigade")
        permit(work(district, "WO-2", kinds=[KIND.TRAFFIC]), "TC-2", kind=KIND.TRAFFIC)
        work(district, "WO-3", kinds=[KIND.TRAFFIC])

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"state": "missing"}, ["WO-3"]),
            ({"kind": "TRAFFIC"}, ["WO-3", "WO-2"]),
            ({"kind": "TRAFFIC", "state": "valid"}, ["WO-2"]),
            ({"q": "fire weld"}, ["WO-1"]),
            ({"q": "tc-2"}, ["WO-2"]),
            ({"q": "nothing of the kind"}, []),
            ({"state": "nonsense"}, ["WO-3", "WO-1", "WO-2"]),
        ],
    )
    def test_they_narrow(self, manager: Client, query: dict[str, str], found: list[str]) -> None:
        assert [row.order_number for row in rows(manager.get(PERMITS, query))] == found

    def test_tabs_count_what_the_other_filters_leave(self, manager: Client) -> None:
        page = manager.get(PERMITS, {"kind": "TRAFFIC", "state": "valid"})

        counts = {tab.state: tab.count for tab in page.context["tabs"]}
        assert counts == {"": 2, "lapsed": 0, "missing": 1, "pending": 0, "expiring": 0, "valid": 1, "settled": 0}
        assert 'href="?kind=TRAFFIC&amp;state=missing"' in page.content.decode()

    def test_nothing_found_says_how_to_find_more(self, manager: Client) -> None:
        assert "No permit matches" in manager.get(PERMITS, {"q": "zzz"}).content.decode()


def test_an_empty_register_says_what_will_be_there(manager: Client, district: models.District) -> None:
    assert "listed here by how much they need you" in manager.get(PERMITS).content.decode()


def test_pages_hold_fifty_rows(manager: Client, district: models.District) -> None:
    for number in range(51):
        work(district, f"WO-{number:02}")

    assert len(rows(manager.get(PERMITS))) == 50
    assert [row.order_number for row in rows(manager.get(PERMITS, {"page": 2}))] == ["WO-50"]


def test_queries_do_not_grow_with_the_rows(manager: Client, district: models.District) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(PERMITS)
        return len(queries)

    district.state = factories.StateFactory()
    district.save()
    for number in range(2):
        order = work(district, f"WO-{number}", kinds=[KIND.EXCAVATION, KIND.TRAFFIC])
        permit(order, kind=KIND.EXCAVATION)
        crewed(order, f"Line {number}")
    asked()
    few = asked()
    for number in range(2, 12):
        order = work(district, f"WO-{number}", kinds=[KIND.EXCAVATION, KIND.TRAFFIC])
        permit(order, kind=KIND.EXCAVATION)
        crewed(order, f"Line {number}")

    assert asked() == few
    # Session and person 2, cursor 2, header and inbox 4, the register and its decisions 4.
    assert few <= 14
