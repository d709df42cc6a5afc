"""Rows selected on the board: what can be done with them together, the summary of it, and its beginning."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services.decisions import approving, pinning
from tests import factories
from tests.views.conftest import one_line

PAGE = "/districts/NORTH/board/selected/"
START = "/districts/NORTH/board/selected/start/"
BOARD = "/districts/NORTH/board/?day=2026-06-15"
DAY = {"day": "2026-06-15"}


def also(suggestion: models.Suggestion, number: str, **changes: Any) -> models.Suggestion:
    """Another order's suggestion of the same run."""
    order = factories.OrderFactory(district=suggestion.order.district, number=number)
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=order.district))
    return factories.SuggestionFactory(run=suggestion.run, order=order, shift=shift, **changes)


@pytest.fixture
def decided(suggestion: models.Suggestion, mara: Any) -> models.Assignment:
    """WO-2, approved."""
    return approving.approve(suggestion=also(suggestion, "WO-2"), by=mara, now=factories.NOW)


def asked(act: str, *orders: models.WorkOrder) -> dict[str, Any]:
    return {**DAY, "act": act, "order": [order.pk for order in orders], "next": f"{BOARD}&sort=due"}


def done(manager: Client, wanted: dict[str, Any]) -> str:
    """The page of the batch when all of it is done."""
    path = manager.post(START, {**DAY, **wanted}).headers["Location"]
    while manager.post(f"{path}go-on/", headers={"Accept": "application/json"}).json()["left"]:
        pass
    return one_line(manager.get(path))


class TestBoard:
    def test_each_row_can_be_ticked_for_what_it_allows(
        self, manager: Client, suggestion: models.Suggestion, decided: models.Assignment
    ) -> None:
        page = one_line(manager.get(BOARD))

        for order, of in ((suggestion.order, "suggestion"), (decided.order, "decision")):
            assert f'name="order" value="{order.pk}" form="selection" data-key="pick" data-of="{of}"' in page
        assert f'<form class="selection" id="selection" method="get" action="{PAGE}"' in page


class TestSummary:
    def test_lists_what_it_is_about_and_why_not_the_others(
        self, manager: Client, suggestion: models.Suggestion, decided: models.Assignment
    ) -> None:
        orders = suggestion.order, decided.order

        approve = manager.get(PAGE, asked("APPROVE", *orders))
        hold = manager.get(PAGE, asked("HOLD", *orders))

        assert [line.number for line in approve.context["lines"].able] == ["WO-1"]
        assert [line.why for line in approve.context["lines"].left] == [f"It is with {decided.crew.name} already."]
        assert [line.number for line in hold.context["lines"].able] == ["WO-2"]
        assert [line.why for line in hold.context["lines"].left] == ["No crew is decided yet."]

    def test_shows_what_is_to_be_read_before_an_approval(self, manager: Client, suggestion: models.Suggestion) -> None:
        late = also(suggestion, "WO-3", warnings=[{"code": "late", "text": "An hour late."}])
        waits = also(suggestion, "WO-4", tentative=True)

        page = one_line(manager.get(PAGE, asked("APPROVE", late.order, waits.order)))

        assert "An hour late." in page
        assert "Approve tentatively what waits for a permit (1)" in page

    def test_what_is_pinned_is_neither_held_nor_moved(
        self, manager: Client, decided: models.Assignment, mara: Any
    ) -> None:
        pinning.pin(assignment=decided, by=mara, now=factories.NOW)

        for act in ("HOLD", "MOVE"):
            page = manager.get(PAGE, asked(act, decided.order))
            assert not page.context["lines"].able
            assert "None of the selected orders" in page.content.decode()

    def test_leads_back_to_the_board_as_it_was(self, manager: Client, suggestion: models.Suggestion) -> None:
        page = one_line(manager.get(PAGE, asked("APPROVE", suggestion.order)))
        elsewhere = one_line(manager.get(PAGE, {**asked("APPROVE", suggestion.order), "next": "//evil.example/"}))

        assert f'href="{BOARD}&amp;sort=due"' in page
        assert f'href="{BOARD}"' in elsewhere
        assert "evil.example" not in elsewhere

    @pytest.mark.parametrize(
        "nonsense",
        [{}, {"act": "DANCE"}, {"order": "x"}, {"order": "9" * 30}, {"order": ["1"] * 201}, {"order": "-1"}],
    )
    def test_nonsense_is_refused_in_words(
        self, manager: Client, suggestion: models.Suggestion, nonsense: dict[str, Any]
    ) -> None:
        query = {**DAY, **({"act": "APPROVE", **nonsense} if nonsense else {})}

        answer = manager.get(PAGE, query)

        assert answer.status_code == 409
        assert "Nothing was decided." in answer.content.decode()

    def test_orders_of_other_districts_cannot_be_named(self, manager: Client, elsewhere: models.District) -> None:
        theirs = factories.OrderFactory(district=elsewhere)

        assert manager.get(PAGE, asked("APPROVE", theirs)).status_code == 409

    def test_costs_the_same_queries_for_many(self, manager: Client, suggestion: models.Suggestion) -> None:
        def cost(*orders: models.WorkOrder) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert manager.get(PAGE, asked("APPROVE", *orders)).status_code == 200
            return len(queries)

        cost(suggestion.order)
        one = cost(suggestion.order)
        more = [also(suggestion, f"WO-{number}").order for number in range(5, 15)]

        assert cost(suggestion.order, *more) == one

    def test_is_closed_to_strangers(self, stranger: Client, anonymous: Client, district: models.District) -> None:
        assert stranger.get(PAGE).status_code == 404
        assert anonymous.get(PAGE).status_code == 302


