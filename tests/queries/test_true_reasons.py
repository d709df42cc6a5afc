"""A reason that hangs on other work of the crew is told while that work is there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.queries import true_reasons
from assignments.services.decisions import revoking
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db

REASONS = [
    {"code": "only", "text": "The only crew that may do it."},
    {"code": "same-feeder", "text": "Already works on feeder F-101."},
]


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    order = factories.OrderFactory(district=district, number="WO-1", feeder="F-101")
    shift = factories.ShiftFactory(crew__district=district)
    return factories.SuggestionFactory(order=order, shift=shift, starts_at=at("12:00"), reasons=REASONS)


@pytest.fixture
def other(suggestion: models.Suggestion, mara: Any) -> models.Assignment:
    order = factories.OrderFactory(district=suggestion.order.district, feeder="F-101", status="SCHEDULED")
    return factories.AssignmentFactory(order=order, shift=suggestion.shift)


def told(suggestion: models.Suggestion) -> list[str]:
    suggestion.refresh_from_db()
    [shown] = true_reasons.pruned([suggestion])
    return [reason["code"] for reason in shown.reasons]


def test_goes_and_comes_with_the_other_work(suggestion: Any, other: models.Assignment, mara: Any, now: Any) -> None:
    assert told(suggestion) == ["only", "same-feeder"]

    revoking.undo(assignment=other, by=mara, now=now)

    assert told(suggestion) == ["only"]


@pytest.mark.parametrize(
    "facts",
    [{"order__feeder": "F-102"}, {"starts_at": at("18:00"), "departs_at": at("18:00")}, {"status": "COMPLETED"}],
)
def test_needs_the_same_feeder_on_the_same_shift(suggestion: models.Suggestion, facts: dict[str, Any]) -> None:
    known = {"order__district": suggestion.order.district, "order__feeder": "F-101", "order__status": "SCHEDULED"}
    factories.AssignmentFactory(shift=suggestion.shift, **(known | facts))

    assert told(suggestion) == ["only"]


def test_is_so_on_board_and_review(
    suggestion: models.Suggestion, other: models.Assignment, vic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.NOW)
    client = Client()
    client.force_login(vic)
    pages = ("/districts/NORTH/board/?day=2026-06-15", "/orders/WO-1/?day=2026-06-15")
    assert all("Already works on feeder" in client.get(page).content.decode() for page in pages)

    models.Assignment.objects.all().delete()

    assert not any("Already works on feeder" in client.get(page).content.decode() for page in pages)
