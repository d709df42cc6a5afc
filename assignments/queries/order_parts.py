"""The parts of an order, and what keeps one from having any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from assignments import models
from assignments.queries import longest_shift


@dataclass(frozen=True, slots=True)
class OrderParts:
    """An order's whole with its parts, each with its live decision under `live`."""

    whole: models.WorkOrder
    parts: tuple[models.WorkOrder, ...]
    """In order of number; none for work that is not split."""
    longest_shift: int | None
    """Minutes of the district's longest shift, asked where work is longer than a part may be; else None."""
    longest_part: int | None
    """Minutes of the longest part there."""


def order_parts(order: models.WorkOrder, now: datetime) -> OrderParts:
    """Two queries for a part or its whole, one for other long work, else none."""
    whole = order.whole
    live = models.Assignment.objects.live().leads().with_teams()
    rows = models.WorkOrder.objects.filter(part_of=whole, part__lte=whole.parts_in_all).order_by("part")
    parts = rows.prefetch_related(Prefetch("assignments", queryset=live, to_attr="live")) if whole.is_split else ()
    shift = None
    if order.duration_minutes > longest_shift.DRIVING:
        shift = longest_shift.longest_shifts([order.district_id], now).get(order.district_id)
    return OrderParts(whole, tuple(parts), shift, longest_shift.longest_work(order.district, shift))