class TestStart:
    def test_rejects_with_one_reason_and_leads_to_what_became_of_each(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        ticked = [suggestion.pk, also(suggestion, "WO-3").pk]

        page = done(manager, {"act": "REJECT", "suggestion": ticked, "code": "BAD_TIME"})

        assert "2 suggestions rejected" in page
        assert "The time does not suit" in page
        assert "Undo all 2" in page

    def test_moves_and_takes_all_back_from_the_same_page(self, manager: Client, decided: models.Assignment) -> None:
        page = done(manager, {"act": "MOVE", "assignment": [decided.pk], "later_by": "60"})
        batch = models.Batch.objects.latest("started_at")
        back = one_line(manager.post(f"/batches/{batch.pk}/take-back/", follow=True))

        assert "1 order moved" in page
        assert "Each with its crew, 1 h later" in page
        assert "1 move taken back" in back
        assert models.Assignment.objects.live().get().starts_at == decided.starts_at

    def test_holds(self, manager: Client, decided: models.Assignment) -> None:
        page = done(manager, {"act": "HOLD", "assignment": [decided.pk]})

        assert "1 order held" in page
        assert models.Assignment.objects.get(pk=decided.pk).pinned

    def test_approves(self, manager: Client, suggestion: models.Suggestion) -> None:
        assert "1 order approved" in done(manager, {"act": "APPROVE", "suggestion": [suggestion.pk]})

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ({"act": "APPROVE"}, "Select at least one order."),
            ({"act": "REJECT", "suggestion": "mine"}, "Say why in a few words"),
            ({"act": "MOVE", "assignment": "mine"}, "Choose another crew or another time."),
            ({"act": "MOVE", "assignment": "x", "later_by": "60"}, "not there any more"),
            ({"act": "DANCE"}, "Select a valid choice"),
        ],
    )
    def test_what_is_missing_is_said(
        self,
        manager: Client,
        suggestion: models.Suggestion,
        decided: models.Assignment,
        wanted: dict[str, Any],
        said: str,
    ) -> None:
        mine = {"suggestion": suggestion.pk, "assignment": decided.pk}
        sent = {name: mine.get(name, value) if value == "mine" else value for name, value in wanted.items()}

        answer = manager.post(START, {**DAY, **sent})

        assert answer.status_code == 409
        assert said in answer.content.decode()
        assert not models.Batch.objects.exists()

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, suggestion: models.Suggestion
    ) -> None:
        asked = {**DAY, "act": "APPROVE", "suggestion": [suggestion.pk]}

        assert viewer.post(START, asked).status_code == 403
        assert stranger.post(START, asked).status_code == 404
        assert anonymous.post(START, asked).status_code == 302
        assert not models.Batch.objects.exists()
