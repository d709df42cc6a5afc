"""Rows that are to be told, leased to one worker; of somebody who is away a single one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Least

from assignments.models.reached import Reached
from assignments.services.writebacks import counting
from notifications.services import held_rows

MARGIN = timedelta(seconds=30)
"""Time beyond the other side's own timeout that a worker may be busy with one row."""
FIRST_PAGE, LONGEST_PAGE = 64, 4096
"""Rows looked at for one that may go: most may, so that a long queue is not read for a few of them."""


MOST_ATTEMPTS = 32_000
"""Counted: what is tried with one that is away for weeks stays within its column."""
_one_more = Least(F("attempts") + 1, MOST_ATTEMPTS)


def claim(*, due: Any, of: str, target: Any, owner: str, now: datetime, limit: int, **values: Any) -> list[Any]:
    """Up to `limit` rows, SENDING and leased to `owner` with `values`; the oldest first.

    `due` are those whose time has come; of them only the heads of their queues are taken. `target` is what their
    relation `of` leads to. While it is away a single one, if nobody else tries it just now: the one that was tried
    least. Of `values` the rows say what was so before this attempt.
    """
    # Where the database has one writer, not without something to do.
    if limit < 1 or not (connection.features.has_select_for_update_skip_locked or due.at_the_head().exists()):
        return []
    lasts = lease(target)
    with held_rows.brief():
        if target.is_away and not _may_try(due, target, now, lasts):
            return []
        claimed = _least_tried(due) if target.is_away else _oldest(due, limit)
        if claimed:
            due.model._default_manager.filter(pk__in=[row.pk for row in claimed]).take_over(
                owner=owner, now=now, lasts=lasts, status="SENDING", attempts=_one_more, **values
            )
    for row in claimed:
        row.status, row.attempts = "SENDING", min(row.attempts + 1, MOST_ATTEMPTS)
        row.lease_owner, row.lease_until = owner, now + lasts
        setattr(row, of, target)
    return claimed


def lease(target: Any) -> timedelta:
    """Length of a lease on what is told to the target."""
    return timedelta(seconds=target.timeout_seconds) + MARGIN


def _may_try(due: Any, target: Reached, now: datetime, lasts: timedelta) -> bool:
    row = type(target)._default_manager.filter(pk=target.pk)
    return due.at_the_head().exists() and bool(counting.hold_off(row, now=now, lasts=lasts))


def _least_tried(due: Any) -> list[Any]:
    return list(_locked(due.at_the_head().order_by("attempts", "pk"))[:1])


def _oldest(due: Any, limit: int) -> list[Any]:
    """Looked for page by page: asked for at once, a database reads the whole queue of a target that was away."""
    found: list[Any] = []
    waiting, page, last = due.order_by("pk"), FIRST_PAGE, 0
    while len(found) < limit:
        ids = list(waiting.filter(pk__gt=last).values_list("pk", flat=True)[:page])
        if ids:
            found += _locked(due.filter(pk__in=ids).at_the_head().order_by("pk"))[: limit - len(found)]
        if len(ids) < page:
            break
        last, page = ids[-1], min(2 * page, LONGEST_PAGE)
    return found


def _locked(rows: Any) -> Any:
    # Elsewhere the database has one writer at a time: in both, what is read here is nobody else's to claim.
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows
