"""The schedule of a district, what the rules say of a place, moving and pinning."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services.decisions import approving
from tests import factories, teams
from tests.factories import at

PAGE = "/districts/NORTH/schedule/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def planned(clock: None, district: models.District) -> models.Assignment:
    """WO-1 by Line 1 at 08:00."""
    return work(district, "Line 1", "WO-1")


def work(district: models.District, crew: str, number: str, **more: Any) -> models.Assignment:
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name=crew))
    return factories.AssignmentFactory(order=order, shift=shift, **more)


@pytest.fixture
def other(planned: models.Assignment) -> models.Crew:
    crew = factories.CrewFactory(district=planned.order.district, name="Line 2")
    factories.ShiftFactory(crew=crew)
    return crew


def question(assignment: models.Assignment, crew: models.Crew, clock: str = "10:00") -> str:
    asked = {"assignment": assignment.pk, "crew": crew.pk, "start": at(clock).isoformat()}
    return f"{PAGE}check/?{urlencode(asked)}"


def place(crew: models.Crew, start: str = "2026-06-15T10:00", version: int = 1) -> dict[str, Any]:
    return {"crew": crew.pk, "start": start, "version": version}


def acts(assignment: models.Assignment) -> list[str]:
    return [f"/assignments/{assignment.pk}/{act}/" for act in ("move", "pin", "unpin")]


class TestWhoMayLook:
    def test_members_do(self, manager: Client, viewer: Client, planned: models.Assignment, other: models.Crew) -> None:
        for client in (manager, viewer):
            for address in (PAGE, f"{PAGE}crews/", question(planned, other), acts(planned)[0]):
                assert client.get(address).status_code == 200

    def test_a_viewer_moves_and_pins_nothing(
        self, viewer: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        for address in acts(planned):
            assert viewer.post(address, place(other)).status_code == 403
        planned.refresh_from_db()
        assert (planned.status, planned.pinned) == ("APPROVED", False)

    def test_a_stranger_learns_nothing(self, stranger: Client, planned: models.Assignment, other: models.Crew) -> None:
        for address in (PAGE, f"{PAGE}crews/", question(planned, other), acts(planned)[0]):
            assert stranger.get(address).status_code == 404
        for address in acts(planned):
            assert stranger.post(address, place(other)).status_code == 404

    def test_nobody_is_sent_to_the_login(
        self, anonymous: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        for address in (PAGE, f"{PAGE}crews/", question(planned, other), acts(planned)[0]):
            assert anonymous.get(address).headers["Location"].startswith("/login/")
        for address in acts(planned):
            assert anonymous.post(address).headers["Location"].startswith("/login/")


class TestThePage:
    def test_shows_crews_with_their_work_in_words(
        self, viewer: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        factories.AbsenceFactory(employee=planned.crew.foreman)

        page = viewer.get(PAGE)

        line, idle = page.context["rows"]
        assert (line.name, idle.name) == ("Line 1", "Line 2")
        [job] = line.lines
        assert (job.number, job.when.start.text, job.when.end.text, job.departs.text) == (
            "WO-1", "08:00", "09:00", "07:40",
        )  # fmt: skip
        assert (job.mark.word, line.shifts[0].start.text) == ("Approved", "06:00")
        assert line.away == (f"{planned.crew.foreman} away (sick) 06:00–16:00",)
        assert "No work" in page.content.decode()

    def test_shows_the_plan_until_it_is_decided(self, viewer: Client, suggestion: models.Suggestion) -> None:
        [row] = viewer.get(PAGE).context["rows"]
        assert [(line.number, line.mark.word, line.may_move) for line in row.lines] == [("WO-1", "Suggested", False)]

        factories.AssignmentFactory(order=suggestion.order, shift=suggestion.shift, starts_at=at("10:00"))

        [row] = viewer.get(PAGE).context["rows"]
        assert [line.mark.word for line in row.lines] == ["Approved"]

    def test_a_team_is_a_job_of_each_of_its_crews_and_stays_together(
        self, manager: Client, district: models.District, mara: Any, now: datetime
    ) -> None:
        line = factories.CrewFactory(district=district, name="Line 1")
        shifts: list[Any] = [factories.ShiftFactory(crew=crew) for crew in (line, teams.traffic_crew(district))]
        order = teams.team_order(district, "WO-7")
        team = teams.suggested_team(order=order, shift=shifts[0], beside=shifts[1:])
        assert [words for _, *words in works(manager)] == [["WO-7", "Suggested", False]] * 2

        approving.approve(suggestion=team, by=mara, now=now)

        assert works(manager) == [("Line 1", "WO-7", "Approved", False), ("Traffic 1", "WO-7", "Approved", False)]
        assert "With other crews" in manager.get(PAGE).content.decode()

    def test_a_week_holds_seven_days(self, viewer: Client, planned: models.Assignment) -> None:
        work(planned.order.district, "Line 5", "WO-5", starts_at=at("08:00", days=6))

        week = {line.number for row in viewer.get(f"{PAGE}?span=7").context["rows"] for line in row.lines}
        day = {line.number for row in viewer.get(PAGE).context["rows"] for line in row.lines}

        assert (week, day) == ({"WO-1", "WO-5"}, {"WO-1"})

    @pytest.mark.parametrize(
        ("day", "hours"), [("2026-11-01", 25), ("2026-03-08", 23), ("2026-06-15", 24)], ids=["back", "on", "usual"]
    )
    def test_a_day_is_as_long_as_the_clocks_make_it(
        self, viewer: Client, planned: models.Assignment, day: str, hours: int
    ) -> None:
        period = viewer.get(f"{PAGE}?day={day}").context["period"]

        start, end = (datetime.fromisoformat(period[name]) for name in ("start", "end"))
        assert (end - start).total_seconds() == hours * 3600

    @pytest.mark.parametrize("query", ["day=tomorrow", "span=2", "span=x"])
    def test_nonsense_is_not_found(self, viewer: Client, planned: models.Assignment, query: str) -> None:
        assert viewer.get(f"{PAGE}?{query}").status_code == 404

    @pytest.mark.parametrize("address", [PAGE, f"{PAGE}?span=7", f"{PAGE}crews/"])
    def test_the_number_of_queries_does_not_grow(
        self, viewer: Client, planned: models.Assignment, address: str
    ) -> None:
        full_row(planned.order.district, 2)
        viewer.get(address)
        with CaptureQueriesContext(connection) as few:
            viewer.get(address)
        for number in range(3, 14):
            full_row(planned.order.district, number)

        with CaptureQueriesContext(connection) as many:
            assert viewer.get(address).status_code == 200

        assert len(many) == len(few)


def works(client: Client) -> list[tuple[str, str, str, bool]]:
    """Each job that the page shows: crew, order, state, and whether it may be moved."""
    rows = client.get(PAGE).context["rows"]
    return [(row.name, one.number, one.mark.word, one.may_move) for row in rows for one in row.lines]


def full_row(district: models.District, number: int) -> None:
    """A crew with work, a suggestion and somebody away."""
    one = work(district, f"Line {number}", f"WO-{number}")
    factories.AbsenceFactory(employee=one.crew.foreman)
    order = factories.OrderFactory(district=district)
    factories.SuggestionFactory(order=order, shift=one.shift, starts_at=at("12:00"))


class TestTheCrewsAsJson:
    def test_are_those_that_the_orders_concern(
        self, viewer: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        work(planned.order.district, "Line 3", "WO-3")
        factories.AssignmentFactory(
            order=planned.order, shift=other.shifts.get(), status="REASSIGNED", starts_at=at("12:00")
        )

        answer = viewer.get(f"{PAGE}crews/?order={planned.order_id}").json()

        assert [crew["name"] for crew in answer["crews"]] == ["Line 1", "Line 2"]
        kinds = [item["kind"] for item in answer["crews"][0]["items"]]
        assert kinds == ["shift", "job"]
        assert answer["crews"][0]["items"][1]["assignment"] == str(planned.pk)
        assert "WO-1" in answer["crews"][0]["html"]


class TestChecking:
    def test_says_that_a_place_is_legal(self, viewer: Client, planned: models.Assignment, other: models.Crew) -> None:
        said = viewer.get(question(planned, other)).json()

        assert (said["outcome"], said["where"], said["broken"]) == ("legal", "Line 2, 10:00–11:00", [])

    def test_names_the_broken_rule_and_the_cheapest_fix(self, viewer: Client, planned: models.Assignment) -> None:
        alone = factories.CrewFactory(district=planned.order.district, name="Meter 3", staff__members=1)
        factories.ShiftFactory(crew=alone)

        said = viewer.get(question(planned, alone)).json()

        assert (said["outcome"], said["fix"]) == ("broken", "Add one person to Meter 3.")

    def test_refuses_what_can_go_nowhere(self, viewer: Client, planned: models.Assignment, other: models.Crew) -> None:
        models.Assignment.objects.update(pinned=True)

        answer = viewer.get(question(planned, other), headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "pinned")

    def test_takes_a_constant_number_of_queries(
        self, viewer: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        busy(other, "07:00")
        with CaptureQueriesContext(connection) as few:
            viewer.get(question(planned, other, "14:00"))
        for hour in range(8, 13):
            busy(other, f"{hour:02}:00")

        with CaptureQueriesContext(connection) as many:
            assert viewer.get(question(planned, other, "14:00")).json()["outcome"] == "legal"

        assert len(many) == len(few)

    @pytest.mark.parametrize("query", ["", "assignment=x", "assignment=x&crew=1&start=now"])
    def test_nonsense_is_not_found(self, viewer: Client, planned: models.Assignment, query: str) -> None:
        assert viewer.get(f"{PAGE}check/?{query}").status_code == 404


def busy(crew: models.Crew, clock: str) -> None:
    order = factories.OrderFactory(district=crew.district, status="SCHEDULED")
    factories.AssignmentFactory(order=order, shift=crew.shifts.get(), starts_at=at(clock), departs_at=at(clock))


class TestMoving:
    def test_by_the_form_leads_back_to_the_schedule(
        self, manager: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        answer = manager.post(acts(planned)[0], place(other))

        assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?day=2026-06-15")
        new = models.Assignment.objects.live().get()
        assert (new.crew, new.starts_at) == (other, at("10:00"))

    def test_by_the_script_is_answered_in_json(
        self, manager: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        answer = manager.post(acts(planned)[0], place(other, start="2026-06-15T15:00:00.000Z"), headers=JSON)

        assert answer.json()["order"] == planned.order_id
        assert "WO-1 is moved to Line 2, Mon 15 Jun 10:00" in answer.json()["message"]

    def test_a_refusal_brings_the_form_back_with_the_rule_and_the_fix(
        self, manager: Client, planned: models.Assignment
    ) -> None:
        alone = factories.CrewFactory(district=planned.order.district, name="Meter 3", staff__members=1)
        factories.ShiftFactory(crew=alone)

        page = manager.post(acts(planned)[0], place(alone))

        assert page.status_code == 409
        assert "Nothing was moved." in page.content.decode()
        assert "Add one person to Meter 3." in page.content.decode()

    def test_what_changed_meanwhile_is_refused(
        self, manager: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        answer = manager.post(acts(planned)[0], place(other, version=0), headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")

    @pytest.mark.parametrize("start", ["", "soon", "0001-01-01T00:00", "2026-03-08T02:30"])
    def test_a_time_that_there_is_not_is_refused(
        self, manager: Client, planned: models.Assignment, other: models.Crew, start: str
    ) -> None:
        page = manager.post(acts(planned)[0], place(other, start=start))

        assert page.status_code == 400
        assert models.Assignment.objects.live().get() == planned

    def test_pinned_work_is_not_moved_until_it_is_unpinned(
        self, manager: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        move, pin, unpin = acts(planned)
        assert manager.post(pin).status_code == 303
        assert manager.post(move, place(other)).status_code == 409
        assert manager.get(move).status_code == 409

        manager.post(unpin)

        assert manager.post(move, place(other)).status_code == 303
