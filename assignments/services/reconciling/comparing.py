"""The life of a comparison: a person asks for it, a worker reads the target's book, and what differs becomes rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from assignments import models
from assignments.downstream import bookings
from assignments.downstream.client import ReadingLimits, Stopped
from assignments.downstream.trouble import SystemUnavailable
from assignments.services.reconciling import judging
from assignments.services.records import auditing, events, refusals
from assignments.services.writebacks import connecting

SECONDS = 120.0
"""For reading one book, attempts and waits included."""
LASTS = timedelta(seconds=SECONDS + 60)
"""Of a worker's lease."""

Status = models.BookComparison.Status


class NotATarget(refusals.Refusal):
    """Only a system that is told of decisions has a book to be compared, and a disabled one is not asked."""

    code = "not-a-target"
    next_step = "Ask an administrator to enable it as a target."


def ask(*, target: models.DownstreamSystem, district: models.District, by: Any, now: datetime) -> models.BookComparison:
    """The comparison that waits for a worker, or the one under way. Raises NotAManager, NotATarget."""
    refusals.require_manager(by=by, district=district)
    return ask_for(target=target, by=by, now=now, district=district)


def ask_for(
    *, target: models.DownstreamSystem, by: Any = None, now: datetime, district: models.District | None = None
) -> models.BookComparison:
    """The same, where the caller has asked whether `by` may set up systems; nobody for the command."""
    if not (target.enabled and target.is_target):
        raise NotATarget(f"{target} is not told of decisions just now.")
    try:
        with transaction.atomic():
            person = None if isinstance(by, str) else by
            made: models.BookComparison = models.BookComparison.objects.create(
                target=target, asked_by=person, asked_at=now
            )
            auditing.record(verb="system.compared", row=target, by=by or "Lineup", now=now, district=district)
            events.target_compared(comparison=made, now=now)
    except IntegrityError:
        newest: models.BookComparison = models.BookComparison.objects.filter(target=target)[0]
        return newest
    return made


def claim(*, owner: str, now: datetime, pk: int | None = None) -> models.BookComparison | None:
    """The comparison that has waited longest, leased to the owner, or the one of that id; None when there is none."""
    waiting = models.BookComparison.objects.under_way().free(now).order_by("asked_at", "pk")
    for row in waiting.filter(pk=pk) if pk else waiting:
        mine = models.BookComparison.objects.under_way().filter(pk=row.pk)
        if mine.claim(owner=owner, now=now, lasts=LASTS, status=Status.READING, began_at=now):
            claimed: models.BookComparison = models.BookComparison.objects.select_related("target").get(pk=row.pk)
            return claimed
    return None


def compare(
    *,
    comparison: models.BookComparison,
    owner: str,
    now_fn: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    seconds: float = SECONDS,
) -> models.BookComparison:
    """The claimed comparison after the target's book was read, outside any transaction. A worker that is asked to stop
    gives it back."""
    began_at, target = now_fn(), comparison.target
    held = models.BookComparison.objects.filter(pk=comparison.pk, status=Status.READING)
    limits = ReadingLimits(time.monotonic() + seconds, stop)
    try:
        with closing(connecting.adapter(system=target)) as adapter:
            book = adapter.book(after=began_at, limits=limits)
    except Stopped:
        held.release(owner=owner, status=Status.WAITING)
        return comparison
    except bookings.NotServed as error:
        _end(comparison, owner, Status.NOT_SERVED, now_fn(), error=str(error))
    except SystemUnavailable as error:
        _end(comparison, owner, Status.FAILED, now_fn(), error=error.detail)
    else:
        _store(comparison, owner, book, began_at, now_fn())
    comparison.refresh_from_db()
    return comparison


def _store(
    comparison: models.BookComparison, owner: str, book: bookings.Book, began_at: datetime, now: datetime
) -> None:
    # Read before the writing transaction: of a large book it takes seconds.
    found = judging.compare(target=comparison.target, entries=book.entries, began_at=began_at, now=now)
    for one in found.differences:
        one.comparison = comparison
    _end(
        comparison, owner, Status.DONE, now, found.differences,
        entries=len(book.entries) + len(book.invalid), agreed=found.agreed, waiting=found.waiting,
        untaken=found.untaken, unreadable=len(book.invalid), error=book.invalid[0] if book.invalid else "",
    )  # fmt: skip


def _end(
    comparison: models.BookComparison, owner: str, status: str, now: datetime,
    differences: list[models.Difference] | None = None, **values: Any,
) -> None:  # fmt: skip
    values["error"] = values["error"][:300]
    with transaction.atomic():
        held = models.BookComparison.objects.filter(pk=comparison.pk).held_by(owner)
        if not held.transition(status, ended_at=now, **values, **models.BookComparison.FREE):
            # Another worker has taken it over.
            return
        models.Difference.objects.bulk_create(differences or [], batch_size=500)
        ended = models.BookComparison.objects.filter(target=comparison.target_id).exclude(pk=comparison.pk)
        # What failed later says nothing of what differs: the last that ended well stays.
        old = ended.filter(ended_at__isnull=False)
        (old if status == Status.DONE else old.exclude(status=Status.DONE)).delete()
        comparison.refresh_from_db()
        events.target_compared(comparison=comparison, now=now)
