"""How many requests a minute a caller of the API may send, counted over all processes and machines.

A process takes requests out of the caller's row in shares of a sixtieth of the limit and then counts by itself: a busy
integration must not write a row with every request. So a caller that many processes serve is refused a few requests
early, when shares of others are left over, and never served more than its limit.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction

from assignments import models

WINDOW = 60
"""Seconds."""
KEPT_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Allowance:
    limit: int
    remaining: int
    reset: int
    """Seconds until the next window begins."""
    is_allowed: bool


@dataclass(slots=True)
class _Held:
    """The requests of this minute that the process may still let through, and those that nobody has taken yet."""

    minute: int
    share: int = 0
    left: int = 0


_held: dict[str, _Held] = {}
_lock = threading.Lock()


def take(*, caller: str, limit: int, now: datetime) -> Allowance:
    """The caller's allowance after this request. Without the database to ask, the request is let through."""
    minute, past = divmod(int(now.timestamp()), WINDOW)
    with _lock:
        held = _held.get(caller)
        if held is None or held.minute != minute:
            held = _held[caller] = _Held(minute, left=limit)
        if not held.share and held.left:
            held.share, held.left = share(caller=caller, minute=minute, limit=limit, wanted=max(1, limit // 60))
        is_allowed = held.share > 0
        held.share -= is_allowed
        return Allowance(limit, held.share + held.left, WINDOW - past, is_allowed)


def share(*, caller: str, minute: int, limit: int, wanted: int = 1) -> tuple[int, int]:
    """The requests taken out of the window that began at this minute, at most `wanted`, and those left for all."""
    try:
        with transaction.atomic():
            row, _ = models.RequestCount.objects.select_for_update().get_or_create(
                caller=caller, defaults={"minute": minute, "taken": 0}
            )
            taken = row.taken if row.minute == minute else 0
            mine = min(wanted, max(0, limit - taken))
            models.RequestCount.objects.filter(pk=row.pk).update(minute=minute, taken=taken + mine)
    except DatabaseError:
        return wanted, limit
    return mine, limit - taken - mine


def trim(*, now: datetime) -> int:
    """Deletes the counts of windows that are long over; what is deleted."""
    over = int(now.timestamp()) // WINDOW - KEPT_MINUTES
    return models.RequestCount.objects.filter(minute__lt=over).delete()[0]


def forget() -> None:
    """Drops what this process holds, for tests that begin anew."""
    with _lock:
        _held.clear()
