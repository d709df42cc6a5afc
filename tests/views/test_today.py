"""GET /districts/<code>/today/: the screen on the wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import NOW, at
from tests.views.conftest import browser, one_line, pushed

TODAY = "/districts/NORTH/today/"
EMERGENCY = models.WorkOrder.Priority.EMERGENCY


def tiles(page: Any) -> dict[str, str]:
    return {tile.mark.word: tile.number for tile in page.context["wall"].tiles}


def risk(page: Any, key: str) -> Any:
    return next(one for one in page.context["wall"].risks if one.key == key)


def numbers(page: Any, key: str) -> list[str]:
    return [line.number for line in risk(page, key).lines]


def crewed(order: models.WorkOrder, name: str = "Line 1", **facts: Any) -> models.Assignment:
    crew = factories.CrewFactory(district=order.district, name=name)
    return factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew), **facts)


@pytest.fixture
def at_clock(mara: Any, clock: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Mara's browser at a local time of the day."""

    def of(time: str) -> Client:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at(time))
        return browser(mara)

    return of


class TestWhoMayRead:
    def test_members_of_the_district_only(
        self, manager: Client, viewer: Client, stranger: Client, anonymous: Client
    ) -> None:
        assert manager.get(TODAY).status_code == 200
        assert viewer.get(TODAY).status_code == 200
        assert stranger.get(TODAY).status_code == 404
        assert anonymous.get(TODAY).headers["Location"] == f"/login/?next={TODAY}"

    def test_nothing_of_another_district_is_on_it(self, manager: Client, elsewhere: models.District) -> None:
        order = factories.OrderFactory(district=elsewhere, priority=EMERGENCY, customers_out=9, due_at=at("12:00"))
        factories.PermitFactory(order=order, valid_until=at("14:00"))
        away = crewed(factories.OrderFactory(district=elsewhere, status="SCHEDULED"), red_cause="Ill")
        factories.WriteBackFactory(assignment=away, status="DEAD", last_error="refused")

        page = manager.get(TODAY)

        assert tiles(page)["Customers out"] == "0"
        assert [one.count for one in page.context["wall"].risks] == [0, 0, 0, 0, 0]
        assert page.context["wall"].bars == ()

    def test_it_is_reached_from_the_navigation(self, viewer: Client, district: models.District) -> None:
        assert f'href="{TODAY}" aria-current="page"' in one_line(viewer.get(TODAY))
        assert f'href="{TODAY}"' in viewer.get("/districts/NORTH/board/").content.decode()

    def test_the_wall_has_no_masthead(self, viewer: Client, district: models.District) -> None:
        wall = viewer.get(TODAY, {"wall": "1"}).content.decode()

        assert 'class="masthead"' not in wall
        assert "data-connection-pill" in wall
        assert 'class="masthead"' in viewer.get(TODAY).content.decode()


class TestNumbers:
    def test_open_orders_by_state(self, manager: Client, district: models.District) -> None:
        factories.OrderFactory(district=district, priority=EMERGENCY, customers_out=1200)
        factories.OrderFactory(district=district, customers_out=34)
        crewed(factories.OrderFactory(district=district, status="SCHEDULED"))
        factories.OrderFactory(district=district, status="COMPLETED", customers_out=7)

        found = tiles(manager.get(TODAY))

        assert (found["Emergency, no crew"], found["No crew yet"], found["Assigned"]) == ("1", "1", "1")
        assert found["Customers out"] == "1,234"

    def test_customers_of_work_settled_for_another_day_are_still_out(
        self, manager: Client, district: models.District
    ) -> None:
        order = factories.OrderFactory(district=district, status="SCHEDULED", customers_out=50)
        crewed(order, starts_at=at("08:00", days=1))

        assert tiles(manager.get(TODAY))["Customers out"] == "50"

    def test_the_plan_says_what_it_serves(self, manager: Client, district: models.District) -> None:
        assert tiles(manager.get(TODAY))["Orders in the plan"] == "–"

        factories.SuggestionRunFactory(district=district, figures={"plan": 3}, orders_in_plan=31)

        assert tiles(manager.get(TODAY))["Orders in the plan"] == "31"

    def test_the_plan_says_how_many_it_brings_back(self, manager: Client, district: models.District) -> None:
        back = [["2026-06-15T15:30:00+00:00", 4_900]]
        factories.SuggestionRunFactory(district=district, figures={"customers_out": 5_261, "customers_back": back})

        assert tiles(manager.get(TODAY))["Customers back with the plan"] == "4,900"


