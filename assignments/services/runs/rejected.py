"""Rejections that hold: what they keep out of a run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from assignments import models
from assignments.queries import chunks
from assignments.services.snapshots import snapshotting

Key = tuple[int, ...]
"""The order's id, and those of the shifts, the lead crew's first."""


def held(*, snapshot: snapshotting.Snapshot, order_ids: Collection[int] | None = None) -> set[Key]:
    """The rejections of the snapshot's orders, or of these of them, and of its shifts, whose facts are still those that
    they were made on."""
    found: set[Key] = set()
    wanted = snapshot.orders.keys() if order_ids is None else order_ids & snapshot.orders.keys()
    rows = models.Rejection.objects.held().filter(order__district__in={o.district_id for o in snapshot.orders.values()})
    for part in chunks.chunked(wanted):
        for row in rows.filter(order__in=part):
            if snapshot.facts(row.order_id, *row.shift_ids) == row.facts:
                found.add((row.order_id, *row.shift_ids))
    return found


def left_out(*, snapshot: snapshotting.Snapshot) -> snapshotting.Snapshot:
    """The snapshot with these rejections in its problem: whoever ranks and plans it passes them over."""
    return replace(snapshot, problem=replace(snapshot.problem, rejected=frozenset(held(snapshot=snapshot))))
