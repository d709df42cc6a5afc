"""/districts/<code>/write-backs/: what each system has taken and not taken; all that it has not is sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests.factories import NOW
from tests.views.told import found, told

WRITE_BACKS = "/districts/NORTH/write-backs/"
DEAD = f"{WRITE_BACKS}work/dead/"
RETRY = f"{WRITE_BACKS}work/retry/"
SEND_NOW = f"{WRITE_BACKS}work/now/"
LATER = NOW + timedelta(minutes=1)
JSON = {"Accept": "application/json"}


@pytest.fixture
def dead(district: models.District) -> list[models.WriteBack]:
    return [told(district, number, "DEAD", attempts=8, last_error="answered 503") for number in ("WO-1", "WO-2")]


class TestWhoMayRead:
    def test_members_of_the_district_only(
        self, manager: Client, viewer: Client, stranger: Client, anonymous: Client, dead: Any
    ) -> None:
        for path in (WRITE_BACKS, DEAD):
            assert manager.get(path).status_code == 200
            assert viewer.get(path).status_code == 200
            assert stranger.get(path).status_code == 404
            assert anonymous.get(path).headers["Location"] == f"/login/?next={path}"

    def test_nothing_of_another_district_is_on_it(self, manager: Client, elsewhere: models.District) -> None:
        told(elsewhere, "WO-9", "DEAD")

        assert found(manager.get(WRITE_BACKS)) == []
        assert found(manager.get(DEAD)) == []

    def test_it_is_reached_from_the_navigation(self, viewer: Client, district: models.District) -> None:
        assert f'href="{WRITE_BACKS}"' in viewer.get("/districts/NORTH/board/").content.decode()

    def test_a_system_that_is_none_is_not_found(self, manager: Client, district: models.District) -> None:
        assert manager.get(f"{WRITE_BACKS}nothing/dead/").status_code == 404
        assert manager.post(f"{WRITE_BACKS}nothing/retry/").status_code == 404


class TestFilters:
    @pytest.fixture(autouse=True)
    def _register(self, district: models.District) -> None:
        told(district, "WO-1", "DEAD", last_error="answered 503")
        told(district, "WO-1", "ACKNOWLEDGED", target="permits", reference="B-17")
        told(district, "WO-2", "SENDING", target="permits")

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"state": "dead"}, ["WO-1"]),
            ({"state": "pending"}, ["WO-2"]),
            ({"target": "permits"}, ["WO-2", "WO-1"]),
            ({"target": "permits", "state": "acknowledged"}, ["WO-1"]),
            ({"q": "b-17"}, ["WO-1"]),
            ({"q": "503 crew"}, ["WO-1"]),
            ({"q": "nothing of the kind"}, []),
        ],
    )
    def test_they_narrow(self, manager: Client, query: dict[str, str], numbers: list[str]) -> None:
        assert [number for number, _ in found(manager.get(WRITE_BACKS, query))] == numbers

    def test_counts_are_by_system_and_state(self, manager: Client) -> None:
        page = manager.get(WRITE_BACKS, {"state": "dead"})

        counts = {one.name: {state.state: state.count for state in one.states} for one in page.context["targets"]}
        none = {"dead": 0, "failed": 0, "pending": 0, "acknowledged": 0, "compensated": 0, "written-off": 0}
        assert counts == {
            "Permits and outages": {**none, "pending": 1, "acknowledged": 1},
            "Work management": {**none, "dead": 1},
        }
        tabs = {tab.state: tab.count for tab in page.context["tabs"]}
        assert tabs == {
            # WO-1 is in two of them: one system has taken it.
            "": 2,
            "dead": 1,
            "failed": 0,
            "pending": 1,
            "acknowledged": 1,
            "compensated": 0,
            "written-off": 0,
        }

    def test_nothing_found_says_how_to_find_more(self, manager: Client) -> None:
        assert "No decision matches" in manager.get(WRITE_BACKS, {"q": "zzz"}).content.decode()


class TestRetryAll:
    def test_is_confirmed_on_a_page_that_names_all(self, manager: Client, dead: Any) -> None:
        page = manager.get(DEAD)

        assert [number for number, _ in found(page)] == ["WO-1", "WO-2"]
        assert f'action="{RETRY}"' in page.content.decode()

    def test_says_what_was_and_was_not_retried(self, manager: Client, dead: list[models.WriteBack]) -> None:
        models.WriteBack.objects.filter(pk=dead[1].pk).update(status="ACKNOWLEDGED")

        answer = manager.post(RETRY, {"write_back": [row.pk for row in dead]})

        assert (answer.status_code, answer.headers["Location"]) == (303, WRITE_BACKS)
        page = manager.get(WRITE_BACKS).content.decode()
        assert "1 message to Work management sent again: assign WO-1." in page
        assert "Left alone: Assign WO-2 is received." in page

    def test_with_nothing_left_says_so(self, manager: Client, dead: list[models.WriteBack]) -> None:
        models.WriteBack.objects.update(status="ACKNOWLEDGED")

        answer = manager.post(RETRY, {"write_back": [row.pk for row in dead]}, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-retry")
        assert "Nothing needs you" in manager.get(DEAD).content.decode()

    @pytest.mark.parametrize("ticked", [[], ["x"], ["9" * 30], ["123456"]])
    def test_of_nothing_that_is_there_is_refused(self, manager: Client, dead: Any, ticked: list[str]) -> None:
        answer = manager.post(RETRY, {"write_back": ticked}, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-chosen")

    def test_to_a_disabled_system_is_refused(self, manager: Client, dead: list[models.WriteBack]) -> None:
        models.DownstreamSystem.objects.update(enabled=False)

        answer = manager.post(RETRY, {"write_back": [dead[0].pk]}, headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "target-disabled")
        assert "Work management is disabled" in manager.get(DEAD).content.decode()

    def test_is_not_for_others(self, viewer: Client, stranger: Client, anonymous: Client, dead: Any) -> None:
        asked = {"write_back": [row.pk for row in dead]}

        assert viewer.post(RETRY, asked).status_code == 403
        assert stranger.post(RETRY, asked).status_code == 404
        assert anonymous.post(RETRY, asked).status_code == 302
        assert set(models.WriteBack.objects.values_list("status", flat=True)) == {"DEAD"}


class TestAway:
    """Work management takes no decisions since 06:10."""

    @pytest.fixture(autouse=True)
    def away(self, dead: Any) -> models.DownstreamSystem:
        models.DownstreamSystem.objects.filter(code="work").update(
            is_away=True, failures=9, away_since=NOW, away_because="could not be reached", resumes_at=LATER
        )
        return models.DownstreamSystem.objects.get(code="work")

    def test_every_page_of_the_district_says_so(self, viewer: Client, district: models.District) -> None:
        for path in ("board", "write-backs"):
            html = " ".join(viewer.get(f"/districts/NORTH/{path}/").content.decode().split())
            assert "Not told yet: Work management, since" in html
            assert "It could not be reached." in html

    def test_managers_may_send_at_once(self, manager: Client) -> None:
        page = manager.get(WRITE_BACKS)
        assert SEND_NOW in page.content.decode()

        answer = manager.post(SEND_NOW, follow=True)

        assert "is tried now" in answer.content.decode()
        assert models.DownstreamSystem.objects.get(code="work").resumes_at != LATER

    def test_nobody_else_may(self, viewer: Client, stranger: Client, anonymous: Client) -> None:
        answers = [person.post(SEND_NOW).status_code for person in (viewer, stranger, anonymous)]

        assert answers == [403, 404, 302]
        assert models.DownstreamSystem.objects.get(code="work").resumes_at == LATER

    def test_a_system_at_work_needs_no_such_button(self, manager: Client) -> None:
        models.DownstreamSystem.objects.update(is_away=False)

        assert "work/now/" not in manager.get(WRITE_BACKS).content.decode()
        assert manager.post(SEND_NOW, follow=True).status_code in {200, 409}
        assert not models.AuditEntry.objects.filter(verb="system.tried").exists()


@pytest.mark.parametrize("path", [WRITE_BACKS, DEAD])
def test_queries_do_not_grow_with_the_rows(manager: Client, district: models.District, path: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get(path)
        return len(queries)

    for number in range(2):
        told(district, f"WO-{number}", "DEAD")
    asked()
    few = asked()
    for number in range(2, 12):
        told(district, f"WO-{number}", "DEAD")
        told(district, f"WO-{number}", "PENDING", target="permits")

    assert asked() == few
    # Session and person 2, cursor 2, header and inbox 4, counts 3, the page 4, the choice of systems 1.
    assert few <= 19
