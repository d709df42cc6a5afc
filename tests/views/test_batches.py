"""Approving in bulk, its result, and taking it back: the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from assignments import models
from tests import factories

JSON = {"Accept": "application/json"}
START = "/districts/NORTH/approvals/start/"
RECENT = "/districts/NORTH/approvals/"
DAY = {"day": "2026-06-15"}


def also(suggestion: models.Suggestion, **changes: Any) -> models.Suggestion:
    """Another order's suggestion of the same run."""
    order = factories.OrderFactory(district=suggestion.order.district)
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=order.district))
    return factories.SuggestionFactory(run=suggestion.run, order=order, shift=shift, **changes)


@pytest.fixture
def batch(manager: Client, suggestion: models.Suggestion) -> models.Batch:
    """Mara approved WO-1; the other order's suggestion was out of date."""
    stale = also(suggestion, fingerprint="of another day")
    manager.post(START, {"suggestion": [suggestion.pk, stale.pk], **DAY})
    batch = models.Batch.objects.get()
    goes_on(manager, batch)
    return batch


def path(batch: models.Batch, act: str = "") -> str:
    return f"/batches/{batch.pk}/{act}"


def goes_on(manager: Client, batch: models.Batch) -> None:
    """As the batch's page does: a request settles what it can in its time, and the next one the rest."""
    while manager.post(path(batch, "go-on/"), headers=JSON).json()["left"]:
        pass


class TestSummary:
    def test_lists_only_what_nothing_speaks_against(self, manager: Client, suggestion: models.Suggestion) -> None:
        also(suggestion, warnings=[{"code": "late", "text": "Late."}])
        also(suggestion, tentative=True)
        also(suggestion, in_plan=False)

        page = manager.get("/districts/NORTH/board/approve/?day=2026-06-15")

        assert [line.number for line in page.context["lines"]] == ["WO-1"]

    def test_is_closed_to_strangers(self, stranger: Client, anonymous: Client, district: Any) -> None:
        assert stranger.get("/districts/NORTH/board/approve/").status_code == 404
        assert anonymous.get("/districts/NORTH/board/approve/").status_code == 302

    def test_an_empty_one_says_so(self, manager: Client) -> None:
        assert "Nothing to approve in bulk" in manager.get("/districts/NORTH/board/approve/").content.decode()


class TestStart:
    def test_leads_to_what_became_of_each(self, manager: Client, batch: models.Batch) -> None:
        page = manager.get(path(batch)).content.decode()

        assert "1 of 2 orders approved" in page
        refused = batch.items.get(status="REFUSED")
        assert f'href="/orders/{refused.order.number}/"' in page
        assert refused.sentence in page
        assert "Undo all 1" in page

    @pytest.mark.parametrize("ticked", [{}, {"suggestion": "x"}, {"suggestion": "9" * 30}, {"suggestion": "-1"}])
    def test_nothing_or_nonsense_ticked_is_refused_in_words(self, manager: Client, ticked: dict[str, str]) -> None:
        answer = manager.post(START, {**ticked, **DAY})

        assert answer.status_code == 409
        assert "Nothing was approved." in answer.content.decode()

    def test_suggestions_of_other_districts_cannot_be_named(self, manager: Client, elsewhere: models.District) -> None:
        order = factories.OrderFactory(district=elsewhere)
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=elsewhere))
        theirs = factories.SuggestionFactory(order=order, shift=shift)

        assert manager.post(START, {"suggestion": [theirs.pk], **DAY}).status_code == 409
        assert not models.Batch.objects.exists()

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, suggestion: models.Suggestion
    ) -> None:
        ticked = {"suggestion": [suggestion.pk], **DAY}

        assert viewer.post(START, ticked).status_code == 403
        assert stranger.post(START, ticked).status_code == 404
        assert anonymous.post(START, ticked).status_code == 302
        assert not models.Batch.objects.exists()


class TestGoingOn:
    @pytest.fixture
    def begun(self, suggestion: models.Suggestion, mara: Any) -> models.Batch:
        """Nothing of it was done before its page was closed."""
        batch = models.Batch.objects.create(
            district=suggestion.order.district, day=factories.DAY, started_by=mara, started_at=factories.NOW
        )
        models.BatchItem.objects.create(batch=batch, place=0, order=suggestion.order, suggestion=suggestion)
        return batch

    def test_the_page_says_what_is_left_and_goes_on_without_a_script(
        self, manager: Client, begun: models.Batch
    ) -> None:
        assert "Go on with the other 1" in " ".join(strip_tags(manager.get(path(begun)).content.decode()).split())

        answer = manager.post(path(begun, "go-on/"))

        assert (answer.status_code, answer.headers["Location"]) == (303, path(begun))
        assert begun.items.get().status == "APPROVED"

    def test_a_script_is_told_how_many_are_left(self, manager: Client, begun: models.Batch) -> None:
        answer = manager.post(path(begun, "go-on/"), headers=JSON)

        assert answer.json()["left"] == 0

    def test_a_colleague_is_told_whose_it_is(self, jonas: Any, clock: None, begun: models.Batch) -> None:
        client = Client()
        client.force_login(jonas)

        assert "The rest is done by itself" in client.get(path(begun)).content.decode()
        assert client.post(path(begun, "go-on/"), headers=JSON).json()["code"] == "begun-by-another"


