"""Whether an order waits for something or is ready for a crew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from assignments import models
from assignments.queries import chunks

Status = models.WorkOrder.Status


class _Order(NamedTuple):
    pk: int
    status: str
    district: int
    part_of: int | None
    materials_ready: bool
    required_permits: list[str]

    @property
    def whole(self) -> int:
        """The id of the order that has the permits."""
        return self.part_of or self.pk


@transaction.atomic(savepoint=False)
def settle(*, order_ids: Collection[int], now: datetime) -> set[int]:
    """The ids of those of the orders that became waiting or ready; orders that have a crew or are done stay alone."""
    changed: set[int] = set()
    for part in chunks.chunked(order_ids):
        orders = list(_with_status(models.WorkOrder.objects.assignable().filter(pk__in=chunks.among(part)), now))
        for status in (Status.WAITING, Status.READY):
            ids = [order.pk for order, found in orders if found == status != order.status]
            if ids:
                still = models.WorkOrder.objects.assignable().filter(pk__in=chunks.among(ids))
                still.transition(status, version=F("version") + 1)
                changed.update(ids)
    return changed


def statuses(*, order_ids: Collection[int], now: datetime) -> dict[str, list[int]]:
    """The ids of those of the orders that are open, by whether they wait or are ready once no crew has them."""
    found: dict[str, list[int]] = {}
    for order, status in _with_status(models.WorkOrder.objects.open().filter(pk__in=order_ids), now):
        found.setdefault(status, []).append(order.pk)
    return found


def _with_status(rows: models.orders.WorkOrderQuerySet, now: datetime) -> Iterator[tuple[_Order, str]]:
    """Each order, locked, WAITING while materials, a live permit of a required kind or a prerequisite are missing, else
    READY."""
    # Locked in one order, as by every writer of many orders.
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    orders = [_Order(*columns) for columns in locked.values_list(*_Order._fields)]
    covered = _covered([order for order in orders if order.required_permits], now)
    unfinished = _waiting_for_others([order.pk for order in orders])
    for order in orders:
        lacks = not covered[order.pk].issuperset(order.required_permits)
        waits = not order.materials_ready or order.pk in unfinished or lacks
        yield order, Status.WAITING if waits else Status.READY


def _covered(orders: Sequence[_Order], now: datetime) -> Mapping[int, set[str]]:
    """By order the kinds of permits on which its work may yet begin."""
    covered: dict[int, set[str]] = defaultdict(set)
    permits = _live_permits({order.whole for order in orders})
    if not permits:
        return covered
    # Once each, and without what is as large as a district is drawn.
    drawn = models.District.objects.select_related("state").defer("boundary", "network")
    districts = drawn.in_bulk({order.district for order in orders})
    for order in orders:
        theirs, district = permits.get(order.whole, ()), districts[order.district]
        covered[order.pk] = {
            permit.kind for permit in theirs if permit.kind in order.required_permits and permit.covers(district, now)
        }
    return covered


def _live_permits(order_ids: Collection[int]) -> dict[int, list[models.PermitWindow]]:
    found: dict[int, list[models.PermitWindow]] = defaultdict(list)
    rows = models.Permit.objects.live().order_by()
    for part in chunks.chunked(order_ids):
        columns = rows.filter(order__in=chunks.among(part)).values_list("order", *models.PermitWindow.COLUMNS)
        for order_id, *window in columns:
            found[order_id].append(models.PermitWindow(*window))
    return found


def _waiting_for_others(order_ids: Collection[int]) -> set[int]:
    """Orders among these of which a prerequisite is not finished."""
    found: set[int] = set()
    links = models.WorkOrder.prerequisites.through.objects.exclude(to_workorder__status__in=models.WorkOrder.FINISHED)
    for part in chunks.chunked(order_ids):
        found.update(links.filter(from_workorder__in=chunks.among(part)).values_list("from_workorder", flat=True))
    return found
