"""Rows that are to be told, leased to one worker; of somebody who is away a single one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from assignments.models.reached import Reached
from assignments.services.writebacks import counting

MARGIN = timedelta(seconds=30)
"""Time beyond the other side's own timeout that a worker may be busy with one row."""


def claim(*, due: Any, of: str, target: Any, owner: str, now: datetime, limit: int, **values: Any) -> list[Any]:
    """Up to `limit` of the due rows, SENDING and leased to `owner` with `values`; the oldest first.

    `target` is what their relation `of` leads to. While it is away a single one, if nobody else tries it just now: the
    one that was tried least. Of `values` the rows say what was so before this attempt.
    """
    # Without the database's only writer as long as there is nothing to do.
    if limit < 1 or not due.exists():
        return []
    lasts = lease(target)
    with transaction.atomic():
        if target.is_away and not counting.hold_off(_table(target).filter(pk=target.pk), now=now, lasts=lasts):
            return []
        rows = due.select_related(of).order_by(*(["attempts", "pk"] if target.is_away else ["pk"]))
        if connection.features.has_select_for_update_skip_locked:
            # Elsewhere the database has one writer at a time: in both, what is read here is nobody else's to claim.
            rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
        claimed = list(rows[: 1 if target.is_away else limit])
        due.model._default_manager.filter(pk__in=[row.pk for row in claimed]).take_over(
            owner=owner, now=now, lasts=lasts, status="SENDING", attempts=F("attempts") + 1, **values
        )
    for row in claimed:
        row.status, row.attempts = "SENDING", row.attempts + 1
        row.lease_owner, row.lease_until = owner, now + lasts
    return claimed


def lease(target: Any) -> timedelta:
    """Length of a lease on what is told to the target."""
    return timedelta(seconds=target.timeout_seconds) + MARGIN


def _table(target: Reached) -> Any:
    return type(target)._default_manager