class TestTakingBack:
    def test_undoes_all_and_says_so(self, manager: Client, batch: models.Batch) -> None:
        answer = manager.post(path(batch, "take-back/"))

        assert (answer.status_code, answer.headers["Location"]) == (303, path(batch))
        goes_on(manager, batch)
        page = manager.get(path(batch)).content.decode()
        assert "Taken back by Mara Lindqvist" in page
        assert not models.Assignment.objects.live().exists()

    def test_names_what_could_not_be_taken_back(self, manager: Client, batch: models.Batch) -> None:
        models.Assignment.objects.all().transition("DISPATCHED")

        manager.post(path(batch, "take-back/"))

        assert "WO-1 has been dispatched to Trouble 7." in manager.get(path(batch)).content.decode()

    def test_after_ten_minutes_it_asks_why(self, manager: Client, batch: models.Batch) -> None:
        models.Batch.objects.update(started_at=factories.NOW - timedelta(minutes=10))

        refused = manager.post(path(batch, "take-back/"))
        assert refused.status_code == 409
        assert f'href="{path(batch)}"' in refused.content.decode()
        assert "Revoke all 1 because" in manager.get(path(batch)).content.decode()

        assert manager.post(path(batch, "take-back/"), {"reason": "Ice"}).status_code == 303
        assert models.Assignment.objects.get().revoke_reason == "Ice"


class TestRecent:
    def test_offers_to_undo_single_approvals_and_batches(self, manager: Client, batch: models.Batch, mara: Any) -> None:
        order = factories.OrderFactory(district=batch.district, number="WO-50", status="SCHEDULED")
        single = factories.AssignmentFactory(order=order, approved_by=mara, approved_at=factories.NOW)
        old = factories.OrderFactory(district=batch.district, number="WO-51", status="SCHEDULED")
        ago = factories.NOW - timedelta(minutes=11)
        factories.AssignmentFactory(order=old, approved_by=mara, approved_at=ago)
        factories.AssignmentFactory(order=factories.OrderFactory(district=batch.district, number="WO-52"))

        page = manager.get(RECENT)

        assert [one.number for one in page.context["singles"]] == ["WO-50"]
        assert f'formaction="/assignments/{single.pk}/undo/"' in page.content.decode()
        assert "Undo all 1" in page.content.decode()

    def test_the_number_of_queries_does_not_grow(
        self, manager: Client, batch: models.Batch, mara: Any, django_assert_num_queries: Any
    ) -> None:
        _approved_alone(batch, mara)
        manager.get(RECENT)
        with CaptureQueriesContext(connection) as before:
            manager.get(RECENT)
            manager.get(path(batch))
        for place in range(2, 6):
            order = factories.OrderFactory(district=batch.district, status="SCHEDULED")
            made = factories.AssignmentFactory(order=order, approved_by=mara, approved_at=factories.NOW)
            models.BatchItem.objects.create(batch=batch, place=place, order=order, assignment=made, status="APPROVED")
            _approved_alone(batch, mara)

        with django_assert_num_queries(len(before)):
            manager.get(RECENT)
            manager.get(path(batch))


def _approved_alone(batch: models.Batch, by: Any) -> None:
    order = factories.OrderFactory(district=batch.district, status="SCHEDULED")
    factories.AssignmentFactory(order=order, approved_by=by, approved_at=factories.NOW)


def test_who_may_see_what(viewer: Client, stranger: Client, anonymous: Client, batch: models.Batch) -> None:
    for page in (RECENT, path(batch)):
        assert viewer.get(page).status_code == 200
        assert stranger.get(page).status_code == 404
        assert anonymous.get(page).status_code == 302
    for act in ("go-on/", "take-back/"):
        assert viewer.post(path(batch, act)).status_code == 403
        assert stranger.post(path(batch, act)).status_code == 404
        assert anonymous.post(path(batch, act)).status_code == 302
    assert models.Assignment.objects.live().exists()
