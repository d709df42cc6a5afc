"""GET /orders/<number>/: the review of one order, and why the other crews cannot."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories

REVIEW = "/orders/WO-1/"


class TestWhoMayRead:
    def test_members_read_it(self, manager: Client, viewer: Client, suggestion: models.Suggestion) -> None:
        assert manager.get(REVIEW).status_code == 200
        assert viewer.get(REVIEW).status_code == 200

    def test_a_stranger_learns_nothing(self, stranger: Client, order: models.WorkOrder) -> None:
        assert stranger.get(REVIEW).status_code == 404
        assert stranger.get("/orders/WO-1/why-not/").status_code == 404

    def test_nobody_is_sent_to_the_login(self, anonymous: Client, order: models.WorkOrder) -> None:
        assert anonymous.get(REVIEW).status_code == 302
        assert anonymous.get("/orders/WO-1/why-not/").status_code == 302


class TestContent:
    def test_it_opens_on_the_day_that_was_ranked_last(self, manager: Client, suggestion: models.Suggestion) -> None:
        assert manager.get(REVIEW).context["day"].iso == "2026-06-15"

    def test_a_later_run_for_a_later_day_does_not_hide_the_crews_of_today(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        later = factories.SuggestionRunFactory(
            district=suggestion.order.district,
            day=suggestion.run.day + timedelta(days=3),
            requested_at=suggestion.run.requested_at + timedelta(minutes=5),
        )
        factories.SuggestionFactory(order=suggestion.order, crew=suggestion.crew, run=later)

        assert manager.get(REVIEW).context["day"].iso == "2026-06-15"

    def test_it_opens_on_the_day_of_the_decision(self, manager: Client, suggestion: models.Suggestion) -> None:
        factories.AssignmentFactory(order=suggestion.order, starts_at=factories.at("23:30", days=2))

        assert manager.get(REVIEW).context["day"].iso == "2026-06-17"

    def test_crews_are_ranked_with_what_they_cost_and_save(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        (ranked,) = manager.get(REVIEW).context["review"].ranked

        assert (ranked.name, ranked.travel, ranked.leaves.text) == ("Trouble 7", "20\xa0min", "07:40")
        assert [(effect.text, effect.tone) for effect in ranked.effects] == [("20\xa0min more driving", "bad")]
        assert ranked.is_open

    def test_a_ranking_beside_a_decision_says_who_has_the_order(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        factories.AssignmentFactory(order=suggestion.order, crew=factories.CrewFactory(name="Line 9"))

        assert "approved for Line 9: the ranking" in manager.get(REVIEW).content.decode()

    def test_without_a_ranking_the_crew_that_has_the_order_is_enough(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        factories.AssignmentFactory(order=suggestion.order)
        models.Suggestion.objects.update(status="APPROVED")

        assert "Crews that can<" not in manager.get(REVIEW).content.decode()

    def test_an_order_that_nobody_ranked_says_so(self, manager: Client, order: models.WorkOrder) -> None:
        assert "nobody is ranked for" in manager.get(REVIEW).content.decode()

    def test_a_qualification_that_lapses_soon_is_marked(self, manager: Client, suggestion: models.Suggestion) -> None:
        models.HeldQualification.objects.update(expires_at=factories.NOW + timedelta(days=3))

        members = manager.get(REVIEW).context["review"].ranked[0].crews[0].members

        assert {member.held[0].mark.word for member in members} == {"lapses 18 Jun 2026"}
        assert sorted(member.is_foreman for member in members) == [False, True]

    def test_a_qualification_that_has_lapsed_is_told_in_the_past(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        models.HeldQualification.objects.update(expires_at=factories.NOW - timedelta(days=9))

        members = manager.get(REVIEW).context["review"].ranked[0].crews[0].members

        assert {member.held[0].mark.word for member in members} == {"lapsed 6 Jun 2026"}

    def test_absences_tools_and_other_work_of_the_crew_are_told(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        factories.AbsenceFactory(employee=suggestion.crew.foreman)
        tool = factories.EquipmentFactory(crew=suggestion.crew, name="Bucket truck 1")
        models.EquipmentOutage.objects.create(
            equipment=tool, starts_at=factories.at("10:00"), ends_at=factories.at("12:00"), reason="service"
        )
        other = factories.OrderFactory(district=suggestion.order.district, number="WO-9")
        factories.AssignmentFactory(
            order=other, shift=suggestion.shift, starts_at=factories.at("13:00"), ends_at=factories.at("14:00")
        )

        crew = manager.get(REVIEW).context["review"].ranked[0].crews[0]

        assert [member.away for member in crew.members if member.is_foreman] == ["Sick 06:00–16:00"]
        assert [(one.name, one.out) for one in crew.equipment] == [
            ("Bucket truck 1", "out of service 10:00–12:00, service")
        ]
        assert [one.number for one in crew.work] == ["WO-9"]

    def test_permits_with_their_windows_and_what_is_missing(self, manager: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.update(required_permits=["EXCAVATION", "TRAFFIC"])
        factories.PermitFactory(order=order, number="E-1", valid_until=factories.at("05:00"))

        lines = manager.get(REVIEW).context["review"].permits

        assert [(line.number, line.mark.word) for line in lines] == [("E-1", "Lapsed"), ("", "Missing")]

    def test_the_readiness_bar_puts_every_window_on_one_axis(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        factories.PermitFactory(
            order=suggestion.order, valid_from=factories.at("06:00"), valid_until=factories.at("18:00")
        )

        drawn = manager.get(REVIEW).context["review"].timeline

        lanes = {lane.label: [(bar.x, bar.width) for bar in lane.bars] for lane in drawn.lanes}
        # 792 units are 24 hours, from 168 on.
        assert lanes["Excavation ticket"] == [(168 + 198, 396)]
        assert lanes["Shift of Trouble 7"] == [(168 + 198, 330)]
        # Twenty minutes to drive there, the work, and the drive home.
        assert lanes["Suggested"] == [(168 + 253, 11), (168 + 264, 33), (168 + 297, 7)]
        assert lanes["Rest"] == [(168 + 726, 66)]
        assert drawn.now_x == 168 + round(792 * 5.75 / 24)

    def test_history_tells_who_did_what_and_why(self, manager: Client, suggestion: models.Suggestion) -> None:
        manager.post(f"/suggestions/{suggestion.pk}/approve/")
        manager.post(f"/assignments/{models.Assignment.objects.get().pk}/revoke/", {"reason": "Storm coming"})

        lines = manager.get(REVIEW).context["review"].history

        assert [(line.who, line.what, line.reason) for line in lines] == [
            ("Mara Lindqvist", "took Trouble 7 off", "Storm coming"),
            ("Mara Lindqvist", "assigned Trouble 7", ""),
        ]

    def test_history_tells_who_was_rejected_and_why(self, manager: Client, suggestion: models.Suggestion) -> None:
        manager.post(f"/suggestions/{suggestion.pk}/reject/", {"reason": "Truck in the shop"})

        [line] = manager.get(REVIEW).context["review"].history

        assert (line.who, line.what, line.reason) == ("Mara Lindqvist", "rejected Trouble 7", "Truck in the shop")

    def test_the_number_of_queries_does_not_grow_with_the_crews(
        self, manager: Client, suggestion: models.Suggestion, django_assert_max_num_queries: Any
    ) -> None:
        for rank in range(2, 12):
            shift = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district))
            factories.SuggestionFactory(
                order=suggestion.order, run=suggestion.run, shift=shift, rank=rank, in_plan=False, fingerprint="x"
            )

        with django_assert_max_num_queries(67):
            assert len(manager.get(REVIEW).context["review"].ranked) == 11


class TestWhyNot:
    def test_it_names_what_is_in_the_way_and_the_cheapest_fix(self, viewer: Client, order: models.WorkOrder) -> None:
        crew = factories.CrewFactory(district=order.district, name="Meter 3", staff__members=1)
        factories.ShiftFactory(crew=crew)

        page = viewer.get("/orders/WO-1/why-not/?day=2026-06-15")

        (excluded,) = page.context["excluded"]
        assert excluded.crew == "Meter 3"
        assert excluded.obstacles
        assert "Cheapest fix" in page.content.decode()

    def test_a_day_without_shifts_is_named(self, viewer: Client, order: models.WorkOrder) -> None:
        page = viewer.get("/orders/WO-1/why-not/?day=2026-06-15").content.decode()

        assert "No crew has a shift on Monday 15 June 2026." in page

    def test_the_reviews_script_gets_the_table_alone(self, viewer: Client, order: models.WorkOrder) -> None:
        part = viewer.get("/orders/WO-1/why-not/?day=2026-06-15", headers={"X-Lineup-Part": "1"})

        assert "<html" not in part.content.decode()


class TestTheWayBack:
    BOARD = "/districts/NORTH/board/"

    def back(self, client: Client, referer: str) -> str:
        page = client.get("/orders/WO-1/?day=2026-06-15", headers={"Referer": referer}).content.decode()
        found = re.search(r'data-key="back"\s+href="([^"]+)#', page)
        assert found
        return html.unescape(found[1])

    def test_keeps_the_filters_of_the_board_one_came_from(self, viewer: Client, order: models.WorkOrder) -> None:
        came_from = f"http://testserver{self.BOARD}?day=2026-06-15&status=READY&q=pole"

        assert self.back(viewer, came_from) == f"{self.BOARD}?day=2026-06-15&status=READY&q=pole"

    @pytest.mark.parametrize(
        "came_from",
        [
            "",
            "http://testserver/districts/NORTH/schedule/?q=pole",
            "http://testserver/districts/SOUTH/board/?q=pole",
            "https://evil.example/districts/NORTH/board/?q=pole",
            "http://testserver/districts/NORTH/board/?next=//evil.example&status=NONE",
            "http://[broken/districts/NORTH/board/?q=pole",
        ],
    )
    def test_leads_to_the_plain_board_from_anywhere_else(
        self, viewer: Client, order: models.WorkOrder, came_from: str
    ) -> None:
        assert self.back(viewer, came_from) == f"{self.BOARD}?day=2026-06-15"
