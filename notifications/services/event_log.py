"""Writing to the log, and keeping it to its retention."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from notifications.models import Event, LogEpoch, Trimming
from notifications.services import wakeups
from notifications.wire import catalogue, event_ids, sse

RETENTION = timedelta(hours=24)
RETENTION_COUNT = 100_000
# Events of one transaction of `trim`, and the seconds that everybody else gets before the next.
TRIM_BATCH = 500
TRIM_PAUSE = 0.02
# A process that dies as it trims holds up the others' trimming for this long; 100,000 events take seconds.
TRIM_LEASE = timedelta(minutes=10)


class PublishOutsideTransaction(RuntimeError):
    """An event must be a row of the transaction that causes it; otherwise one may exist without the other."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event to be written to one channel."""

    type: catalogue.EventType
    channel: str
    data: Mapping[str, Any]
    dedupe_key: str | None = None


def publish(
    *,
    type: catalogue.EventType,  # noqa: A002 - the word of the wire format
    channels: Sequence[str] | str,
    data: Mapping[str, Any],
    now: datetime,
    dedupe_key: str | None = None,
) -> None:
    """Writes the event to each channel, in the caller's transaction, by one insert.

    With a dedupe key, a channel that already has an event of that key is left as it is.
    Raises PublishOutsideTransaction, PayloadMismatch, UnknownEventType.
    """
    channels = [channels] if isinstance(channels, str) else channels
    publish_all(entries=[LogEntry(type, channel, data, dedupe_key) for channel in channels], now=now)


def publish_all(*, entries: Iterable[LogEntry], now: datetime) -> None:
    """Writes different events by one insert; otherwise as `publish`."""
    if not connection.in_atomic_block:
        raise PublishOutsideTransaction("publish() needs the transaction of the change that the event tells.")
    listed = list(entries)
    for entry in listed:
        _check(entry)
    # Dumped by the wire's own rules, so that what cannot be streamed fails here and not in a reader.
    said = sse.as_plain({"data": [entry.data for entry in listed]})["data"]
    rows = [
        Event(channel=one.channel, type=one.type.name, data=data, dedupe_key=one.dedupe_key, created_at=now)
        for one, data in zip(listed, said, strict=True)
    ]
    Event.objects.bulk_create(rows, ignore_conflicts=any(row.dedupe_key for row in rows))
    wakeups.announce_after_commit()


def trim(*, now: datetime, pause: float = TRIM_PAUSE) -> int:
    """Number of events removed because they were older than the retention or beyond its count.

    Runs in the background, never in a request or a transaction, a few events at a time with `pause` seconds in between:
    SQLite has one write lock, and a statement on SQLite holds up its whole process. One process trims at a time; the
    others do nothing. Readers whose cursor lies before the removed events get a `reset`.
    """
    beyond = _last_beyond(RETENTION_COUNT)
    through = _next_batch(now - RETENTION, beyond)
    if through is None:
        return 0
    owner, turn = secrets.token_hex(8), Trimming.objects.filter(pk=Trimming.ONLY)
    Trimming.objects.get_or_create(pk=Trimming.ONLY)
    if not turn.claim(owner=owner, now=now, lasts=TRIM_LEASE):
        return 0
    removed = 0
    while through is not None and turn.renew(owner=owner, now=now, lasts=TRIM_LEASE):
        removed += _trim_through(through)
        time.sleep(pause)
        through = _next_batch(now - RETENTION, beyond)
    turn.release(owner=owner)
    return removed


def begin_epoch(*, instead_of: str | None = None, storage: str = "") -> str:
    """The name of the epoch that the log is in then: a new one, unless it has already left `instead_of`.

    Every older cursor becomes invalid: their readers reload instead of missing what the log has lost.
    """
    current = LogEpoch.objects.current()
    fresh: dict[str, Any] = {"value": event_ids.new_epoch()} | ({"storage": storage} if storage else {})
    LogEpoch.objects.filter(pk=LogEpoch.ONLY, value=instead_of or current.value).update(**fresh)
    return LogEpoch.objects.current().value


def _check(entry: LogEntry) -> None:
    if catalogue.find(entry.type.name) != entry.type:
        raise catalogue.UnknownEventType(f"{entry.type.name} is not the event type of the catalogue.")
    entry.type.check(entry.data)


def _next_batch(oldest_kept: datetime, beyond: int) -> int | None:
    """The position through which to trim next, or None: the first event that is to be kept ends it.

    Clocks may disagree with the order of commits, and cursors know the order alone.
    """
    known = LogEpoch.objects.filter(pk=LogEpoch.ONLY).values_list("trimmed_through", flat=True).first() or 0
    last = None
    for position, created_at in Event.objects.after(known).values_list("position", "created_at")[:TRIM_BATCH]:
        if created_at >= oldest_kept and int(position or 0) > beyond:
            break
        last = position
    return last


def _last_beyond(count: int) -> int:
    positions = Event.objects.filter(position__isnull=False).order_by("-position").values_list("position", flat=True)
    return next(iter(positions[count : count + 1]), None) or 0


@transaction.atomic
def _trim_through(position: int) -> int:
    # First what readers are told, then the rows: whoever sees the gap knows of it, and the log's trigger lets it pass.
    LogEpoch.objects.filter(pk=LogEpoch.ONLY, trimmed_through__lt=position).update(trimmed_through=position)
    return int(Event.objects.filter(position__lte=position).delete()[0])
