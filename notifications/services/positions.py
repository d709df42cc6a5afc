"""Head of the log, and whether a reader's cursor can be continued without a gap."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from notifications.models import Event, LogEpoch
from notifications.wire import event_ids


@dataclass(frozen=True, slots=True)
class LogState:
    """One look at the log: its epoch, its last position, and the greatest position that was trimmed away."""

    epoch: str
    head: int
    trimmed_through: int

    def cursor(self) -> event_ids.Cursor:
        return event_ids.Cursor(self.epoch, self.head)


@dataclass(frozen=True, slots=True)
class Start:
    """Beginning of a stream. `reset` names why the asked-for place cannot be continued, or is None."""

    position: int
    reset: str | None


def log_state() -> LogState:
    """The state of the log now; begins its first epoch if need be. Events that commit later have greater positions."""
    state = seen()
    if state is None:
        LogEpoch.objects.current()
        state = seen()
    if state is None:
        raise LogEpoch.DoesNotExist("The log was emptied as it was read.")
    return state


def seen() -> LogState | None:
    """The state of the log now, or None when it has no epoch yet. By one query, so that its parts belong together."""
    numbered = Event.objects.filter(position__isnull=False).order_by("-position")
    row = (
        LogEpoch.objects.filter(pk=LogEpoch.ONLY)
        .annotate(head=models.Subquery(numbered.values("position")[:1]))
        .values_list("value", "head", "trimmed_through")
        .first()
    )
    if row is None:
        return None
    value, head, trimmed_through = row
    return LogState(value, max(head or 0, trimmed_through), trimmed_through)


def current_cursor() -> str:
    """The cursor for a page. Take it before the page's own queries: what commits after it is then streamed."""
    return str(log_state().cursor())


def start_at(*, asked: str, log: LogState) -> Start:
    """The place to start a stream whose reader asked for `asked`; an empty string asks for the present."""
    if not asked:
        return Start(log.head, None)
    try:
        wanted = event_ids.parse(asked)
    except event_ids.CursorUnreadable:
        return Start(log.head, "unreadable")
    if wanted.epoch != log.epoch or wanted.position > log.head:
        return Start(log.head, "epoch")
    if wanted.position < log.trimmed_through:
        return Start(log.head, "expired")
    return Start(wanted.position, None)