class TestRisks:
    def test_emergencies_lead_to_who_is_first(self, manager: Client, district: models.District) -> None:
        factories.OrderFactory(district=district, number="WO-1", title="Pole down", priority=EMERGENCY, customers_out=8)

        page = manager.get(TODAY)

        (line,) = risk(page, "emergencies").lines
        assert (line.text, line.url) == ("Pole down, 8 customers out", "/orders/WO-1/emergency/")
        assert risk(page, "emergencies").mark.tone == "bad"

    def test_what_is_due_today_without_a_crew(self, manager: Client, district: models.District) -> None:
        for number, due in (("LATE", at("05:00")), ("TODAY", at("23:59")), ("MIDNIGHT", at("24:00")), ("NEVER", None)):
            factories.OrderFactory(district=district, number=number, due_at=due)
        crewed(factories.OrderFactory(district=district, number="TAKEN", status="SCHEDULED", due_at=at("12:00")))

        assert numbers(manager.get(TODAY), "due") == ["LATE", "TODAY"]

    def test_decisions_that_no_longer_stand(self, manager: Client, district: models.District) -> None:
        order = factories.OrderFactory(district=district, number="WO-1", status="SCHEDULED")
        crewed(order, "Line 7", red_cause="Kim is ill")

        (line,) = risk(manager.get(TODAY), "red").lines

        assert line.text == "Line 7: Kim is ill"

    def test_permits_that_lapse_before_midnight(self, manager: Client, district: models.District) -> None:
        for number, until in (("PAST", NOW), ("TODAY", at("18:00")), ("EDGE", at("24:00")), ("NEXT", at("24:01"))):
            order = factories.OrderFactory(district=district, number=number, required_permits=["HOT_WORK"])
            factories.PermitFactory(order=order, kind="HOT_WORK", valid_until=until)

        assert numbers(manager.get(TODAY), "permits") == ["TODAY", "EDGE"]

    def test_write_backs_that_need_a_person(self, manager: Client, district: models.District) -> None:
        taken = crewed(factories.OrderFactory(district=district, status="SCHEDULED"))
        factories.WriteBackFactory(assignment=taken, status="DEAD", last_error="refused")

        assert risk(manager.get(TODAY), "dead").count == 1

    def test_of_many_the_first_three_are_listed(self, manager: Client, district: models.District) -> None:
        for number in range(5):
            factories.OrderFactory(district=district, number=f"WO-{number}", due_at=at(f"1{number}:00"))

        page = manager.get(TODAY)

        assert numbers(page, "due") == ["WO-0", "WO-1", "WO-2"]
        assert "and 2 more" in page.content.decode()

    def test_nothing_is_good_news(self, manager: Client, district: models.District) -> None:
        assert {one.mark.tone for one in manager.get(TODAY).context["wall"].risks} == {"ok"}


