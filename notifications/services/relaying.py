"""Lease and progress of publishing the log to the GRIP proxy: one row, held for a while by one process."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from notifications.models import Event, LeasedQuerySet, Relay
from notifications.services import positions
from notifications.wire import catalogue

# A process that died is replaced after this long. The clocks of all web machines must agree to within a second or two.
LEASE = timedelta(seconds=5)


def claim(*, by: str, now: datetime, position: int | None = None) -> Relay | None:
    """The relay, held by `by` for the next LEASE; None while another process holds it.

    A log that has no relay yet gets one that begins at `position`, or else at the present: nobody was promised older
    events through a proxy.
    """
    relay = Relay.objects.filter(pk=Relay.ONLY).first() or _begin(position)
    if relay.lease_owner not in ("", by) and relay.lease_until is not None and relay.lease_until > now:
        return None
    lease: dict[str, Any] = {"owner": by, "now": now, "lasts": LEASE}
    if not (_relay().renew(**lease) or _relay().claim(**lease)):
        return None
    return _relay().held_by(by).first()


def advance(*, by: str, begun: int, through: int, now: datetime) -> bool:
    """Whether `by` still held the relay at `begun`; it is then noted that everything through `through` is published."""
    return bool(_relay().filter(position=begun).renew(owner=by, now=now, lasts=LEASE, position=through))


def enter_epoch(*, by: str, epoch: str) -> None:
    """Notes that the proxy's readers of the former epoch were sent away."""
    _relay().held_by(by).update(epoch=epoch)


def release(*, by: str) -> None:
    """Lets another process go on at once, if `by` holds the relay."""
    _relay().release(owner=by)


def published_through(*, log: positions.LogState) -> int:
    """The position up to which the log is published; its end where nothing was ever published."""
    position = Relay.objects.filter(pk=Relay.ONLY).values_list("position", flat=True).first()
    return log.head if position is None else min(position, log.head)


def last_positions(*, channels: Collection[str], through: int) -> dict[str, int]:
    """The position of each channel's last event for readers up to `through`; 0 for a channel without one."""
    kept = [kind.name for kind in catalogue.all_types() if not kind.delivered]
    rows = Event.objects.on(channels).filter(position__lte=through).exclude(type__in=kept)
    found = dict(rows.values_list("channel").annotate(last=Max("position")).order_by())
    return {channel: found.get(channel) or 0 for channel in channels}


def _relay() -> LeasedQuerySet:
    return Relay.objects.filter(pk=Relay.ONLY)


def _begin(position: int | None) -> Relay:
    log = positions.log_state()
    begin = log.head if position is None else min(position, log.head)
    return Relay.objects.get_or_create(pk=Relay.ONLY, defaults={"epoch": log.epoch, "position": begin})[0]
