"""Steps of the tests about work in parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.services.inputs import consequences
from assignments.services.snapshots import snapshotting
from tests.factories import NOW, at


def follow(order: models.WorkOrder, now: datetime = NOW) -> set[int]:
    told = consequences.follow(order_ids={order.pk}, crew_ids=(), now=now)
    order.refresh_from_db()
    return told


def parts_of(order: models.WorkOrder) -> list[models.WorkOrder]:
    return list(order.split_parts.filter(part__lte=order.parts_in_all).order_by("part"))


def works(order: models.WorkOrder) -> list[int]:
    return [part.work_minutes for part in parts_of(order)]


def snapshot_of(whole: models.WorkOrder, *orders: models.WorkOrder) -> snapshotting.Snapshot:
    start, end = at("00:00"), at("00:00", days=4)
    return snapshotting.problem_for(
        district=whole.district, start=start, end=end, now=NOW, order_ids=[order.pk for order in orders]
    )


def a_record(**fields: Any) -> messages.OrderMessage:
    """WO-20 as work management sends it."""
    sent: dict[str, Any] = {
        "reference": "W-20", "version": 1, "district": "NORTH", "number": "WO-20", "kind": "CORRECTIVE",
        "priority": "NORMAL", "title": "Rebuild pole line", "latitude": 41.95, "longitude": -88.25,
        "duration_minutes": 20 * 60,
    }  # fmt: skip
    return messages.OrderMessage(**{**sent, **fields})
