"""The page that says what a crew would break, and the decision against those rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import added_rules, factories


@pytest.fixture
def page(suggestion: models.Suggestion) -> str:
    """Of Trouble 7, one person short for WO-1."""
    models.WorkOrder.objects.update(crew_size=3)
    return f"/orders/WO-1/override/{suggestion.shift_id}/"


def posted(client: Client, page: str, **changed: Any) -> Any:
    """The form as the page gave it, sent."""
    hidden = client.get(page).context["hidden"].initial
    said = {"code": "HELP_ON_SITE", "reason": "Ben joins there"}
    return client.post(page, hidden | said | changed)


class TestWhoMay:
    def test_everybody_of_the_district_reads_it(self, manager: Client, viewer: Client, page: str) -> None:
        assert manager.get(page).status_code == 200
        assert "Who may override this: Mara Lindqvist." in viewer.get(page).content.decode()

    def test_a_viewer_decides_nothing(self, manager: Client, viewer: Client, page: str) -> None:
        assert posted(viewer, page).status_code == 403
        assert not models.Assignment.objects.exists()

    def test_a_stranger_learns_nothing(self, stranger: Client, page: str) -> None:
        assert (stranger.get(page).status_code, stranger.post(page).status_code) == (404, 404)

    def test_nobody_is_sent_to_the_login(self, anonymous: Client, page: str) -> None:
        assert (anonymous.get(page).status_code, anonymous.post(page).status_code) == (302, 302)


class TestPage:
    def test_says_what_it_would_break_and_who_may_answer_for_it(self, manager: Client, page: str) -> None:
        proposal = manager.get(page).context["proposal"]

        assert [(one.title, one.mark.word) for one in proposal.broken] == [("Crew size", "A manager may override it")]
        assert (proposal.crew, proposal.is_possible, proposal.count) == ("Trouble 7", True, "1 rule")

    def test_asks_the_rules_about_another_start(self, manager: Client, page: str) -> None:
        proposal = manager.get(f"{page}?start=2026-06-15T15:30").context["proposal"]

        assert [one.title for one in proposal.broken] == ["Crew size", "Shift"]

    def test_names_the_source_of_what_it_would_break(self, manager: Client, page: str) -> None:
        models.HeldQualification.objects.all().delete()
        models.WorkOrder.objects.update(voltage=13_800, energised=True)

        assert [one.source for one in manager.get(page).context["proposal"].broken] == [
            "Law: 29 CFR 1910.269(l)(2): two employees where lines or parts above 600 V are energised",
            "Work rule of the utility",
        ]
        assert "29 CFR 1910.269(l)(2)" in manager.get(page).content.decode()
        assert "29 CFR 1910.269(l)(2)" in manager.get("/orders/WO-1/why-not/?day=2026-06-15").content.decode()

    def test_obeys_and_names_a_rule_that_was_added_to_the_register(
        self, manager: Client, page: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        models.WorkOrder.objects.update(crew_size=1)
        added_rules.add(monkeypatch, added_rules.not_for("Trouble 7", "trouble"), added_rules.not_for("Trouble 7"))

        [broken] = manager.get(page).context["proposal"].broken
        assert (broken.title, broken.source, broken.mark.word) == (
            "Kind of work", "Safety bulletin 7", "A manager may override it",
        )  # fmt: skip
        assert "Kind of work" in manager.get("/orders/WO-1/why-not/?day=2026-06-15").content.decode()
        assert posted(manager, page).status_code == 303
        assert models.Assignment.objects.get().override_rules == ["crew-kind"]
        assert "against Kind of work" in manager.get("/orders/WO-1/").content.decode()

    def test_offers_nothing_against_the_law(self, manager: Client, page: str) -> None:
        models.HeldQualification.objects.all().delete()
        models.WorkOrder.objects.update(voltage=13_800, energised=True)

        answer = manager.get(page)

        assert answer.context["proposal"].broken[0].mark.word == "Nobody may override it"
        assert "This cannot be overridden" in answer.content.decode()
        assert "Answer for it" not in answer.content.decode()

    @pytest.mark.parametrize("query", ["?start=noon", "?start="])
    def test_a_start_that_is_none_is_not_found(self, manager: Client, page: str, query: str) -> None:
        assert manager.get(page + query).status_code == 404

    def test_a_shift_of_another_district_is_not_found(self, manager: Client, page: str) -> None:
        other = factories.ShiftFactory(crew=factories.CrewFactory(district=factories.DistrictFactory(code="SOUTH")))

        assert manager.get(f"/orders/WO-1/override/{other.pk}/").status_code == 404

    def test_takes_a_constant_number_of_queries(
        self, manager: Client, page: str, suggestion: models.Suggestion, django_assert_max_num_queries: Any
    ) -> None:
        for hour in range(4):
            order = factories.OrderFactory(district=suggestion.order.district, status="SCHEDULED")
            start = factories.at(f"{10 + hour}:00")
            factories.AssignmentFactory(order=order, shift=suggestion.shift, starts_at=start, departs_at=start)

        with django_assert_max_num_queries(34):
            manager.get(page)


class TestDeciding:
    def test_assigns_the_crew_and_leads_to_the_review(self, manager: Client, page: str) -> None:
        answer = posted(manager, page)

        assert (answer.status_code, answer["Location"]) == (303, "/orders/WO-1/?day=2026-06-15")
        review = manager.get("/orders/WO-1/").content.decode()
        assert "WO-1 is approved for Trouble 7 against Crew size. The connected systems are told." in review
        assert "Against Crew size: “Help or materials meet the crew on site: Ben joins there”" in review
        assert "assigned Trouble 7 against Crew size" in review

    def test_board_and_schedule_show_it(self, manager: Client, page: str) -> None:
        posted(manager, page)

        board = manager.get("/districts/NORTH/board/?day=2026-06-15").content.decode()
        schedule = manager.get("/districts/NORTH/schedule/?day=2026-06-15").content.decode()
        assert "Against Crew size" in board
        assert "Overridden: Crew size. Help or materials meet the crew on site: Ben joins there" in schedule

    @pytest.mark.parametrize(
        ("changed", "status", "said"),
        [
            ({"code": ""}, 400, "Choose the reason"),
            ({"code": "OTHER", "reason": ""}, 409, "needs that reason in words"),
            ({"rule": ["shift"]}, 409, "An override would also break this: The job needs 3 people"),
            ({"fingerprint": "0"}, 409, "has changed since this page showed it"),
        ],
    )
    def test_what_is_refused_brings_the_form_back(
        self, manager: Client, page: str, changed: Any, status: int, said: str
    ) -> None:
        answer = posted(manager, page, **changed)

        assert answer.status_code == status
        assert said in answer.content.decode()
        assert "Answer for it" in answer.content.decode()
        assert not models.Assignment.objects.exists()

    def test_what_a_colleague_has_assigned_is_told(self, manager: Client, page: str, jonas: Any) -> None:
        hidden = manager.get(page).context["hidden"].initial
        factories.AssignmentFactory(order=models.WorkOrder.objects.get(number="WO-1"), approved_by=jonas)

        answer = manager.post(page, hidden | {"code": "DANGER"})

        assert (answer.status_code, "Jonas Okafor assigned" in answer.content.decode()) == (409, True)
