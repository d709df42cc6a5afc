"""Work that waits for an order, and the work that waits for that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch

from assignments import models


@dataclass(frozen=True, slots=True)
class Follower:
    """Open work that waits for `after`, which is the order itself or one of its followers."""

    order: models.WorkOrder
    after: models.WorkOrder
    depth: int
    """1 for what waits for the order itself."""
    assignment: models.Assignment | None
    """The live one of `order`."""
    awaited: models.Assignment | None
    """The live one of `after`."""


def followers(order: models.WorkOrder) -> tuple[Follower, ...]:
    """Nearest first, each once, by the way that is shortest; by three queries however long the chain is."""
    steps = _steps(order)
    if not steps:
        return ()
    related = models.WorkOrder.objects.filter(pk__in={order.pk, *steps}).prefetch_related(
        Prefetch("assignments", queryset=models.Assignment.objects.live().leads().with_teams(), to_attr="live")
    )
    rows = {row.pk: row for row in related}
    return tuple(
        Follower(rows[pk], rows[after], depth, _live(rows[pk]), _live(rows[after]))
        for pk, (after, depth) in steps.items()
        if pk in rows
    )


def _live(order: models.WorkOrder) -> models.Assignment | None:
    found: list[models.Assignment] = order.live  # type: ignore[attr-defined]  # a prefetch
    return found[0] if found else None


def _steps(order: models.WorkOrder) -> Mapping[int, tuple[int, int]]:
    """By follower: what it waits for, and how many steps from the order that is; in order of distance."""
    waiting: dict[int, list[int]] = defaultdict(list)
    links = models.WorkOrder.prerequisites.through.objects.filter(from_workorder__district=order.district_id)
    links = links.exclude(from_workorder__status__in=models.WorkOrder.FINISHED).order_by("from_workorder__number")
    for follower, after in links.values_list("from_workorder", "to_workorder"):
        waiting[after].append(follower)
    found: dict[int, tuple[int, int]] = {}
    reached, depth = [order.pk], 1
    while reached:
        before = reached
        reached = []
        for after in before:
            for follower in waiting[after]:
                # A circle ends where it began.
                if follower not in found and follower != order.pk:
                    found[follower] = (after, depth)
                    reached.append(follower)
        depth += 1
    return found
