"""The page of a batch while it is approved or taken back, and afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from assignments import models
from assignments.services.batches import batching
from assignments.views import batches as views
from tests import factories

JSON = {"Accept": "application/json"}
RECENT = "/districts/NORTH/approvals/"


def path(batch: models.Batch, act: str = "") -> str:
    return f"/batches/{batch.pk}/{act}"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("WAITING", {"way": "approving", "done": 1, "left": 2, "message": "1 of 3 orders done."}),
        ("LEAVING", {"way": "leaving", "done": 1, "left": 2, "message": "1 of 3 approvals taken back."}),
    ],
)
def test_a_script_is_told_how_far_it_has_come(
    manager: Client, district: models.District, mara: Any, monkeypatch: Any, status: str, expected: dict[str, Any]
) -> None:
    # Each request settles one item.
    monkeypatch.setattr(views, "SECONDS_OF_A_SCRIPT", 0.0)
    batch = _batch(district, mara, [status] * 3)

    assert manager.post(path(batch, "go-on/"), headers=JSON).json() == expected


class TestWhileItIsTakenBack:
    """Two of four approvals stand yet, one has gone, and one could not be taken back."""

    @pytest.fixture
    def leaving(self, district: models.District, mara: Any) -> models.Batch:
        return _batch(district, mara, ["LEAVING", "LEAVING", "UNDONE", "KEPT", "WITHDRAWN", "REFUSED"])

    def test_the_page_speaks_of_taking_back_alone(self, manager: Client, leaving: models.Batch) -> None:
        page = _words(manager.get(path(leaving)))

        assert "Taking back 4 approvals" in page
        assert "1 of 4 approvals taken back; 1 could not be. The rest is taken back by itself" in page
        assert "Take back the other 2" in page
        assert "Being taken back by Mara Lindqvist" in page
        for heading in ("Still to be taken back (2)", "Taken back (1)", "Not taken back (1)"):
            assert heading in page
        assert "Not begun (1)" in page
        for untrue in ("Approved (", "Undo all", "Go on with", "Taken back by"):
            assert untrue not in page

    def test_so_does_the_list_of_recent_ones(self, manager: Client, leaving: models.Batch) -> None:
        page = _words(manager.get(RECENT))

        assert "1 of 4 approvals taken back; 1 could not be." in page
        assert "Undo all" not in page

    def test_afterwards_it_says_what_is_left(self, manager: Client, leaving: models.Batch) -> None:
        leaving.items.filter(status="LEAVING").transition("UNDONE")

        page = _words(manager.get(path(leaving)))

        assert "1 approval left of 4" in page
        assert "Taken back in part by Mara Lindqvist" in page
        assert "Undo all 1" in page

    def test_that_none_could_be(self, manager: Client, leaving: models.Batch) -> None:
        leaving.items.exclude(status="KEPT").delete()

        page = _words(manager.get(path(leaving)))

        assert "1 approval left of 1" in page
        assert "None could be taken back by Mara Lindqvist" in page

    def test_that_all_are_gone(self, manager: Client, leaving: models.Batch) -> None:
        leaving.items.exclude(status__in=["UNDONE", "WITHDRAWN"]).delete()

        page = _words(manager.get(path(leaving)))

        assert "1 approval taken back" in page
        assert "Taken back by Mara Lindqvist" in page

    def test_that_it_was_stopped_before_anything_was_approved(
        self, manager: Client, district: models.District, suggestion: models.Suggestion, mara: Any
    ) -> None:
        batch = batching.start(
            district=district, day=factories.DAY, suggestions=[suggestion], by=mara, now=factories.NOW
        )
        assert "Stop and undo all" in _words(manager.get(path(batch)))

        manager.post(path(batch, "take-back/"))

        page = _words(manager.get(path(batch)))
        assert "None of 1 order approved" in page
        assert "Stopped by Mara Lindqvist" in page


def _batch(district: models.District, by: Any, statuses: list[str]) -> models.Batch:
    asked = {"undo_asked_by": by, "undo_asked_at": factories.NOW}
    batch = models.Batch.objects.create(
        district=district, day=factories.DAY, started_by=by, started_at=factories.NOW, **asked
    )
    for place, status in enumerate(statuses):
        _add(batch, place, status, by)
    return batch


def _add(batch: models.Batch, place: int, status: str, by: Any) -> None:
    """An item of that state, with the approval that it has then."""
    order = factories.OrderFactory(district=batch.district, status="SCHEDULED")
    made = None
    if status not in {"WAITING", "WITHDRAWN", "REFUSED"}:
        made = factories.AssignmentFactory(order=order, approved_by=by, approved_at=factories.NOW)
    said = {"sentence": "It has been dispatched."} if status in {"KEPT", "REFUSED"} else {}
    models.BatchItem.objects.create(batch=batch, place=place, order=order, assignment=made, status=status, **said)


def _words(page: Any) -> str:
    """The text of the page's main part, spaced by single blanks."""
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(strip_tags(main).split())
