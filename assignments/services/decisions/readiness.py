"""Whether an order waits for something or is ready for a crew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch

from assignments import models
from assignments.queries import chunks

Status = models.WorkOrder.Status


@transaction.atomic
def settle(*, order_ids: Collection[int], now: datetime) -> set[int]:
    """The ids of those of the orders that became waiting or ready; orders that have a crew or are done stay alone."""
    changed: set[int] = set()
    for part in chunks.chunked(order_ids):
        orders = _assignable(part)
        for status in (Status.WAITING, Status.READY):
            ids = [order.pk for order in orders if order.status != status and status_of(order, now=now) == status]
            still = models.WorkOrder.objects.assignable().filter(pk__in=ids)
            still.transition(status, version=F("version") + 1)
            changed.update(ids)
    return changed


def statuses(*, order_ids: Collection[int], now: datetime) -> dict[str, list[int]]:
    """The ids of those of the orders that are open, by whether they wait or are ready once no crew has them."""
    found: dict[str, list[int]] = {}
    for order in _with_what_they_wait_for(models.WorkOrder.objects.open().filter(pk__in=order_ids)):
        found.setdefault(status_of(order, now=now), []).append(order.pk)
    return found


def status_of(order: Any, *, now: datetime) -> str:
    """WAITING while materials, a live permit of a required kind or a prerequisite are missing, else READY.

    `order` carries its prefetched `unfinished` prerequisites and, like the whole of a part, its `live_permits`.
    """
    covered = {permit.kind for permit in order.whole.live_permits if permit.covers(order.district, now)}
    waits = not order.materials_ready or bool(order.unfinished) or not covered.issuperset(order.required_permits)
    return Status.WAITING if waits else Status.READY


def _assignable(order_ids: list[int]) -> list[models.WorkOrder]:
    return _with_what_they_wait_for(models.WorkOrder.objects.assignable().filter(pk__in=order_ids))


def _with_what_they_wait_for(rows: models.orders.WorkOrderQuerySet) -> list[models.WorkOrder]:
    return list(
        # Locked in one order, as by every writer of many orders.
        rows.select_for_update(of=("self",), no_key=True)
        .select_related("district__state")
        # Read anew for each order, and as large as a district is drawn.
        .defer("description", "district__boundary", "district__network")
        .order_by("pk")
        .prefetch_related(
            Prefetch("permits", queryset=models.Permit.objects.live(), to_attr="live_permits"),
            Prefetch("part_of__permits", queryset=models.Permit.objects.live(), to_attr="live_permits"),
            Prefetch("prerequisites", queryset=models.WorkOrder.objects.open().only("pk"), to_attr="unfinished"),
        )
    )
