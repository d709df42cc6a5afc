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
            held.share, held.left = _share(caller, minute, limit)
        is_allowed = held.share > 0
        held.share -= is_allowed
        return Allowance(limit, held.share + held.left, WINDOW - past, is_allowed)


def _share(caller: str, minute: int, limit: int) -> tuple[int, int]:
    """The requests taken for this process, and those that are left for all."""
    wanted = max(1, limit // 60)
    try:
        with transaction.atomic():
            row, _ = models.RequestCount.objects.select_for_update().get_or_create(
                caller=caller, defaults={"minute": minute, "taken": 0}
            )
            taken = row.taken if row.minute == minute else 0
            share = min(wanted, max(0, limit - taken))
            models.RequestCount.objects.filter(pk=row.pk).update(minute=minute, taken=taken + share)
    except DatabaseError:
        return 1, limit
    return share, limit - taken - share


def forget() -> None:
    """Drops what this process holds, for tests that begin anew."""
    with _lock:
        _held.clear()
