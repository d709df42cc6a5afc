"""A person's saved views: the menu of the board, their page, and the board that opens with one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import saving_views
from tests import factories
from tests.views.conftest import one_line
from tests.views.test_board import BOARD

VIEWS = "/districts/NORTH/views/"
ACTS = ("rename", "default", "delete")


@pytest.fixture
def trouble(district: models.District, mara: Any) -> models.SavedView:
    return saving_views.save(district=district, name="Trouble", query="kind=TROUBLE", by=mara, now=factories.NOW)


def act(view: models.SavedView, what: str) -> str:
    return f"/views/{view.pk}/{what}/"


def save(client: Client, query: str, name: str = "Mine", **more: str) -> Any:
    return client.post(f"{VIEWS}save/", {"name": name, "query": query, **more})


class TestWhoMay:
    @pytest.mark.parametrize("role", ["manager", "viewer"])
    def test_managers_and_viewers_have_views_of_their_own(
        self, request: pytest.FixtureRequest, role: str, trouble: models.SavedView
    ) -> None:
        client: Client = request.getfixturevalue(role)

        assert save(client, "kind=VEGETATION").status_code == 303

        page = client.get(VIEWS)
        assert [view.name for view, _ in page.context["views"]] == ["Mine", *(["Trouble"] if role == "manager" else [])]

    @pytest.mark.parametrize("what", ACTS)
    @pytest.mark.parametrize("role", ["viewer", "stranger"])
    def test_another_persons_view_is_not_found(
        self, request: pytest.FixtureRequest, role: str, what: str, trouble: models.SavedView
    ) -> None:
        client: Client = request.getfixturevalue(role)

        answer = client.post(act(trouble, what), {"name": "Stolen", "default": "1"})

        assert answer.status_code == 404
        assert [(view.name, view.is_default) for view in models.SavedView.objects.all()] == [("Trouble", False)]

    def test_a_stranger_learns_nothing(self, stranger: Client, district: models.District) -> None:
        assert stranger.get(VIEWS).status_code == 404
        assert save(stranger, "kind=TROUBLE").status_code == 404

    def test_nobody_is_sent_to_the_login(self, anonymous: Client, trouble: models.SavedView) -> None:
        for path in (f"{VIEWS}save/", *(act(trouble, what) for what in ACTS)):
            assert anonymous.post(path).headers["Location"].startswith("/login/")

    def test_who_leaves_the_district_loses_them(self, manager: Client, mara: Any, trouble: models.SavedView) -> None:
        models.Membership.objects.filter(user=mara).delete()

        assert manager.post(act(trouble, "rename"), {"name": "Mine"}).status_code == 404

    @pytest.mark.parametrize("what", ACTS)
    def test_a_link_does_nothing(self, manager: Client, trouble: models.SavedView, what: str) -> None:
        assert manager.get(act(trouble, what)).status_code == 405


class TestMenu:
    def test_the_board_offers_the_views_and_says_which_one_it_shows(
        self, manager: Client, trouble: models.SavedView
    ) -> None:
        html = one_line(manager.get(f"{BOARD}?day=2026-06-15&kind=TROUBLE&status="))

        assert 'href="?day=2026-06-15&amp;kind=TROUBLE" aria-current="true">Trouble' in html
        assert '<span class="views-current">Trouble</span>' in html
        assert "Save these filters" not in html

    def test_filters_without_a_name_can_be_given_one(self, manager: Client, order: models.WorkOrder) -> None:
        html = manager.get(f"{BOARD}?q=pole&kind=TROUBLE&page=1").content.decode()

        assert '<input type="hidden" name="query" value="kind=TROUBLE&amp;q=pole">' in html

    def test_colleagues_do_not_see_them(self, viewer: Client, trouble: models.SavedView) -> None:
        assert viewer.get(BOARD).context["menu"].views == ()


class TestActs:
    def test_saving_keeps_what_the_board_filters_by_and_nothing_else(self, manager: Client, district: Any) -> None:
        save(manager, "page=3&q=+pole+&kind=TROUBLE&status=NONSENSE&evil=1&day=2026-06-15")

        assert models.SavedView.objects.get().query == "kind=TROUBLE&q=pole"

    def test_it_leads_back_to_the_board_that_it_was_saved_on(self, manager: Client, district: Any) -> None:
        here = f"{BOARD}?day=2026-06-15&kind=TROUBLE"

        assert save(manager, "kind=TROUBLE", next=here).headers["Location"] == here

    def test_a_name_that_is_taken_is_refused_with_the_next_step(
        self, manager: Client, trouble: models.SavedView
    ) -> None:
        answer = save(manager, "q=x", name="trouble")

        assert answer.status_code == 409
        said = answer.content.decode()
        assert "a view of North called trouble already." in said
        assert "Choose another name" in said

    def test_they_are_renamed_and_deleted(self, manager: Client, trouble: models.SavedView) -> None:
        assert manager.post(act(trouble, "rename"), {"name": "Faults"}).headers["Location"] == VIEWS
        assert "The view is called Faults now." in manager.get(VIEWS).content.decode()

        manager.post(act(trouble, "delete"))

        assert "No views yet" in manager.get(VIEWS).content.decode()

    def test_the_page_says_in_words_what_each_filters_however_many_there_are(
        self, manager: Client, mara: Any, district: models.District
    ) -> None:
        crew = factories.CrewFactory(district=district, name="Line 3")
        manager.get(VIEWS)
        costs = set()
        for name, query in [("A", f"state=attention&crew={crew.pk}"), ("B", "crew=999"), ("C", "priority=0&q=pole")]:
            saving_views.save(district=district, name=name, query=query, by=mara, now=factories.NOW)
            with CaptureQueriesContext(connection) as asked:
                page = manager.get(VIEWS)
            costs.add(len(asked))

        assert len(costs) == 1
        assert [words for _, words in page.context["views"]] == [
            "State: Needs attention, Crew: Line 3", "Crew: one that is gone", "Priority: Emergency, Search: pole",
        ]  # fmt: skip


class TestOpensFirst:
    @pytest.fixture
    def opening(self, trouble: models.SavedView, manager: Client) -> models.SavedView:
        manager.post(act(trouble, "default"), {"default": "1"})
        return trouble

    @pytest.mark.parametrize("query", ["", "?view=default", "?day=2026-06-15&view=default"])
    def test_the_board_opens_with_it(self, manager: Client, opening: models.SavedView, query: str) -> None:
        assert manager.get(f"{BOARD}{query}").headers["Location"] == f"{BOARD}?day=2026-06-15&kind=TROUBLE"

    @pytest.mark.parametrize("query", ["?day=2026-06-15", "?day=2026-06-15&q=pole", "?q="])
    def test_what_the_board_links_to_stays_as_it_is(
        self, manager: Client, opening: models.SavedView, query: str
    ) -> None:
        assert manager.get(f"{BOARD}{query}").status_code == 200

    def test_for_the_person_alone_and_in_the_district_alone(
        self, manager: Client, viewer: Client, mara: Any, opening: models.SavedView, elsewhere: models.District
    ) -> None:
        factories.MembershipFactory(user=mara, district=elsewhere)

        assert viewer.get(BOARD).status_code == 200
        assert manager.get("/districts/SOUTH/board/").status_code == 200

    def test_until_it_does_not_any_more(self, manager: Client, opening: models.SavedView) -> None:
        manager.post(act(opening, "default"), {"default": "0"})

        assert manager.get(BOARD).status_code == 200
