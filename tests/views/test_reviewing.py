"""POST /orders/<number>/reviewing/: that a person has a review open, and where colleagues see it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services import presence
from assignments.streams import rendering
from tests import factories
from tests.views.test_board import BOARD

HERE = "/orders/WO-1/reviewing/"


def people() -> list[str]:
    return list(models.Reviewing.objects.values_list("person__username", flat=True))


class TestWhoMay:
    @pytest.mark.parametrize(("role", "name"), [("manager", "mara"), ("viewer", "vic")])
    def test_members_of_the_district_say_that_they_review_and_that_they_have_left(
        self, request: pytest.FixtureRequest, role: str, name: str, order: models.WorkOrder
    ) -> None:
        client: Client = request.getfixturevalue(role)

        assert client.post(HERE).status_code == 204
        assert people() == [name]

        assert client.post(HERE, {"ended": "1"}).status_code == 204
        assert people() == []

    def test_strangers_and_nobody_do_not(self, stranger: Client, anonymous: Client, order: models.WorkOrder) -> None:
        assert stranger.post(HERE).status_code == 404
        assert anonymous.post(HERE).headers["Location"].startswith("/login/")
        assert people() == []

    def test_nobody_ends_the_review_of_another(self, viewer: Client, mara: Any, order: models.WorkOrder) -> None:
        presence.keep(order=order, by=mara, now=factories.NOW)

        viewer.post(HERE, {"ended": "1"})

        assert people() == ["mara"]

    def test_looking_at_it_says_nothing(self, manager: Client, order: models.WorkOrder) -> None:
        assert manager.get(HERE).status_code == 405


class TestWhereItIsSeen:
    @pytest.mark.parametrize("page", [BOARD, "/orders/WO-1/", "/orders/WO-1/row/"])
    def test_on_the_row_and_the_review_with_when_it_is_over(
        self, viewer: Client, mara: Any, order: models.WorkOrder, page: str
    ) -> None:
        presence.keep(order=order, by=mara, now=factories.NOW)

        html = viewer.get(page).content.decode()

        assert f'<li data-person="{mara.pk}" data-until="2026-06-15T10:55:00+00:00">' in html
        assert "Mara Lindqvist is reviewing" in html

    def test_the_stream_tells_the_list_of_the_row(self, viewer: Client, mara: Any, order: models.WorkOrder) -> None:
        presence.keep(order=order, by=mara, now=factories.NOW)

        html = rendering.reviewers({"order": order.pk, "district": order.district_id})["html"]

        assert "Mara Lindqvist" in html
        assert html.strip() in viewer.get(BOARD).content.decode()

    def test_without_anybody_the_list_is_empty(self, order: models.WorkOrder, clock: None) -> None:
        html = rendering.reviewers({"order": order.pk, "district": order.district_id})["html"]

        assert html.strip() == '<ul class="reviewing" data-reviewing></ul>'

    def test_the_former_district_of_an_order_is_not_told_of_those_who_have_it_now(
        self, order: models.WorkOrder, elsewhere: models.District, stella: Any, clock: None
    ) -> None:
        told_here = {"order": order.pk, "district": order.district_id}
        order.district = elsewhere
        order.save()
        presence.keep(order=order, by=stella, now=factories.NOW)

        replayed = rendering.reviewers(told_here)["html"]

        assert "Stella" not in replayed
        assert "Stella" in rendering.reviewers({**told_here, "district": elsewhere.pk})["html"]
