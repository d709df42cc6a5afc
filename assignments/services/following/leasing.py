"""Sources to be read, by one worker at a time; how far they were read, and how that ended."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Min, Q

from assignments import models
from assignments.downstream import messages, seam, trouble
from assignments.queries import sources
from assignments.services.following.fetching import Key
from assignments.services.records import source_events
from assignments.services.writebacks import connecting
from notifications.services import wakeups

LEASE = timedelta(seconds=30)
JITTER = (0.8, 0.95)
"""Part of the interval after which a source is read again, so that with its reading it is over in time."""


class SourceLost(Exception):
    """The source is another worker's: this one was held up for longer than its lease. Nothing was written."""


def ask(*, now: datetime, systems: Iterable[int] | None = None) -> None:
    """Lets workers read the sources now, or once more after the reading that is under way; all unless named."""
    _make_rows()
    rows = (
        models.FollowedSource.objects.all()
        if systems is None
        else models.FollowedSource.objects.filter(system__in=systems)
    )
    rows.update(due_at=now, asked_at=now)
    wakeups.nudge()


def claim(*, owner: str, now: datetime, among: Iterable[int]) -> list[models.FollowedSource]:
    """Sources that are due, now leased to the owner; `among` are those that it can read."""
    _make_rows()
    due = models.FollowedSource.objects.filter(Q(due_at=None) | Q(due_at__lte=now), system__in=among).free(now)
    claimed = []
    for row in due.select_related("system").order_by(F("due_at").asc(nulls_first=True)):
        if models.FollowedSource.objects.filter(pk=row.pk).claim(
            owner=owner, now=now, lasts=LEASE, begun_at=now, records=0, attempts=0
        ):
            row.refresh_from_db()
            claimed.append(row)
    return claimed


def next_due_at() -> datetime | None:
    """When the next source is due that nobody reads now, or None."""
    rows = models.FollowedSource.objects.filter(lease_owner="", system__in=sources.followed())
    found: datetime | None = rows.aggregate(next=Min("due_at"))["next"]
    return found


def pushed_at() -> datetime | None:
    """When a system last sent records by itself."""
    found: datetime | None = models.FollowedSource.objects.aggregate(last=Max("pushed_at"))["last"]
    return found


def renew(*, following: models.FollowedSource, owner: str, now: datetime) -> None:
    """Keeps the lease, in the transaction of a write too. Raises SourceLost."""
    if not models.FollowedSource.objects.filter(pk=following.pk).renew(owner=owner, now=now, lasts=LEASE):
        raise SourceLost(f"{following.system} is read by another worker.")


def progressed(
    *, following: models.FollowedSource, owner: str, now: datetime, records: int, attempts: int, detail: str
) -> None:
    """Adds what was read and tried, for people who watch a run. Raises SourceLost."""
    counted = {"records": F("records") + records, "attempts": F("attempts") + attempts, "detail": detail[:300]}
    if not models.FollowedSource.objects.filter(pk=following.pk).renew(owner=owner, now=now, lasts=LEASE, **counted):
        raise SourceLost(f"{following.system} is read by another worker.")


def keys(system: models.DownstreamSystem) -> list[Key]:
    """The collections of the system, each for all districts or for one after another."""
    try:
        resources = connecting.unsigned(system=system).resources
    except trouble.SystemUnavailable:
        # The reading says why.
        resources = messages.RESOURCES[messages.System(system.kind)]
    if system.answers_for == models.DownstreamSystem.AnswersFor.ALL:
        return [(resource, "") for resource in resources]
    codes = models.District.objects.order_by("code").values_list("code", flat=True)
    return [(resource, code) for code in codes for resource in resources]


def marks(system: models.DownstreamSystem, wanted: Sequence[Key]) -> dict[Key, seam.Mark]:
    """The marks of these collections; those that were never read have none."""
    found = {(row.resource, row.scope): row.mark for row in models.ReadingMark.objects.filter(system=system)}
    return {key: found[key] for key in wanted if key in found}


@transaction.atomic
def end(
    *,
    following: models.FollowedSource,
    owner: str,
    now: datetime,
    failed: bool,
    detail: str,
    records: int = 0,
    attempts: int = 0,
    unchanged: Sequence[Key] = (),
) -> models.FollowedSource:
    """The source given back until it is due again; at once when somebody has asked since it was begun.

    `records` and `attempts` are those since it was told last how far the reading is; `unchanged` are collections that
    had nothing new. Raises SourceLost.
    """
    held = models.FollowedSource.objects.select_for_update(no_key=True).filter(pk=following.pk).held_by(owner)
    row: models.FollowedSource | None = held.select_related("system").first()
    if row is None or row.begun_at is None:
        raise SourceLost(f"{following.system} is read by another worker.")
    interval = timedelta(seconds=row.system.interval)
    wait = interval * random.uniform(*JITTER)  # noqa: S311 - no secret
    # Its reading takes a part of the interval as well. After a failure the pause counts from its end: a system that
    # hangs is not asked without one.
    taken = now - row.begun_at
    due = now + wait if failed else max(now + interval / 10, row.begun_at + wait - taken)
    if row.asked_at and row.asked_at > row.begun_at:
        due = now
    row.due_at, row.detail = due, detail[:300]
    row.records += records
    row.attempts += attempts
    row.lease_owner, row.lease_until = "", None
    row.failed_at = now if failed else None
    if not failed:
        row.read_at = row.begun_at
        models.DownstreamSystem.objects.filter(pk=row.pk).update(last_gathered_at=row.begun_at)
    row.save()
    _mark_read(row, unchanged)
    row.system.following = row
    served = sources.served(row.system) if failed else {}
    source_events.source_read(source=sources.state_of(row.system), now=now, served=served)
    return row


def _mark_read(row: models.FollowedSource, unchanged: Sequence[Key]) -> None:
    same = Q(pk__in=[])
    for resource, scope in unchanged:
        same |= Q(resource=resource, scope=scope)
    if unchanged:
        models.ReadingMark.objects.filter(same, system=row.system_id).update(read_at=row.begun_at)


@transaction.atomic
def release(*, following: models.FollowedSource, owner: str) -> None:
    """Gives the source back at once: another worker goes on where this one stopped."""
    models.FollowedSource.objects.filter(pk=following.pk).release(owner=owner)


def _make_rows() -> None:
    missing = sources.followed().filter(following=None)
    models.FollowedSource.objects.bulk_create(
        [models.FollowedSource(system=one) for one in missing], ignore_conflicts=True
    )
