"""Parts on the board, on the review and on the page that cuts work by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assignments import models
from assignments.services.inputs import consequences
from tests import factories
from tests.factories import NOW, SHIFT_STARTS_AT, at
from tests.views import adminforms, exchanging


def plain(text: str) -> str:
    """Without the blanks that keep a number and its unit on one line."""
    return text.replace("\xa0", " ")


@pytest.fixture
def shifts(district: models.District) -> list[models.Shift]:
    """Line 1 for twelve hours on two days."""
    crew = factories.CrewFactory(district=district, name="Line 1")
    starts = [SHIFT_STARTS_AT, SHIFT_STARTS_AT + timedelta(days=1)]
    return [factories.ShiftFactory(crew=crew, starts_at=at, ends_at=at + timedelta(hours=12)) for at in starts]


@pytest.fixture
def order(district: models.District, shifts: Any) -> models.WorkOrder:
    """Twenty hours, not cut yet."""
    made: models.WorkOrder = factories.OrderFactory(district=district, number="WO-20", duration_minutes=1200)
    return made


@pytest.fixture
def parts(order: models.WorkOrder) -> list[models.WorkOrder]:
    consequences.follow(order_ids={order.pk}, crew_ids=(), now=NOW)
    return list(order.split_parts.order_by("part"))


class TestBoard:
    def test_shows_the_parts_and_counts_the_work_once(
        self, manager: Client, district: models.District, order: models.WorkOrder, parts: Any
    ) -> None:
        page = manager.get("/districts/NORTH/board/?day=2026-06-15")

        assert [row.label for row in page.context["rows"]] == ["WO-20 · part 1 of 2", "WO-20 · part 2 of 2"]
        assert "WO-20 · part 2 of 2" in page.content.decode()

    def test_the_row_of_a_whole_says_how_its_parts_stand(
        self, manager: Client, order: models.WorkOrder, parts: Any, shifts: Any
    ) -> None:
        factories.AssignmentFactory(order=parts[0], shift=shifts[0], starts_at=at("06:30"))

        row = manager.get("/orders/WO-20/row/?day=2026-06-15").content.decode()

        assert "Done in 2 parts: 1 with a crew, 1 to decide" in row

    def test_names_what_is_longer_than_every_shift_and_may_not_be_cut(
        self, manager: Client, order: models.WorkOrder
    ) -> None:
        models.WorkOrder.objects.update(splitting="NO")

        [row] = manager.get("/districts/NORTH/board/?day=2026-06-15").context["rows"]

        assert row.nothing.word == "No shift has the time"
        assert plain(row.nothing.detail) == (
            "20 h of work: longer than any shift here (longest 12 h). Its owner forbids splitting it. "
            "Have its owner allow it in work management, or give one crew longer hours for it."
        )

    def test_names_what_no_shift_has_time_for_beside_its_break(
        self, manager: Client, district: models.District, order: models.WorkOrder
    ) -> None:
        factories.RuleSetBreakFactory(rule_set=district.rule_set)
        models.WorkOrder.objects.update(splitting="NO", duration_minutes=660)

        [row] = manager.get("/districts/NORTH/board/?day=2026-06-15").context["rows"]

        assert row.nothing.word == "No shift has the time"
        assert plain(row.nothing.detail).startswith(
            "11 h of work: no shift here has so much time in one piece, breaks taken (at most 8 h)."
        )

    def test_reads_the_breaks_once_for_all_rows(
        self, manager: Client, district: models.District, order: models.WorkOrder
    ) -> None:
        factories.RuleSetBreakFactory(rule_set=district.rule_set)
        models.WorkOrder.objects.update(splitting="NO", duration_minutes=660)
        factories.OrderFactory.create_batch(3, district=district, splitting="NO", duration_minutes=660)

        with CaptureQueriesContext(connection) as sent:
            page = manager.get("/districts/NORTH/board/?day=2026-06-15")

        assert {row.nothing.word for row in page.context["rows"]} == {"No shift has the time"}
        assert sum("assignments_rulesetbreak" in one["sql"] for one in sent) == 1


class TestReview:
    def test_of_the_whole_links_its_parts(self, manager: Client, order: models.WorkOrder, parts: Any) -> None:
        page = manager.get("/orders/WO-20/?day=2026-06-15")

        panel = page.context["parts"]
        assert plain(panel.sentence) == "20 h of work in 2 parts: 2 to decide; the same crew does all of them"
        assert [(one.number, plain(one.work)) for one in panel.lines] == [
            ("WO-20.1", "11 h"), ("WO-20.2", "9 h, 30 min to set up"),
        ]  # fmt: skip
        assert "Put together again" in page.content.decode()

    def test_of_a_part_links_the_whole_and_the_others(self, manager: Client, parts: Any) -> None:
        said = manager.get("/orders/WO-20.2/?day=2026-06-15").content.decode()

        assert "WO-20 · part 2 of 2" in said
        assert "All of WO-20" in said
        assert "/orders/WO-20.1/" in said
        assert "Put together again" not in said

    def test_says_why_nobody_can_do_it(self, manager: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.update(splitting="NO")

        assert "Its owner forbids splitting it." in manager.get("/orders/WO-20/?day=2026-06-15").content.decode()

    def test_takes_as_many_queries_for_a_part_of_many(
        self, manager: Client, order: models.WorkOrder, parts: Any, django_assert_max_num_queries: Any
    ) -> None:
        manager.get("/orders/WO-20.1/?day=2026-06-15")
        with django_assert_max_num_queries(80) as few:
            manager.get("/orders/WO-20.1/?day=2026-06-15")
        models.WorkOrder.objects.filter(pk=order.pk).update(duration_minutes=6000)
        consequences.follow(order_ids={order.pk}, crew_ids=(), now=NOW)

        with django_assert_max_num_queries(len(few)):
            manager.get("/orders/WO-20.1/?day=2026-06-15")


class TestSplit:
    URL = "/orders/WO-8/split/"

    @pytest.fixture(autouse=True)
    def work(self, district: models.District, shifts: Any) -> models.WorkOrder:
        made: models.WorkOrder = factories.OrderFactory(district=district, number="WO-8", duration_minutes=480)
        return made

    def test_proposes_two_parts_of_what_would_fit(self, manager: Client) -> None:
        page = manager.get(self.URL)

        told = [(plain(one["work"]), plain(one["set_up"])) for one in page.context["lengths"]]
        assert told == [("4 h 30 min", ""), ("3 h 30 min", "30 min")]
        assert "Split into 2 parts" in page.content.decode()

    def test_says_what_is_no_part(self, manager: Client) -> None:
        assert "All of WO-8 fits into one part" in manager.get(f"{self.URL}?longest=10").content.decode()
        assert manager.get(f"{self.URL}?longest=soon").status_code == 200

    def test_cuts(self, manager: Client, work: models.WorkOrder) -> None:
        answer = manager.post(self.URL, {"longest": "3.5"})

        work.refresh_from_db()
        assert (answer.status_code, answer["Location"], work.parts_in_all) == (303, "/orders/WO-8/", 3)

    def test_refuses_nonsense(self, manager: Client, work: models.WorkOrder) -> None:
        assert manager.post(self.URL, {"longest": ""}).status_code == 400
        assert not work.split_parts.exists()

    def test_puts_together(self, manager: Client, work: models.WorkOrder) -> None:
        manager.post(self.URL, {"longest": "3.5"})

        answer = manager.post("/orders/WO-8/put-together/")

        work.refresh_from_db()
        assert (answer.status_code, work.is_split) == (303, False)

    def test_puts_nothing_together_that_is_whole(self, manager: Client) -> None:
        assert manager.post("/orders/WO-8/put-together/").status_code == 409

    def test_a_viewer_reads_and_decides_nothing(self, viewer: Client) -> None:
        assert viewer.get(self.URL).status_code == 200
        assert viewer.post(self.URL, {"longest": "3.5"}).status_code == 403
        assert viewer.post("/orders/WO-8/put-together/").status_code == 403

    def test_a_stranger_learns_nothing(self, stranger: Client) -> None:
        assert (stranger.get(self.URL).status_code, stranger.post(self.URL).status_code) == (404, 404)

    def test_nobody_is_sent_to_the_login(self, anonymous: Client) -> None:
        assert (anonymous.get(self.URL).status_code, anonymous.post(self.URL).status_code) == (302, 302)


class TestAtTheDoor:
    @pytest.fixture
    def ada(self, db: None) -> Client:
        """An administrator."""
        client = Client()
        client.force_login(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
        return client

    WORDS = "20 h of work: longer than any shift here (longest 12 h). Its owner forbids splitting it."

    def test_the_form_warns_of_what_no_shift_has_time_for(self, ada: Client, order: models.WorkOrder) -> None:
        address, form = adminforms.form_of(ada, order)

        answer = ada.post(address, form | {"splitting": "NO"}, follow=True)

        [warning] = [str(one) for one in answer.context["messages"] if one.level_tag == "warning"]
        assert plain(warning).startswith(f"WO-20: {self.WORDS}")

    def test_a_file_warns_too(self, ada: Client, order: models.WorkOrder) -> None:
        file = exchanging.file_of({"number": "WO-20", "splitting": "NO"})

        imported = exchanging.import_into(ada, models.WorkOrder, file)

        order.refresh_from_db()
        assert order.splitting == "NO"
        assert [self.WORDS in plain(one) for one in imported.response.context["warnings"]] == [True]

    def test_a_file_cuts_what_it_brings(self, ada: Client, order: models.WorkOrder) -> None:
        exchanging.import_into(ada, models.WorkOrder, exchanging.file_of({"number": "WO-20", "title": "Rebuild"}))

        order.refresh_from_db()
        assert (order.parts_in_all, order.split_parts.get(part=2).title) == (2, "Rebuild")

    def test_a_part_is_looked_at_and_not_changed_and_no_file_holds_it(self, ada: Client, parts: Any) -> None:
        address = reverse("admin:assignments_workorder_change", args=[parts[0].pk])

        assert "part_of" in ada.get(address).content.decode()
        assert ada.post(address, {}).status_code == 403
        assert b"WO-20.1" not in exchanging.export_of(ada, models.WorkOrder)
