"""/districts/<code>/write-backs/: what each system has taken and not taken; all that it has not is sent again."""

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

WRITE_BACKS = "/districts/NORTH/write-backs/"
DEAD = f"{WRITE_BACKS}work/dead/"
RETRY = f"{WRITE_BACKS}work/retry/"
SEND_NOW = f"{WRITE_BACKS}work/now/"
LATER = NOW + timedelta(minutes=1)
JSON = {"Accept": "application/json"}


def told(district: models.District, number: str, status: str, *, target: str = "work", **facts: Any) -> Any:
    """A decision about the order and what became of it in one system."""
    order = models.WorkOrder.objects.filter(number=number).first()
    order = order or factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    assignment = order.assignments.first()
    if assignment is None:
        crew = factories.CrewFactory(district=district, name=f"Crew of {number}")
        assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    system = factories.DownstreamSystemFactory(code=target)
    return factories.WriteBackFactory(assignment=assignment, target=system, status=status, **facts)


def found(page: Any) -> list[tuple[str, str]]:
    return [(row.order_number, row.mark.word) for row in page.context["rows"]]


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


class TestRows:
    def test_what_needs_a_person_comes_first(self, manager: Client, district: models.District) -> None:
        for number, status in enumerate(["COMPENSATED", "ACKNOWLEDGED", "SENDING", "PENDING", "FAILED", "DEAD"]):
            told(district, f"WO-{number}", status, created_at=NOW - timedelta(minutes=number))

        assert [word for _, word in found(manager.get(WRITE_BACKS))] == [
            "failed, needs you", "failed, will retry", "sending", "pending", "received", "taken back",
        ]  # fmt: skip

    def test_what_is_settled_leaves_after_thirty_days_and_what_is_not_stays(
        self, manager: Client, district: models.District
    ) -> None:
        long_ago = NOW - timedelta(days=30, seconds=1)
        told(district, "OLD", "ACKNOWLEDGED", created_at=long_ago)
        told(district, "STUCK", "DEAD", created_at=long_ago)
        told(district, "NEW", "ACKNOWLEDGED", created_at=NOW - timedelta(days=30))

        assert [number for number, _ in found(manager.get(WRITE_BACKS))] == ["STUCK", "NEW"]

    def test_a_row_says_what_was_sent_and_answered(self, manager: Client, district: models.District) -> None:
        told(
            district, "WO-1", "FAILED", attempts=3, last_error="answered 503",
            next_attempt_at=NOW + timedelta(minutes=2), payload={"order": "WO-1", "crew": "Jürgen <b>"},
        )  # fmt: skip

        page = manager.get(WRITE_BACKS)

        (row,) = page.context["rows"]
        assert (row.crew, row.action, row.attempts, row.last_error) == ("Crew of WO-1", "Assign", 3, "answered 503")
        assert (row.when.word, row.when.relative) == ("next attempt", "in 2\xa0min")
        assert row.payload == '{\n  "crew": "Jürgen <b>",\n  "order": "WO-1"\n}'
        assert "Jürgen &lt;b&gt;" in page.content.decode()

    def test_a_team_is_named_and_found_by_each_of_its_crews(self, manager: Client, district: models.District) -> None:
        lead = told(district, "WO-1", "DEAD").assignment
        traffic = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Traffic 1"))
        factories.AssignmentFactory(order=lead.order, lead=lead, part=1, shift=traffic)

        (row,) = manager.get(WRITE_BACKS, {"q": "traffic"}).context["rows"]

        assert row.crew == "Crew of WO-1 + Traffic 1"

    def test_an_acknowledged_one_has_its_reference_and_time(self, manager: Client, district: models.District) -> None:
        told(district, "WO-1", "ACKNOWLEDGED", reference="B-17", acknowledged_at=NOW - timedelta(minutes=5))

        (row,) = manager.get(WRITE_BACKS).context["rows"]

        assert (row.reference, row.when.word, row.when.relative) == (
            "B-17",
            "acknowledged",
            "5\xa0min ago",
        )
        assert not row.can_be_retried

    def test_dead_and_failed_ones_have_a_retry(self, manager: Client, dead: Any) -> None:
        page = manager.get(WRITE_BACKS).content.decode()

        assert f'formaction="/write-backs/{dead[0].pk}/retry/"' in page
        assert f'href="{DEAD}"' in page

    def test_an_empty_register_says_what_will_be_there(self, manager: Client, district: models.District) -> None:
        assert "Here you see what it answered" in manager.get(WRITE_BACKS).content.decode()

    def test_pages_hold_fifty_rows(self, manager: Client, district: models.District) -> None:
        one = told(district, "WO-1", "DEAD")
        for number in range(50):
            system = factories.DownstreamSystemFactory(code=f"s{number}", kind="WORK")
            factories.WriteBackFactory(assignment=one.assignment, target=system)

        assert len(found(manager.get(WRITE_BACKS))) == 50
        assert len(found(manager.get(WRITE_BACKS, {"page": 2}))) == 1


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
            "": 3,
            "dead": 1,
            "failed": 0,
            "pending": 1,
            "acknowledged": 1,
            "compensated": 0,
            "written-off": 0,
        }

    def test_nothing_found_says_how_to_find_more(self, manager: Client) -> None:
        assert "No write-back matches" in manager.get(WRITE_BACKS, {"q": "zzz"}).content.decode()


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
        assert "1 write-back to Work management sent again: assign WO-1." in page
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
    # Session and person 2, cursor 2, header and inbox 4, counts 2, the page 3, the choice of systems 1.
    assert few <= 17
