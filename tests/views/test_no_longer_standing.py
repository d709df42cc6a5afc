"""Approved work that is no longer valid: every page of a day tells of the same, and one press frees the crew."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services.inputs import consequences
from notifications.models import Notification
from tests import factories, teams
from tests.factories import NOW, at
from tests.views.conftest import one_line

BOARD = "/districts/NORTH/board/?day=2026-06-15"


def approved(district: models.District, number: str, crew: str, **facts: Any) -> models.Assignment:
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name=crew))
    return factories.AssignmentFactory(order=order, shift=shift, **facts)


@pytest.fixture
def fallen(district: models.District, mara: Any) -> dict[str, models.Assignment]:
    """Three decisions of the day that do not stand any more, one of tomorrow, and one that stands."""
    rows = {
        "WO-1": approved(district, "WO-1", "Line 1"),
        "WO-2": approved(district, "WO-2", "Line 2", starts_at=at("10:00")),
        "WO-3": approved(district, "WO-3", "Line 3", starts_at=at("12:00")),
        "WO-4": approved(district, "WO-4", "Line 4"),
        "WO-5": approved(district, "WO-5", "Line 5", starts_at=at("08:00", days=1)),
    }
    tomorrow = rows["WO-5"].shift
    models.Shift.objects.filter(pk=tomorrow.pk).update(starts_at=at("06:00", days=1), ends_at=at("16:00", days=1))
    for number in ("WO-1", "WO-5"):
        models.WorkOrder.objects.filter(number=number).transition("CANCELLED")
    models.Shift.objects.filter(crew__name="Line 2").update(cancelled=True)
    models.WorkOrder.objects.filter(number="WO-3").update(required_permits=["EXCAVATION"])
    factories.PermitFactory(order=rows["WO-3"].order, valid_until=at("11:00"))
    consequences.follow(order_ids=[row.order_id for row in rows.values()], crew_ids=[], now=NOW)
    return rows


class TestTheSameDay:
    def test_is_told_alike_by_every_page(self, manager: Client, fallen: Any) -> None:
        expected = ["WO-1", "WO-2", "WO-3"]

        board = manager.get(f"{BOARD}&state=attention")
        attention = next(tab for tab in board.context["tabs"] if tab.state == "attention")
        assert sorted(row.number for row in board.context["rows"]) == expected
        assert attention.count == len(expected)

        map_page = manager.get("/districts/NORTH/map/?day=2026-06-15&state=red")
        assert sorted(place.row.number for place in map_page.context["places"]) == expected
        assert next(line.count for line in map_page.context["legend"] if line.state == "red") == len(expected)

        wall = manager.get("/districts/NORTH/today/").context["wall"]
        assert next(tile.number for tile in wall.tiles if tile.mark.word == "No longer valid") == "3"
        risk = next(one for one in wall.risks if one.key == "red")
        assert ([line.number for line in risk.lines], risk.count, risk.also) == (expected, 3, "1 on later days")

        schedule = manager.get("/districts/NORTH/schedule/?day=2026-06-15")
        lines = [line for row in schedule.context["rows"] for line in row.lines]
        assert sorted(line.number for line in lines if line.mark.word == "No longer valid") == expected

        told = Notification.objects.filter(kind="assignment.red").values_list("title", flat=True)
        assert sorted(title.split()[0] for title in told) == [*expected, "WO-5"]

    def test_says_why(self, viewer: Client, fallen: Any) -> None:
        page = one_line(viewer.get(BOARD))

        assert "WO-1 is cancelled in work management." in page
        assert "The shift of Line 2 is not on the roster any more." in page

    def test_leaves_what_is_over_and_holds_no_crew_alone(self, viewer: Client, fallen: Any) -> None:
        over = factories.OrderFactory(district=fallen["WO-1"].order.district, number="WO-9", status="CANCELLED")

        assert over.number not in [row.number for row in viewer.get(BOARD).context["rows"]]

    def test_concerns_every_crew_of_a_team(self, viewer: Client, district: models.District, mara: Any) -> None:
        lead = approved(district, "WO-1", "Line 1")
        further = factories.AssignmentFactory(
            order=lead.order, lead=lead, part=1, shift=factories.ShiftFactory(crew=teams.traffic_crew(district))
        )
        models.WorkOrder.objects.filter(pk=lead.order_id).transition("CANCELLED")
        consequences.follow(order_ids=[lead.order_id], crew_ids=[], now=NOW)

        page = viewer.get("/districts/NORTH/schedule/?day=2026-06-15")

        marks = {row.name: [line.mark.word for line in row.lines] for row in page.context["rows"]}
        assert marks == {"Line 1": ["No longer valid"], further.crew.name: ["No longer valid"]}
        assert [item["state"] for row in page.context["rows"] for item in row.items if item["kind"] == "job"] == [
            "red", "red",
        ]  # fmt: skip


class TestFreeing:
    @pytest.mark.parametrize(
        "page", [BOARD, "/districts/NORTH/schedule/?day=2026-06-15", "/orders/WO-1/?day=2026-06-15"]
    )
    def test_is_one_press_with_the_reason(self, manager: Client, fallen: Any, page: str) -> None:
        address = f"/assignments/{fallen['WO-1'].pk}/revoke/"
        shown = one_line(manager.get(page))
        button = shown[: shown.index(f'formaction="{address}"')].rpartition("<button")[2]
        assert 'name="reason" value="WO-1 is cancelled in work management."' in button

        manager.post(address, {"reason": "WO-1 is cancelled in work management."})

        freed = models.Assignment.objects.get(pk=fallen["WO-1"].pk)
        assert (freed.status, freed.revoke_reason) == ("REVOKED", "WO-1 is cancelled in work management.")
        assert models.WorkOrder.objects.get(number="WO-1").status == "CANCELLED"
        assert "WO-1" not in [row.number for row in manager.get(BOARD).context["rows"]]

    def test_the_form_knows_the_reason_too(self, manager: Client, fallen: Any) -> None:
        page = one_line(manager.get(f"/assignments/{fallen['WO-1'].pk}/revoke/"))

        assert 'value="WO-1 is cancelled in work management."' in page

    def test_is_not_offered_while_the_decision_stands(self, manager: Client, fallen: Any) -> None:
        page = one_line(manager.get(BOARD))

        assert 'Free crew<span class="visually-hidden"> Line 1 of WO-1' in page
        assert 'Free crew<span class="visually-hidden"> Line 4 of WO-4' not in page

    def test_is_not_offered_once_the_crew_is_sent(self, manager: Client, fallen: Any) -> None:
        models.Assignment.objects.filter(pk=fallen["WO-2"].pk).transition("DISPATCHED")

        row = next(one for one in manager.get(BOARD).context["rows"] if one.number == "WO-2")

        assert (row.decision.mark.word, row.decision.free) == ("No longer valid", "")

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, fallen: dict[str, models.Assignment]
    ) -> None:
        address = f"/assignments/{fallen['WO-1'].pk}/revoke/"

        assert viewer.post(address, {"reason": "Cancelled"}).status_code == 403
        assert stranger.post(address, {"reason": "Cancelled"}).status_code == 404
        assert anonymous.post(address, {"reason": "Cancelled"}).headers["Location"].startswith("/login/")
        assert models.Assignment.objects.live().count() == len(fallen)
