"""GET and POST /orders/<number>/emergency/: who can be there first, and accepting one of the choices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from assignments import models
from tests import factories
from tests.factories import at

PAGE = "/orders/WO-9/emergency/"


@pytest.fixture
def emergency(clock: None, district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(
        district=district, number="WO-9", title="Conductor down", priority=0, duration_minutes=120, latitude=41.9,
        longitude=-88.3,
    )  # fmt: skip


@pytest.fixture
def planned(emergency: models.WorkOrder) -> models.Assignment:
    """Approved work of Line 1 at 07:00, which would give way."""
    crew = factories.CrewFactory(district=emergency.district, name="Line 1")
    order = factories.OrderFactory(
        district=emergency.district, number="WO-1", title="Replace cross-arm", status="SCHEDULED", latitude=41.9,
        longitude=-88.3,
    )  # fmt: skip
    shift = factories.ShiftFactory(crew=crew)
    return factories.AssignmentFactory(order=order, shift=shift, starts_at=at("07:00"), departs_at=at("07:00"))


def changes(planned: models.Assignment) -> str:
    return f"{PAGE}{planned.shift_id}/"


def fingerprint(page: Any) -> dict[str, str]:
    return {"fingerprint": page.context["way"].fingerprint}


class TestWhoMayLook:
    def test_members_do(self, manager: Client, viewer: Client, planned: models.Assignment) -> None:
        for client in (manager, viewer):
            assert client.get(PAGE).status_code == 200
            assert client.get(changes(planned)).status_code == 200

    def test_a_stranger_learns_nothing(self, stranger: Client, planned: models.Assignment) -> None:
        assert stranger.get(PAGE).status_code == 404
        assert stranger.get(changes(planned)).status_code == 404
        assert stranger.post(changes(planned)).status_code == 404

    def test_nobody_is_sent_to_the_login(self, anonymous: Client, planned: models.Assignment) -> None:
        assert anonymous.get(PAGE).headers["Location"].startswith("/login/")
        assert anonymous.post(changes(planned)).headers["Location"].startswith("/login/")


class TestTheCrews:
    def test_are_told_by_their_arrival_with_what_gives_way(self, viewer: Client, planned: models.Assignment) -> None:
        page = viewer.get(PAGE)

        [crew] = page.context["crews"]
        first, second = crew.ways
        assert (crew.crew, first.arrives.text, first.summary) == ("Line 1", "06:00", "1 job moves.")
        assert [(one.number, one.text) for one in first.displaced] == [("WO-1", "1\xa0h later, at 08:00")]
        assert (second.arrives.text, second.summary) == ("08:00", "Nothing has to give way.")
        assert f"{changes(planned)}?moves=1" in page.content.decode()

    def test_when_none_can_the_page_says_why_and_what_would_help(
        self, viewer: Client, emergency: models.WorkOrder
    ) -> None:
        without = factories.CrewFactory(district=emergency.district, name="Meter 3", staff__members=1)
        factories.ShiftFactory(crew=without)

        page = viewer.get(PAGE)

        assert [one.crew for one in page.context["excluded"]] == ["Meter 3"]
        assert "No crew can come" in page.content.decode()
        assert "Cheapest fix" in page.content.decode()

    def test_without_any_shift_it_says_that(self, viewer: Client, emergency: models.WorkOrder) -> None:
        assert "No crew of North has a shift today" in viewer.get(PAGE).content.decode()

    def test_ordinary_work_is_refused_in_words(self, viewer: Client, order: models.WorkOrder) -> None:
        page = viewer.get("/orders/WO-1/emergency/")

        assert page.status_code == 409
        assert "no approved work gives way to it" in page.content.decode()

    def test_the_number_of_queries_does_not_grow_with_the_crews(
        self, viewer: Client, planned: models.Assignment, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(2, 12):
            crew = factories.CrewFactory(district=planned.crew.district, name=f"Line {number}")
            order = factories.OrderFactory(district=crew.district, status="SCHEDULED")
            factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew), starts_at=at("09:00"))

        with django_assert_max_num_queries(34):
            assert len(viewer.get(PAGE).context["crews"]) == 11


class TestCrewsToAnswerFor:
    """A quarter of an hour before the day shift, after a night shift that has ended."""

    @pytest.fixture
    def night(self, emergency: models.WorkOrder) -> models.Shift:
        crew = factories.CrewFactory(district=emergency.district, name="Night 1")
        return factories.ShiftFactory(crew=crew, starts_at=at("20:00", days=-1), ends_at=at("05:30"))

    def test_a_crew_whose_shift_is_over_is_held_over(self, viewer: Client, night: models.Shift) -> None:
        page = viewer.get(PAGE)

        [only] = page.context["called"]
        assert (only.crew, only.how, [one.title for one in only.broken]) == (
            "Night 1",
            "held over",
            ["Shift"],
        )
        assert only.arrives.text < "06:30"
        assert "No crew can come within the rules" in page.content.decode()

    def test_who_comes_later_than_a_crew_within_the_rules_is_left_out(
        self, viewer: Client, night: models.Shift, planned: models.Assignment
    ) -> None:
        page = viewer.get(PAGE)

        first = page.context["crews"][0].ways[0].arrives.iso
        assert all(one.arrives.iso < first for one in page.context["called"])

    def test_the_override_page_opens_on_that_start(self, manager: Client, night: models.Shift) -> None:
        page = manager.get(PAGE)
        [address] = re.findall(r'href="(/orders/WO-9/override/[^"]+start=[^"]+)"', page.content.decode())

        proposal = manager.get(address).context["proposal"]

        [only] = page.context["called"]
        assert (proposal.is_possible, proposal.when.start.iso) == (True, only.arrives.iso)


class TestTheChanges:
    def test_show_every_crew_before_and_after(self, viewer: Client, planned: models.Assignment) -> None:
        [lane] = viewer.get(changes(planned)).context["lanes"]

        assert [
            (stop.number, stop.mark.word, stop.before and stop.before.start.text, stop.after and stop.after.start.text)
            for stop in lane.stops
        ] == [("WO-9", "Emergency", None, "06:00"), ("WO-1", "Later", "07:00", "08:00")]

    def test_are_those_of_the_choice_that_was_clicked(self, viewer: Client, planned: models.Assignment) -> None:
        assert viewer.get(changes(planned) + "?moves=0").context["way"].arrives.text == "08:00"
        assert viewer.get(changes(planned) + "?moves=x").context["way"].arrives.text == "06:00"

    def test_of_a_crew_that_cannot_any_more_lead_back(self, viewer: Client, planned: models.Assignment) -> None:
        page = viewer.get(f"{PAGE}999999999999999999999999/")

        assert "This crew cannot go any more" in page.content.decode()


class TestAccepting:
    def test_a_manager_sends_the_crew(self, manager: Client, mara: Any, planned: models.Assignment) -> None:
        shown = manager.get(changes(planned))

        answer = manager.post(changes(planned), fingerprint(shown))

        assert (answer.status_code, answer.headers["Location"]) == (303, "/orders/WO-9/")
        said = [str(message) for message in get_messages(answer.wsgi_request)]
        assert said == ["Line 1 goes to WO-9 and is there at 06:00. 1 job was moved."]
        assert models.Assignment.objects.live().get(order__number="WO-9").approved_by == mara

    def test_is_in_the_history_of_the_emergency_and_of_what_gave_way(
        self, manager: Client, planned: models.Assignment
    ) -> None:
        manager.post(changes(planned), fingerprint(manager.get(changes(planned))))

        [own] = manager.get("/orders/WO-9/").context["review"].history
        assert (own.who, own.what) == ("Mara Lindqvist", "assigned Line 1")
        moved = manager.get("/orders/WO-1/").context["review"].history[0]
        assert (moved.who, moved.what, moved.reason) == ("Mara Lindqvist", "moved it to Line 1", "Makes way for WO-9")

    def test_a_viewer_is_refused(self, viewer: Client, planned: models.Assignment) -> None:
        answer = viewer.post(changes(planned), fingerprint(viewer.get(changes(planned))))

        assert answer.status_code == 403
        assert models.Assignment.objects.count() == 1

    def test_what_has_changed_is_shown_again_and_can_be_accepted(
        self, manager: Client, planned: models.Assignment
    ) -> None:
        shown = manager.get(changes(planned))
        models.Assignment.objects.filter(pk=planned.pk).update(pinned=True)

        again = manager.post(changes(planned), fingerprint(shown))

        assert again.status_code == 409
        assert "What you saw has changed. Nothing was approved." in again.content.decode()
        assert again.context["way"].arrives.text == "08:00"
        assert manager.post(changes(planned), fingerprint(again)).status_code == 303

    def test_who_comes_second_is_told_who_won(self, manager: Client, jonas: Any, planned: models.Assignment) -> None:
        second = Client()
        second.force_login(jonas)
        shown = second.get(changes(planned))
        manager.post(changes(planned), fingerprint(manager.get(changes(planned))))

        answer = second.post(changes(planned), fingerprint(shown))

        assert answer.status_code == 409
        assert "Mara Lindqvist assigned Line 1 to WO-9" in answer.content.decode()


class TestTheWayThere:
    @pytest.mark.parametrize(("priority", "leads"), [(0, True), (1, True), (2, False)])
    def test_the_review_of_rushed_work_leads_there(
        self, viewer: Client, emergency: models.WorkOrder, priority: int, leads: bool
    ) -> None:
        models.WorkOrder.objects.update(priority=priority)

        assert (f'href="{PAGE}"' in viewer.get("/orders/WO-9/").content.decode()) is leads

    def test_so_does_the_row_of_an_emergency_until_it_has_a_crew(
        self, manager: Client, planned: models.Assignment
    ) -> None:
        board = "/districts/NORTH/board/?day=2026-06-15"
        before = manager.get(board).content.decode()
        manager.post(changes(planned), fingerprint(manager.get(changes(planned))))

        assert re.search(f'href="{PAGE}"', before)
        assert f'href="{PAGE}"' not in manager.get(board).content.decode()
