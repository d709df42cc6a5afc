"""An order that is another district's now leaves the boards of the old one."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.downstream.messages import Resource
from notifications.models import Event, Notification
from tests import factories
from tests.records import order
from tests.services.following.calls import Sources, again, follow

pytestmark = pytest.mark.django_db


def test_an_order_that_moves_leaves_the_old_boards_and_its_decision_is_told_to_both(
    sources: Sources, district: models.District, elsewhere: models.District, mara: Any, stella: Any
) -> None:
    """It used to stay on the old district's open boards, with Approve."""
    models.DownstreamSystem.objects.update(answers_for="ALL")
    follow()
    row = models.WorkOrder.objects.get(source_reference="W-1")
    suggestion = factories.SuggestionFactory(order=row)
    factories.AssignmentFactory(order=row)
    sources["work"].world[Resource.ORDERS] = [order("W-1", 12, district="SOUTH", title="Moved")]
    sources["work"].version = 12

    again()

    told = Event.objects.filter(type="order.changed", data__order=row.pk, data__district=elsewhere.pk)
    assert {event.channel for event in told} == {f"district:{district.pk}", f"district:{elsewhere.pk}"}
    suggestion.refresh_from_db()
    assert suggestion.status == "EXPIRED"
    title = f"{row.number} has moved from North to South"
    assert set(Notification.objects.filter(title=title).values_list("user", flat=True)) == {mara.pk, stella.pk}