class TestCrews:
    def test_work_drive_and_free_time_within_the_shift(self, manager: Client, district: models.District) -> None:
        order = factories.OrderFactory(district=district, status="SCHEDULED")
        crewed(order, "Line 7", departs_at=at("07:00"), starts_at=at("08:00"), ends_at=at("12:00"))

        (bar,) = manager.get(TODAY).context["wall"].bars

        assert (bar.name, bar.over, bar.work, bar.travel) == ("Line 7", 0, 40, 10)
        assert bar.text == "from 06:00; 4\xa0h work, 1\xa0h drive, 5\xa0h free"

    def test_what_is_left_of_the_shift_from_now(self, district: models.District, at_clock: Any) -> None:
        order = factories.OrderFactory(district=district, status="SCHEDULED")
        crewed(order, "Line 7", departs_at=at("09:30"), starts_at=at("10:00"), ends_at=at("12:00"))

        evening = at_clock("11:00")

        (bar,) = evening.get(TODAY).context["wall"].bars
        assert (bar.over, bar.work, bar.travel, bar.free) == (50, 10, 0, "4\xa0h")
        assert bar.text == "until 16:00; 1\xa0h work, 0\xa0min drive, 4\xa0h free left"

    def test_a_shift_that_is_over_leaves_nothing(self, district: models.District, at_clock: Any) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 7"))
        late = factories.CrewFactory(district=district, name="Line 8")
        factories.ShiftFactory(crew=late, starts_at=at("18:00"), ends_at=at("22:00"))

        wall = at_clock("20:00").get(TODAY).context["wall"]

        assert [(bar.duty, bar.is_now, bar.free) for bar in wall.bars] == [
            ("off since 16:00", False, "–"), ("until 22:00", True, "2\xa0h"),
        ]  # fmt: skip
        assert wall.use == "1 of 2 crews on duty, 2\xa0h of 2\xa0h left are free"

    def test_when_all_are_over_it_says_so(self, district: models.District, at_clock: Any) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district))

        assert at_clock("20:42").get(TODAY).context["wall"].use == "1 crew, all shifts of today are over"

    def test_overtime_is_not_more_than_the_shift(self, manager: Client, district: models.District) -> None:
        order = factories.OrderFactory(district=district, status="SCHEDULED")
        crewed(order, departs_at=at("05:00"), starts_at=at("05:30"), ends_at=at("20:00"))

        (bar,) = manager.get(TODAY).context["wall"].bars

        assert (bar.work, bar.travel, bar.free) == (100, 0, "0\xa0min")

    def test_a_night_shift_counts_up_to_midnight(self, manager: Client, district: models.District) -> None:
        crew = factories.CrewFactory(district=district)
        factories.ShiftFactory(crew=crew, starts_at=at("22:00"), ends_at=at("30:00"))

        (bar,) = manager.get(TODAY).context["wall"].bars

        assert bar.free == "2\xa0h"

    def test_who_is_on_call_is_not_counted_as_free(self, manager: Client, district: models.District) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district), on_call=True)

        wall = manager.get(TODAY).context["wall"]

        assert (wall.bars, wall.use, len(wall.on_call)) == ((), "", 1)

    def test_who_is_on_call_from_when_until_when(self, district: models.District, at_clock: Any) -> None:
        called = {"Line 1": ("00:00", "06:00"), "Line 2": ("16:00", "30:00"), "Line 3": ("22:00", "30:00")}
        for name, (start, end) in called.items():
            crew = factories.CrewFactory(district=district, name=name)
            factories.ShiftFactory(crew=crew)
            factories.ShiftFactory(crew=crew, starts_at=at(start), ends_at=at(end), on_call=True)

        wall = at_clock("20:42").get(TODAY).context["wall"]

        assert [(one.name, one.is_now, one.duty) for one in wall.on_call] == [
            ("Line 2", True, "since 16:00, until Tue 16 Jun 06:00"),
            ("Line 3", False, "from 22:00, until Tue 16 Jun 06:00"),
        ]
        assert [bar.duty for bar in wall.bars] == ["off since 16:00"] * 3

    def test_without_crews_it_says_what_will_be_there(self, manager: Client, district: models.District) -> None:
        assert "Each crew of today's roster gets a bar here" in manager.get(TODAY).content.decode()


class TestClock:
    def test_it_looks_again_when_a_shift_begins_and_while_one_goes_on(
        self, district: models.District, at_clock: Any
    ) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district))

        assert _changes_at(at_clock("05:00")) == at("06:00")
        assert _changes_at(at_clock("07:00")) == at("07:05")
        assert _changes_at(at_clock("15:58")) == at("16:00")

    def test_it_looks_again_when_something_falls_due(self, manager: Client, district: models.District) -> None:
        assert _changes_at(manager) == at("24:00")

        factories.OrderFactory(district=district, due_at=at("12:00"))

        assert _changes_at(manager) == at("12:00")

    def test_the_day_is_the_districts(
        self, mara: Any, district: models.District, monkeypatch: pytest.MonkeyPatch, clock: None
    ) -> None:
        late = at("23:59") + timedelta(seconds=59)
        monkeypatch.setattr("django.utils.timezone.now", lambda: late)
        evening = browser(mara)
        assert evening.get(TODAY).context["wall"].day == "Monday 15 June 2026"

        monkeypatch.setattr("django.utils.timezone.now", lambda: late + timedelta(seconds=1))
        assert evening.get(TODAY).context["wall"].day == "Tuesday 16 June 2026"


def _changes_at(reader: Client) -> datetime:
    told = pushed(page := reader.get(TODAY))
    assert told.parts["today"] in page.content.decode()
    return told.until or at("00:00")


def test_queries_do_not_grow_with_the_rows(manager: Client, district: models.District) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(TODAY)
        return len(queries)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            order = factories.OrderFactory(district=district, status="SCHEDULED", required_permits=["HOT_WORK"])
            factories.PermitFactory(order=order, kind="HOT_WORK", valid_until=at("18:00"))
            factories.WriteBackFactory(assignment=crewed(order, f"Line {number}", red_cause="Ill"), status="DEAD")
            factories.OrderFactory(district=district, priority=EMERGENCY, due_at=at("12:00"))

    grow(0, 2)
    asked()
    few = asked()
    grow(2, 10)

    assert asked() == few
