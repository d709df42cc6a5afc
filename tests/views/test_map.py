"""GET /districts/<code>/map/ and what of it has changed: where the orders and crews of one day are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.views.conftest import one_line, pushed

MAP = "/districts/NORTH/map/"
# Session, person and visit 3, cursor 2, header and inbox 2, district and day 2, legend, crews 2, orders, the rows 15.
PAGE_QUERIES = 30
# District and day, orders, legend, crews 2, the rows.
PUSH_QUERIES = 21


def states(response: Any) -> dict[str, str]:
    return {place.row.number: place.state for place in response.context["places"]}


def one_line_of(html: str) -> str:
    return " ".join(html.split())


def crew(response: Any) -> Any:
    (found,) = response.context["crews"]
    return found


@pytest.fixture
def work(suggestion: models.Suggestion) -> models.District:
    """One order of each standing."""
    district = suggestion.order.district
    for number, cause in (("FIRM", ""), ("RED", "Permit P-1 was suspended")):
        order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
        factories.AssignmentFactory(order=order, red_cause=cause, shift__crew__district=district)
    factories.OrderFactory(district=district, number="ALONE")
    factories.OrderFactory(district=district, number="WIRE", priority=0)
    factories.OrderFactory(district=district, number="THEIRS", priority=0, status="IN_PROGRESS")
    return district


class TestWhoMayRead:
    def test_members_see_the_same(self, manager: Client, viewer: Client, work: models.District) -> None:
        assert states(manager.get(MAP)) == states(viewer.get(MAP))
        assert len(states(viewer.get(MAP))) == 6

    @pytest.mark.parametrize("path", [MAP, "/districts/NOWHERE/map/"])
    def test_a_stranger_learns_nothing(self, stranger: Client, work: models.District, path: str) -> None:
        assert stranger.get(path).status_code == 404

    def test_nobody_is_sent_to_the_login(self, anonymous: Client) -> None:
        assert anonymous.get(MAP).headers["Location"] == f"/login/?next={MAP}"

    def test_it_is_only_read(self, manager: Client, work: models.District) -> None:
        assert manager.post(MAP).status_code == 405


class TestOrders:
    def test_each_stands_where_it_stands(self, manager: Client, work: models.District) -> None:
        assert states(manager.get(MAP)) == {
            "WO-1": "suggested", "FIRM": "assigned", "RED": "red", "ALONE": "unassigned", "WIRE": "emergency",
            "THEIRS": "elsewhere",
        }  # fmt: skip

    def test_it_says_in_words_what_the_sign_shows(self, manager: Client, work: models.District) -> None:
        html = manager.get(MAP).content.decode()

        assert "Emergency, no crew" in html
        assert "Permit P-1 was suspended" in html
        assert 'href="/orders/WIRE/?day=2026-06-15"' in html
        assert 'href="/orders/WIRE/emergency/"' in html
        assert 'data-at="41.95000,-88.25000"' in html

    def test_what_is_amiss_is_said(self, manager: Client, district: models.District) -> None:
        factories.OrderFactory(district=district, required_permits=["EXCAVATION"], materials_ready=False)

        (place,) = manager.get(MAP).context["places"]

        assert place.ready.word == "Not ready"
        assert "Excavation ticket is missing" in place.ready.detail
        assert "Materials: missing" in place.ready.detail

    @pytest.mark.parametrize(
        ("state", "found"), [("emergency", {"WIRE"}), ("red", {"RED"}), ("elsewhere", {"THEIRS"}), ("nonsense", None)]
    )
    def test_the_address_filters_them(
        self, manager: Client, work: models.District, state: str, found: set[str] | None
    ) -> None:
        page = manager.get(f"{MAP}?state={state}")

        assert set(states(page)) == (found or {"WO-1", "FIRM", "RED", "ALONE", "WIRE", "THEIRS"})
        assert {line.state: line.count for line in page.context["legend"]} == dict.fromkeys(
            ["emergency", "red", "unassigned", "suggested", "assigned", "elsewhere"], 1
        )

    def test_another_day_has_other_work(self, manager: Client, district: models.District) -> None:
        factories.OrderFactory(district=district, number="LATER", earliest_start=factories.at("08:00", days=1))

        assert states(manager.get(MAP)) == {}
        assert states(manager.get(f"{MAP}?day=2026-06-16")) == {"LATER": "unassigned"}
        assert manager.get(f"{MAP}?day=monday").status_code == 404


class TestCrews:
    """NOW is 05:45, a quarter of an hour before the shift."""

    def at_work(self, district: models.District, **times: Any) -> models.Assignment:
        order = factories.OrderFactory(district=district, number="JOB", status="SCHEDULED", latitude=42.5)
        return factories.AssignmentFactory(order=order, shift__crew__district=district, **times)

    def test_before_its_work_it_is_at_its_base(self, manager: Client, district: models.District) -> None:
        self.at_work(district, starts_at=factories.at("08:00"))

        page = manager.get(MAP)

        assert (crew(page).state, crew(page).mark.word, crew(page).latitude) == ("base", "At its base", "41.90000")
        assert page.context["changes_at"] == factories.at("07:40")

    def test_on_the_way_it_is_shown_at_the_job_and_says_so(self, manager: Client, district: models.District) -> None:
        self.at_work(district, departs_at=factories.NOW, starts_at=factories.NOW + timedelta(minutes=20))

        page = manager.get(MAP)

        assert (crew(page).state, crew(page).mark.word, crew(page).latitude) == ("job", "On the way", "42.50000")
        assert "Shown at the job, not where its vehicle is." in page.content.decode()

    def test_during_its_work_it_is_at_the_job(self, manager: Client, district: models.District) -> None:
        self.at_work(district, starts_at=factories.NOW)

        found = crew(manager.get(MAP))

        assert (found.mark.word, found.number, found.until) == ("At work", "JOB", "until 06:45 by plan")

    def test_when_the_plan_is_over_it_is_back(self, manager: Client, district: models.District) -> None:
        self.at_work(district, starts_at=factories.NOW - timedelta(hours=1), ends_at=factories.NOW)

        assert crew(manager.get(MAP)).state == "base"

    def test_work_that_is_reported_goes_on_beyond_the_plan(self, manager: Client, district: models.District) -> None:
        job = self.at_work(district, starts_at=factories.NOW - timedelta(hours=1), ends_at=factories.NOW)
        models.WorkOrder.objects.filter(pk=job.order_id).update(status="IN_PROGRESS")

        assert crew(manager.get(MAP)).mark.word == "At work"

    def test_on_another_day_it_is_at_its_base(self, manager: Client, district: models.District) -> None:
        job = self.at_work(district, starts_at=factories.NOW)
        factories.ShiftFactory(crew=job.crew, starts_at=factories.at("06:00", days=1))

        page = manager.get(f"{MAP}?day=2026-06-16")

        assert crew(page).state == "base"
        assert page.context["changes_at"] is None

    def test_a_crew_without_a_shift_is_not_there(self, manager: Client, district: models.District) -> None:
        factories.CrewFactory(district=district)

        assert manager.get(MAP).context["crews"] == []


class TestPushed:
    def test_it_is_what_the_page_shows(self, manager: Client, work: models.District) -> None:
        page = manager.get(MAP)

        told = pushed(page)

        assert [int(key) for key in told.rows] == [place.row.id for place in page.context["places"]]
        assert all(one_line_of(html) in one_line(page) for html in told.rows.values())
        assert one_line_of(told.parts["legend"]) in one_line(page)
        assert told.parts["crews"].count("data-place=") == 3
        assert told.until == factories.at("07:40")

    def test_only_what_has_changed_is_rendered_again(self, manager: Client, work: models.District) -> None:
        wire, red = (models.WorkOrder.objects.get(number=number) for number in ("WIRE", "RED"))
        page = manager.get(MAP)
        known = dict.fromkeys(pushed(page).rows, "as it was")

        told = pushed(page, known=known, changed={str(wire.pk), "0"}).rows

        assert f'data-place="{wire.pk}"' in told[str(wire.pk)]
        assert told[str(red.pk)] == "as it was"

    def test_what_the_page_would_not_show_any_more_is_left_out(self, manager: Client, work: models.District) -> None:
        page = manager.get(f"{MAP}?state=emergency")
        before = pushed(page).rows

        models.WorkOrder.objects.filter(number="WIRE").update(status="COMPLETED")

        assert len(before) == 1
        assert pushed(page, known=before, changed=set()).rows == {}


class TestGround:
    NETWORK = {"substations": [{"name": "</script>", "place": [41.9, -88.3]}]}

    def test_the_territory_is_there_to_be_drawn(self, manager: Client, district: models.District) -> None:
        models.District.objects.update(network=self.NETWORK, boundary=[[1, 2], [3, 4], [5, 6]])

        page = manager.get(MAP)

        assert page.context["territory"] == {
            "centre": [41.9, -88.3], "boundary": [[1, 2], [3, 4], [5, 6]], "network": self.NETWORK,
        }  # fmt: skip
        assert '"name": "</script>"' not in page.content.decode()

    def test_what_cannot_be_drawn_is_left_out(self, manager: Client, district: models.District) -> None:
        models.District.objects.update(network=["?"], boundary="?")

        territory = manager.get(MAP).context["territory"]

        assert (territory["boundary"], territory["network"]) == ([], {})

    def test_pictures_of_the_tile_server_are_let_in_here_alone(
        self, manager: Client, district: models.District, settings: Any
    ) -> None:
        settings.MAP_TILES_URL = "https://tiles.example:8443/{z}/{x}/{y}.png"
        settings.MAP_TILES_ATTRIBUTION = "© <b>Somebody</b> https://tiles.example/who"

        page = manager.get(MAP)

        policy = page.headers["Content-Security-Policy"]
        assert "img-src 'self' data: https://tiles.example:8443;" in f"{policy};"
        assert "default-src 'self';" in f"{policy};"
        assert "tiles.example" not in manager.get("/districts/NORTH/board/").headers["Content-Security-Policy"]
        html = page.content.decode()
        assert "© &lt;b&gt;Somebody&lt;/b&gt; <a href=" in html

    @pytest.mark.parametrize("url", ["", "/tiles/{z}/{x}/{y}.png"])
    def test_without_another_host_nothing_is_let_in(
        self, manager: Client, district: models.District, settings: Any, url: str
    ) -> None:
        settings.MAP_TILES_URL = url

        assert "img-src 'self' data:;" in f"{manager.get(MAP).headers['Content-Security-Policy']};"


class TestPage:
    def test_nothing_in_it_needs_inline_script_or_style(self, manager: Client, work: models.District) -> None:
        html = manager.get(MAP).content.decode()

        assert " style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html

    def test_the_number_of_queries_does_not_grow(
        self, manager: Client, district: models.District, django_assert_num_queries: Any
    ) -> None:
        run = factories.SuggestionRunFactory(district=district)
        for count in (2, 20):
            for _ in range(count):
                shift = factories.ShiftFactory(crew__district=district, crew__staff__members=0)
                order = factories.OrderFactory(district=district, required_permits=["EXCAVATION"])
                factories.PermitFactory(order=order)
                factories.SuggestionFactory(run=run, order=order, shift=shift, fingerprint="x")
                taken = factories.OrderFactory(district=district, status="SCHEDULED")
                factories.AssignmentFactory(order=taken, shift=shift)
            manager.get(MAP)

            with django_assert_num_queries(PAGE_QUERIES):
                manager.get(MAP)
            page = manager.get(MAP)
            with django_assert_num_queries(PUSH_QUERIES):
                pushed(page)
