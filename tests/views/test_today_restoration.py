"""The curve of customers still out on Today: district, feeder and zone, as a drawing and as a table."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.factories import at
from tests.views.conftest import one_line, pushed

TODAY = "/districts/NORTH/today/"


@pytest.fixture
def shift(clock: None, district: models.District) -> models.Shift:
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district))


@pytest.fixture
def outages(district: models.District, shift: models.Shift) -> None:
    """WO-1 is decided until 09:00, WO-2 planned until 11:00; nobody comes for WO-3."""
    make = factories.OrderFactory
    one = make(district=district, number="WO-1", customers_out=1200, feeder="F-1", status="SCHEDULED")
    two = make(district=district, number="WO-2", customers_out=300, feeder="F-2")
    make(district=district, number="WO-3", customers_out=44, feeder="F-2", substation="Oak")
    factories.AssignmentFactory(order=one, shift=shift)
    factories.SuggestionFactory(order=two, shift=shift, starts_at=at("10:00"))


def curve(client: Client, **asked: str) -> Any:
    return client.get(TODAY, asked).context["curve"]


class TestTheDistrict:
    def test_says_how_many_are_back_by_when_and_how_surely(self, viewer: Client, outages: None) -> None:
        assert curve(viewer).sentence == (
            "1,544 customers out; 1,200 are back by 09:00 as decided, 1,500 are back by 11:00 with the plan; "
            "44 without a time"
        )

    def test_lists_every_outage_the_first_back_first(self, viewer: Client, outages: None) -> None:
        rows = [(row.number, row.cell.lead, row.customers, row.left) for row in curve(viewer).rows]
        assert rows == [
            ("WO-1", "back by", "1,200", "344"), ("WO-2", "back by", "300", "44"), ("WO-3", "no crew yet", "44", ""),
        ]  # fmt: skip

    def test_draws_stairs_down_to_those_who_stay_out(self, viewer: Client, outages: None) -> None:
        chart = curve(viewer)
        corners = [tuple(map(float, point.split(","))) for point in chart.plan.split()]
        assert [x for x, _ in corners] == sorted(x for x, _ in corners)
        heights = [y for _, y in corners]
        assert heights == sorted(heights)
        assert len(corners) == 6
        assert len(chart.decided.split()) == 4
        assert [tick.text for tick in chart.counts] == ["0", "772", "1,544"]
        assert [tick.text for tick in chart.hours][:2] == ["06:00", "07:00"]

    def test_is_said_to_those_who_do_not_see_it(self, viewer: Client, outages: None) -> None:
        page = one_line(viewer.get(TODAY))
        assert 'role="img" aria-labelledby="curve-name curve-text"' in page
        assert '<title id="curve-name">Customers still out over time, North</title>' in page

    def test_of_a_quiet_day(self, viewer: Client, shift: models.Shift) -> None:
        chart = curve(viewer)
        assert (chart.sentence, chart.is_empty) == ("Nobody is out", True)
        assert '<svg class="curve-plot"' not in one_line(viewer.get(TODAY))

    def test_work_that_is_overdue_is_still_out(self, viewer: Client, outages: None) -> None:
        models.WorkOrder.objects.filter(number="WO-1").update(status="IN_PROGRESS")
        models.Assignment.objects.update(departs_at=at("04:00"), starts_at=at("04:20"), ends_at=at("05:20"))
        chart = curve(viewer)
        assert "1,244 without a time" in chart.sentence
        assert (chart.rows[0].cell.lead, chart.rows[0].left) == ("was to be back by", "")


class TestItsParts:
    @pytest.mark.parametrize(
        ("area", "sentence"),
        [
            ("feeder:F-1", "1,200 customers out; 1,200 are back by 09:00 as decided"),
            ("feeder:F-2", "344 customers out; 300 are back by 11:00 with the plan; 44 without a time"),
            ("zone:Oak", "44 customers out; 44 without a time"),
        ],
    )
    def test_feeders_and_zones(self, viewer: Client, outages: None, area: str, sentence: str) -> None:
        assert curve(viewer, area=area).sentence == sentence

    def test_are_offered_where_somebody_is_out(self, viewer: Client, outages: None) -> None:
        chosen = curve(viewer, area="zone:Oak").choices
        assert [(kind, [one.label for one in parts]) for kind, parts in chosen] == [
            ("", ["North"]), ("Feeders", ["F-1", "F-2"]), ("Zones", ["Cedar Hill", "Oak"]),
        ]  # fmt: skip
        assert [one.key for _, parts in chosen for one in parts if one.is_chosen] == ["zone:Oak"]

    @pytest.mark.parametrize("area", ["feeder:F-9", "zone:", "<script>", "Oak", "feeder"])
    def test_unknown_ones_are_told_and_the_district_shown(self, viewer: Client, outages: None, area: str) -> None:
        answer = viewer.get(TODAY, {"area": area})
        assert answer.context["curve"].area == "North"
        assert "or there is no such feeder or zone. This is the whole district." in one_line(answer)
        assert "“<script>”" not in answer.content.decode()

    def test_stay_when_the_page_follows_what_happens(self, viewer: Client, outages: None) -> None:
        page = viewer.get(TODAY, {"area": "zone:Oak"})
        assert page.context["curve"].area == "Zone Oak"
        assert pushed(page).parts["today"] in page.content.decode()


class TestWhoMay:
    def test_strangers_find_nothing(self, stranger: Client, outages: None) -> None:
        assert stranger.get(TODAY, {"area": "zone:Oak"}).status_code == 404

    def test_nobody_is_asked_to_log_in(self, anonymous: Client, outages: None) -> None:
        assert anonymous.get(TODAY, {"area": "zone:Oak"}).headers["Location"].startswith("/login/")


def test_the_page_costs_the_same_whatever_the_number_of_outages(
    viewer: Client, outages: None, district: models.District, shift: models.Shift
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert viewer.get(TODAY).status_code == 200
        return len(caught)

    queries()
    before = queries()
    for _ in range(3):
        order = factories.OrderFactory(district=district, customers_out=7)
        factories.SuggestionFactory(order=order, shift=shift)
    assert queries() == before
