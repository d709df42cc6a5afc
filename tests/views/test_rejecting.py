"""Rejecting on the review, and what board, summary and review tell of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services.decisions import rejecting
from tests import factories
from tests.factories import NOW
from tests.views.conftest import one_line

REVIEW = "/orders/WO-1/?day=2026-06-15"
BOARD = "/districts/NORTH/board/?day=2026-06-15"


@pytest.fixture
def rejection(suggestion: models.Suggestion, mara: Any) -> models.Rejection:
    """Trouble 7, the only crew that is suggested for WO-1, is rejected."""
    models.Verdict.objects.create(run=suggestion.run, order=suggestion.order, legal=4, text="4 crews may do it.")
    rejecting.reject(suggestion=suggestion, code="NEEDED_ELSEWHERE", reason="Storm", by=mara, now=NOW)
    return models.Rejection.objects.get()


class TestRejecting:
    def test_takes_a_code_and_words(self, manager: Client, suggestion: models.Suggestion) -> None:
        page = one_line(manager.get(REVIEW))
        assert '<option value="CUSTOMER">The customer wants another crew</option>' in page

        manager.post(f"/suggestions/{suggestion.pk}/reject/", {"code": "CUSTOMER", "reason": "Rang up"})

        assert models.Rejection.objects.get().reason == "The customer wants another crew: Rang up"

    @pytest.mark.parametrize("said", [{}, {"code": "OTHER"}, {"code": "NONE", "reason": "Why"}])
    def test_without_a_reason_nothing_happens(self, manager: Client, suggestion: Any, said: dict[str, str]) -> None:
        manager.post(f"/suggestions/{suggestion.pk}/reject/", said)

        assert not models.Rejection.objects.exists()


class TestThePages:
    def test_the_review_ends_with_it_and_says_who_when_and_why(self, viewer: Client, rejection: Any) -> None:
        answer = viewer.get(REVIEW)

        [shown] = answer.context["review"].rejected
        assert (shown.name, shown.by, shown.at.text) == ("Trouble 7", "Mara Lindqvist", "05:45")
        assert "“Needed elsewhere: Storm”" in one_line(answer)
        assert answer.context["review"].ranked == ()

    def test_the_review_of_another_day_knows_nothing_of_it(self, viewer: Client, rejection: Any) -> None:
        assert viewer.get("/orders/WO-1/?day=2026-06-16").context["review"].rejected == ()

    def test_the_board_does_not_say_that_no_crew_fits(self, viewer: Client, rejection: Any) -> None:
        [row] = viewer.get(BOARD).context["rows"]

        assert row.nothing.word == "Trouble 7 is rejected, and no other crew is offered"

    def test_the_board_says_it_beside_a_later_run_too(self, viewer: Client, rejection: Any) -> None:
        later = factories.SuggestionRunFactory(
            district=rejection.order.district, requested_at=NOW + timedelta(minutes=1)
        )
        models.Verdict.objects.create(
            run=later, order=rejection.order, legal=0, text="No crew may do it: 1 rejected by a manager."
        )

        [row] = viewer.get(BOARD).context["rows"]

        assert row.nothing.word == "Trouble 7 is rejected, and no other crew is offered"

    def test_the_summary_of_a_bulk_approval_names_it(self, viewer: Client, rejection: Any) -> None:
        page = viewer.get("/districts/NORTH/board/approve/?day=2026-06-15")

        assert [group.title for group in page.context["open"]] == ["Crews rejected"]

    def test_the_panel_of_a_run_counts_them(self, viewer: Client, rejection: Any) -> None:
        figures = {"plan": 1, "rejected": 3}
        factories.SuggestionRunFactory(
            district=rejection.order.district, requested_at=NOW + timedelta(minutes=1), figures=figures
        )

        assert "3 rejections held" in viewer.get(BOARD).context["run"].figures

    def test_queries_do_not_grow(self, viewer: Client, rejection: models.Rejection, mara: Any) -> None:
        def asked(page: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                viewer.get(page)
            return len(queries)

        pages = (BOARD, REVIEW)
        [asked(page) for page in pages]
        few = [asked(page) for page in pages]
        for number in range(2, 8):
            order = factories.OrderFactory(district=rejection.order.district)
            for one in (order, rejection.order):
                crew = factories.CrewFactory(district=order.district, name=f"Line {number}{one.pk}")
                other = factories.SuggestionFactory(
                    order=one, run=models.SuggestionRun.objects.get(), shift=factories.ShiftFactory(crew=crew),
                    in_plan=False, rank=number,
                )  # fmt: skip
                rejecting.reject(suggestion=other, reason="No", by=mara, now=NOW)

        assert [asked(page) for page in pages] == few


class TestTakingBack:
    def test_is_one_press(self, manager: Client, rejection: models.Rejection, suggestion: models.Suggestion) -> None:
        address = f"/rejections/{rejection.pk}/take-back/"
        assert f'formaction="{address}"' in one_line(manager.get(REVIEW))

        answer = manager.post(address, headers={"Accept": "application/json"})

        assert answer.json()["message"] == "Trouble 7 may be offered for WO-1 again."
        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"

    def test_twice_says_who_was_first(self, manager: Client, rejection: models.Rejection) -> None:
        address = f"/rejections/{rejection.pk}/take-back/"
        manager.post(address)

        answer = manager.post(address, headers={"Accept": "application/json"})

        assert answer.status_code == 409
        assert answer.json()["sentence"] == "Mara Lindqvist took back the rejection of Trouble 7 at 05:45."

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, rejection: models.Rejection
    ) -> None:
        address = f"/rejections/{rejection.pk}/take-back/"

        assert viewer.post(address).status_code == 403
        assert stranger.post(address).status_code == 404
        assert anonymous.post(address).headers["Location"].startswith("/login/")
        assert viewer.get(address).status_code == 405
        assert models.Rejection.objects.held().exists()
