"""Writing to the log, and keeping it to its retention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from notifications.models import Event, LogEpoch
from notifications.services import wakeups
from notifications.wire import catalogue, cursor, sse

RETENTION = timedelta(hours=24)
RETENTION_COUNT = 100_000


class PublishOutsideTransaction(RuntimeError):
    """An event must be a row of the transaction that causes it; otherwise one may exist without the other."""


@dataclass(frozen=True, slots=True)
class Entry:
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
    publish_all(entries=[Entry(type, channel, data, dedupe_key) for channel in channels], now=now)


def publish_all(*, entries: Iterable[Entry], now: datetime) -> None:
    """Writes different events by one insert; otherwise as `publish`."""
    if not connection.in_atomic_block:
        raise PublishOutsideTransaction("publish() needs the transaction of the change that the event tells.")
    rows = [_row(entry, now) for entry in entries]
    Event.objects.bulk_create(rows, ignore_conflicts=any(row.dedupe_key for row in rows))
    wakeups.announce_after_commit()


def trim(*, now: datetime) -> int:
    """How many events were removed because they were older than the retention or beyond its count.

    Runs in the background, never in a request. Readers whose cursor lies before the removed events get a `reset`.
    """
    through = max(_last_too_old(now - RETENTION), _last_beyond(RETENTION_COUNT))
    with transaction.atomic():
        epoch = LogEpoch.objects.select_for_update().get_or_create(
            pk=LogEpoch.ONLY, defaults={"value": cursor.new_epoch()}
        )[0]
        if through <= epoch.trimmed_through:
            return 0
        LogEpoch.objects.filter(pk=epoch.pk).update(trimmed_through=through)
        removed: int = Event.objects.filter(position__lte=through).delete()[0]
        return removed


@transaction.atomic
def begin_epoch() -> str:
    """The name of the new epoch. To be called after the log was restored from a copy or emptied by hand."""
    value = cursor.new_epoch()
    LogEpoch.objects.update_or_create(pk=LogEpoch.ONLY, defaults={"value": value})
    return value


def _row(entry: Entry, now: datetime) -> Event:
    if catalogue.find(entry.type.name) != entry.type:
        raise catalogue.UnknownEventType(f"{entry.type.name} is not the event type of the catalogue.")
    entry.type.check(entry.data)
    # Dumped by the wire's own rules, so that what cannot be streamed fails here and not in a reader.
    data = sse.as_plain(entry.data)
    return Event(channel=entry.channel, type=entry.type.name, data=data, dedupe_key=entry.dedupe_key, created_at=now)


def _last_too_old(oldest_kept: datetime) -> int:
    """The position before the first event that is young enough; clocks may disagree with the order of commits."""
    ends = Event.objects.aggregate(head=Max("position"))
    kept = Event.objects.filter(created_at__gte=oldest_kept).aggregate(first=Min("position"))["first"]
    return int(kept) - 1 if kept is not None else int(ends["head"] or 0)


def _last_beyond(count: int) -> int:
    positions = Event.objects.filter(position__isnull=False).order_by("-position").values_list("position", flat=True)
    return next(iter(positions[count : count + 1]), None) or 0
