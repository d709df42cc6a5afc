"""Orders that are another district's now: they leave the boards of the old one, and both hear of what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from assignments import models
from assignments.queries import chunks
from assignments.services.records import events, telling

Suggestion = models.Suggestion


def follow(*, moved: Mapping[int, int], now: datetime) -> None:
    """`moved` has the district before of each order that has moved; called in the transaction that moved it.

    What was suggested in the old district is over. A decision stands until a manager takes it back: those of both
    districts are told of it, and the old one's crew is still on its way.
    """
    for part in chunks.chunked(moved):
        Suggestion.objects.filter(order__in=part).transition(Suggestion.Status.EXPIRED)
        orders = models.WorkOrder.objects.filter(pk__in=part).select_related("district")
        live = models.Assignment.objects.live().filter(order__in=part, part=0).select_related("crew")
        decided = {one.order_id: one for one in live}
        before = models.District.objects.in_bulk({moved[pk] for pk in part})
        for order in orders:
            was = before[moved[order.pk]]
            events.order_left(order=order, district=was, now=now)
            if order.pk in decided:
                _tell(order, was, decided[order.pk], now)


def _tell(order: models.WorkOrder, was: models.District, decided: models.Assignment, now: datetime) -> None:
    for district in (was, order.district):
        start = decided.starts_at.astimezone(district.zone)
        telling.tell_managers(
            district=district, kind="assignment.red", by=telling.LINEUP, now=now, url=order.get_absolute_url(),
            title=f"{order.number} has moved from {was.name} to {order.district.name}",
            body=f"{order.title}: {decided.crew} has it for {start:%a %H:%M}. Keep that, or give it to another crew.",
        )  # fmt: skip
