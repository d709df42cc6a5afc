"""Pins that have changed: told to every system that has the booking, or is to have it, by the booking once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from assignments import models
from assignments.services.writebacks import writing_back

Action = models.WriteBack.Action
Status = models.WriteBack.Status
_UNSENT = (Status.PENDING, Status.FAILED, Status.DEAD)


def tell(*, assignment: models.Assignment, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that takes pins and was last told otherwise, after all that is on its way
    about the order; what was not sent yet of earlier pins gives way. To be called under the lock of the order, with
    the assignment as it is now."""
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=Action.REVOKE)
    writing_back.cancel(rows=told.filter(action=Action.PIN, status__in=_UNSENT, may_be_known=False))
    # Of what was written off nothing more is told.
    standing = told.filter(action=Action.ASSIGN).exclude(status__in=[Status.COMPENSATED, Status.WRITTEN_OFF])
    rows = told.exclude(status=Status.COMPENSATED).filter(target__in=standing.values("target"), target__takes_pins=True)
    last = {row.target_id: row for row in rows.order_by("pk")}
    otherwise = [row for row in last.values() if row.payload.get("pinned", False) != assignment.pinned]
    if not otherwise:
        return []
    pins = models.WriteBack.objects.filter(assignment=assignment, action=Action.PIN).order_by()
    repairs = dict(pins.values("target").annotate(last=Max("repair")).values_list("target", "last"))
    sequence = writing_back.following(assignment.order_id)
    made = [
        models.WriteBack(
            assignment=assignment, target_id=row.target_id, action=Action.PIN, sequence=sequence,
            repair=repairs.get(row.target_id, -1) + 1, payload=_payload(row.payload, assignment, sequence),
        )
        for row in otherwise
    ]  # fmt: skip
    return writing_back.store(rows=made, now=now)


def _payload(told: Mapping[str, Any], assignment: models.Assignment, sequence: int) -> dict[str, Any]:
    """As it was told, a correction included. A system knows a booking by its assignment and puts this in its place."""
    return {
        **told,
        "action": Action.ASSIGN.value,
        "sequence": sequence,
        "tentative": assignment.status == models.Assignment.Status.TENTATIVE,
        "pinned": assignment.pinned,
    }
