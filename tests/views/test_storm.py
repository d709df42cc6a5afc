"""/districts/<code>/storm/: what a storm changes, declared and ended; and its banner on every page of the district."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import storming
from assignments.streams import rendering
from tests import factories
from tests.factories import DAY
from tests.views.conftest import one_line

STORM = "/districts/NORTH/storm/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def rules(district: models.District) -> models.RuleSet:
    rules = factories.RuleSetFactory(
        name="storm", storm=True, max_overtime_minutes=240, emergency_customers=500, horizon_hours=36,
        kind_priorities={"TROUBLE": "URGENT"},
    )  # fmt: skip
    district.storm_rule_set = rules
    district.save()
    return rules


@pytest.fixture
def storm(district: models.District, rules: models.RuleSet, mara: Any) -> models.Storm:
    return factories.StormFactory(district=district, rule_set=rules, declared_by=mara)


def declare(client: Client, **headers: Any) -> Any:
    return client.post(f"{STORM}declare/", {"reason": "Ice on the lines"}, **headers)


def end(client: Client, **headers: Any) -> Any:
    return client.post(f"{STORM}end/", {"reason": "Power is back"}, **headers)


class TestThePage:
    def test_shows_a_manager_what_would_change(self, manager: Client, rules: Any, suggestion: Any) -> None:
        page = manager.get(STORM)

        told = {one.name: (one.normal, one.storm) for one in page.context["differences"]}
        assert told == {
            "Overtime": ("none", "4\xa0h"),
            "Emergency": ("by its order", "by its order, or from 500 customers out"),
            "Trouble work": ("as its order says", "urgent"),
            "A run plans": ("to the end of the day", "36\xa0h ahead"),
        }
        assert page.context["effect"].suggestions == 1
        assert "1 open suggestion will be out of date" in page.content.decode()
        assert f'action="{STORM}declare/"' in page.content.decode()

    def test_offers_its_end_while_one_is_declared(self, manager: Client, storm: models.Storm) -> None:
        page = manager.get(STORM).content.decode()

        assert f'action="{STORM}end/"' in page
        assert "Ice on the lines" in page

    def test_says_that_no_rules_are_set_up(self, manager: Client, district: models.District) -> None:
        assert "No storm rules are set up" in manager.get(STORM).content.decode()

    def test_may_be_read_by_members_only(self, viewer: Client, stranger: Client, anonymous: Client, rules: Any) -> None:
        assert viewer.get(STORM).status_code == 200
        assert stranger.get(STORM).status_code == 404
        assert anonymous.get(STORM).status_code == 302


class TestDeclaring:
    def test_leads_to_the_board_under_storm_rules(self, manager: Client, rules: Any) -> None:
        answer = declare(manager)

        assert (answer.status_code, answer.headers["Location"]) == (303, "/districts/NORTH/board/")
        assert "Storm rules are in force in North." in manager.get(answer.headers["Location"]).content.decode()

    def test_needs_a_reason(self, manager: Client, rules: Any) -> None:
        answer = manager.post(f"{STORM}declare/", {"reason": ""})

        assert answer.status_code == 409
        assert "A storm is declared with a reason." in answer.content.decode()
        assert not models.Storm.objects.exists()

    def test_twice_says_who_was_first(self, manager: Client, storm: models.Storm) -> None:
        answer = declare(manager, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "storm-under-way")
        assert "Mara Lindqvist declared a storm" in answer.json()["sentence"]

    def test_is_not_for_others(self, viewer: Client, stranger: Client, anonymous: Client, rules: Any) -> None:
        assert declare(viewer).status_code == 403
        assert declare(stranger).status_code == 404
        assert declare(anonymous).status_code == 302
        assert not models.Storm.objects.exists()


class TestEnding:
    def test_leads_to_the_board_under_normal_rules(self, manager: Client, storm: models.Storm) -> None:
        answer = end(manager)

        board = manager.get(answer.headers["Location"]).content.decode()
        assert answer.status_code == 303
        assert "The normal rules are in force in North again." in board
        assert "Storm rules since" not in board

    def test_of_none_is_refused(self, manager: Client, rules: Any) -> None:
        answer = end(manager, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "no-storm")

    def test_is_not_for_others(self, viewer: Client, stranger: Client, anonymous: Client, storm: Any) -> None:
        assert end(viewer).status_code == 403
        assert end(stranger).status_code == 404
        assert end(anonymous).status_code == 302
        assert models.Storm.objects.filter(ended_at=None).exists()


class TestTheBanner:
    @pytest.fixture
    def pages(self, suggestion: models.Suggestion) -> dict[str, str]:
        """Every page of the district."""
        run = factories.SuggestionRunFactory(district=suggestion.order.district)
        number = suggestion.order.number
        return {
            "board": f"/districts/NORTH/board/?day={DAY}",
            "bulk": f"/districts/NORTH/board/approve/?day={DAY}",
            "storm": STORM,
            "review": f"/orders/{number}/?day={DAY}",
            "why-not": f"/orders/{number}/why-not/?day={DAY}",
            "run": f"/runs/{run.pk}/",
        }

    @pytest.mark.parametrize("page", ["board", "bulk", "storm", "review", "why-not", "run"])
    def test_is_on_every_page_of_the_district(self, viewer: Client, pages: Any, storm: Any, page: str) -> None:
        html = viewer.get(pages[page]).content.decode()

        assert "Storm rules since" in html
        assert "declared by Mara Lindqvist: Ice on the lines" in html
        assert "4\xa0h" in html

    @pytest.mark.parametrize("page", ["board", "bulk", "review", "why-not", "run"])
    def test_costs_no_query(
        self, viewer: Client, pages: Any, rules: Any, page: str, district: models.District, mara: Any
    ) -> None:
        viewer.get(pages[page])
        with CaptureQueriesContext(
            connection,
        ) as normally:
            viewer.get(pages[page])
        factories.StormFactory(district=district, rule_set=rules, declared_by=mara)

        with CaptureQueriesContext(connection) as in_a_storm:
            viewer.get(pages[page])

        assert len(in_a_storm) == len(normally)

    def test_is_not_on_pages_of_other_districts(self, stranger: Client, elsewhere: Any, storm: Any) -> None:
        assert "Storm rules since" not in stranger.get("/districts/SOUTH/board/").content.decode()

    def test_has_its_place_ready_before_a_storm(self, viewer: Client, district: models.District) -> None:
        html = one_line(viewer.get("/districts/NORTH/board/"))

        assert f'data-notice="storm.changed" data-notice-of="{district.pk}"> </div>' in html


def test_the_stream_carries_the_banner_and_its_absence(storm: models.Storm, mara: Any) -> None:
    banner = rendering.storm_banner({"district": storm.district_id})

    assert "declared by Mara Lindqvist: Ice on the lines" in banner["html"]

    storming.end(district=storm.district, reason="Power is back", by=mara, now=factories.NOW)

    assert rendering.storm_banner({"district": storm.district_id}) == {"html": ""}


def test_the_board_says_why_an_order_is_an_emergency(manager: Client, storm: Any, order: models.WorkOrder) -> None:
    models.WorkOrder.objects.update(customers_out=900)

    (row,) = manager.get("/districts/NORTH/board/").context["rows"]

    assert row.is_emergency
    assert (row.priority.word, row.priority.detail) == ("Emergency", "by storm rules; the order says normal")


def test_the_priority_filter_is_about_the_priority_in_force(manager: Client, storm: Any, order: Any) -> None:
    models.WorkOrder.objects.update(customers_out=900)

    def found(priority: int) -> int:
        return len(manager.get("/districts/NORTH/board/", {"priority": priority}).context["rows"])

    assert (found(models.WorkOrder.Priority.EMERGENCY), found(models.WorkOrder.Priority.NORMAL)) == (1, 0)
