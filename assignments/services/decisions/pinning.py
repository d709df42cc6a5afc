"""Pinning: a decision stays where it is, whatever an emergency or a colleague would rather do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.decisions import booking, guards
from assignments.services.records import auditing, events, refusals
from assignments.services.writebacks import pins


@transaction.atomic
def pin(*, assignment: models.Assignment, by: Any, now: datetime) -> models.Assignment:
    """The assignment, which nothing moves any more. Raises NotAManager, AssignmentNotLive."""
    return _set(assignment, pinned=True, by=by, now=now)


@transaction.atomic
def unpin(*, assignment: models.Assignment, by: Any, now: datetime) -> models.Assignment:
    """The assignment, which may be moved again. Raises NotAManager, AssignmentNotLive."""
    return _set(assignment, pinned=False, by=by, now=now)


def _set(assignment: models.Assignment, *, pinned: bool, by: Any, now: datetime) -> models.Assignment:
    """Doing it twice is one effect. What several crews do together is pinned as a whole."""
    order = assignment.order
    refusals.require_manager(by=by, district=order.district)
    booking.lock(orders=[order.pk])
    assignment.refresh_from_db(fields=["status", "pinned", "revoked_by", "revoked_at"])
    if assignment.status not in models.Assignment.LIVE:
        raise guards.AssignmentNotLive(guards.gone(assignment))
    if assignment.pinned == pinned:
        return assignment
    models.Assignment.objects.live().filter(order=order).update(pinned=pinned)
    assignment.pinned = pinned
    verb = "assignment.pinned" if pinned else "assignment.unpinned"
    auditing.record(
        verb=verb, row=assignment, by=by, now=now, order=order,
        before={"crew": assignment.crew.name, "pinned": not pinned}, after={"pinned": pinned},
    )  # fmt: skip
    pins.tell(assignment=models.Assignment.objects.get(pk=assignment.lead_id or assignment.pk), now=now)
    events.order_changed(orders=[order], cause=verb, now=now)
    return assignment
