"""An empty installation leads its administrator to the first suggestions, and everybody else to the administrator."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.views.conftest import browser

pytestmark = pytest.mark.django_db
SETUP = "/setup/"


@pytest.fixture
def ada(clock: None, db: None) -> Any:
    """The administrator who has just installed Lineup."""
    return factories.UserFactory(username="ada", first_name="Ada", last_name="Quist", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(ada: Any) -> Client:
    return browser(ada)


def done(admin: Client) -> list[str]:
    return [step.title for step in admin.get(SETUP).context["steps"] if step.is_done]


def step(admin: Client, title: str) -> Any:
    return next(one for one in admin.get(SETUP).context["steps"] if one.title == title)


class TestWhoIsLedWhere:
    def test_home_leads_the_administrator_of_nothing_to_the_checklist(self, admin: Client) -> None:
        page = admin.get("/", follow=True)

        assert page.redirect_chain == [(SETUP, 302)]
        assert "0 of 7 done" in page.content.decode()

    def test_home_tells_everybody_else_whom_to_ask(self, ada: Any) -> None:
        page = browser(factories.UserFactory()).get("/").content.decode()

        assert "Ask an administrator to add you: Ada Quist." in page

    def test_home_of_a_member_stays_the_board(self, manager: Client, district: models.District) -> None:
        assert manager.get("/").headers["Location"] == "/districts/NORTH/board/"

    def test_the_checklist_is_for_administrators(
        self, admin: Client, manager: Client, viewer: Client, stranger: Client, anonymous: Client
    ) -> None:
        assert admin.get(SETUP).status_code == 200
        assert [one.get(SETUP).status_code for one in (manager, viewer, stranger)] == [403, 403, 403]
        assert anonymous.get(SETUP).headers["Location"] == f"/login/?next={SETUP}"


class TestSteps:
    def test_each_is_done_when_its_rows_are_there(self, ada: Any, admin: Client) -> None:
        assert done(admin) == []
        factories.RuleSetFactory()
        assert done(admin) == ["Rules"]
        district = factories.DistrictFactory(code="NORTH")
        assert done(admin) == ["Rules", "A district"]
        factories.MembershipFactory(user=ada, district=district)
        factories.DownstreamSystemFactory()
        assert done(admin)[2:] == ["Assigning managers", "Connected systems"]
        crew = factories.CrewFactory(district=district)
        assert "Crews and shifts" not in done(admin)
        factories.ShiftFactory(crew=crew)
        factories.OrderFactory(district=district)
        assert done(admin)[4:] == ["Crews and shifts", "Work orders"]
        assert [link.url for link in step(admin, "The first suggestions").links] == ["/districts/NORTH/board/"]
        factories.SuggestionRunFactory(district=district)
        assert len(done(admin)) == 7

    def test_it_names_the_districts_that_lack_something(self, admin: Client, district: models.District) -> None:
        factories.OrderFactory(district=factories.DistrictFactory(code="SOUTH", name="South"))

        assert step(admin, "Work orders").missing == "North"

    def test_files_do_without_a_downstream_system(self, admin: Client, district: models.District) -> None:
        factories.OrderFactory(district=district)
        factories.CrewFactory(district=district)

        assert "Connected systems" in done(admin)

    def test_every_link_leads_somewhere(self, admin: Client, district: models.District) -> None:
        links = [link for one in admin.get(SETUP).context["steps"] for link in one.links]

        assert {link.text for link in links} >= {"Add a district", "Import crews", "Import orders"}
        assert {link.url: admin.get(link.url).status_code for link in links} == {link.url: 200 for link in links}

    def test_links_that_an_administrator_may_not_follow_are_left_out(self, clock: None) -> None:
        helper = browser(factories.UserFactory(is_staff=True))

        assert [one.links for one in helper.get(SETUP).context["steps"]] == [()] * 7

    def test_queries_do_not_grow_with_the_districts(self, ada: Any, admin: Client) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                admin.get(SETUP)
            return len(queries)

        def grow(first: int, last: int) -> None:
            for number in range(first, last):
                factories.MembershipFactory(user=ada, district=factories.DistrictFactory(code=f"D{number}"))

        grow(0, 2)
        asked()
        few = asked()
        grow(2, 12)

        assert asked() == few


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("board/", "The open work of the day is listed here"),
        ("today/", "roster gets a bar here"),
        ("schedule/", "Each crew gets a row"),
        ("map/", "Each open order is a sign on the map"),
        ("permits/", "listed here by how much they need you"),
        ("write-backs/", "As soon as a crew is approved or taken back"),
    ],
)
def test_an_empty_page_says_what_will_be_there(
    manager: Client, district: models.District, path: str, what: str
) -> None:
    page = manager.get(f"/districts/NORTH/{path}").content.decode()

    assert what in page
