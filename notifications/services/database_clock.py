"""The database's clock, which is the same for every machine: a lease that one grants, another must not find over.

PostgreSQL is asked now and then, and time goes on from its answer by this machine's monotonic clock, which nobody sets.
SQLite has no other machine, and no clock but this one's.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection
from django.utils import timezone

EVERY = 10.0
"""Seconds for which an answer is good: clocks drift apart by less than a millisecond in them."""
LONGEST = 3600.0
"""Seconds for which an old answer is used while the database gives none."""


NOTICED = timedelta(seconds=0.25)
"""Differences below are those of the time that an answer takes on a busy machine."""


class Reading(NamedTuple):
    """The database's time at a moment of the monotonic clock."""

    time: datetime
    at: float

    def now(self) -> datetime:
        return self.time + timedelta(seconds=time.monotonic() - self.at)


_readings: list[Reading] = []
_asking = threading.Lock()


def now() -> datetime:
    """The present by the database's clock, to a quarter of a second.

    Raises OperationalError when the database was never asked, or an hour ago, and cannot be asked now.
    """
    return timezone.now() + _lag()


def _lag() -> timedelta:
    """Time by which the clock of this machine is behind."""
    if connection.vendor != "postgresql":
        return timedelta()
    if _age() > EVERY and _asking.acquire(blocking=not _readings):
        try:
            if _age() > EVERY:
                _readings[:] = [_read()]
        except DatabaseError:
            if _age() > LONGEST:
                raise
        finally:
            _asking.release()
    found = _readings[0].now() - _wall()
    return found if abs(found) >= NOTICED else timedelta()


def _wall() -> datetime:
    return datetime.now(UTC)


def forget() -> None:
    """Asks again next time: for a process that has another database now."""
    _readings.clear()


def _age() -> float:
    return time.monotonic() - _readings[0].at if _readings else float("inf")


def _read() -> Reading:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT notifications_clock()")
        found: datetime = cursor.fetchone()[0]
    return Reading(found.astimezone(UTC), (began + time.monotonic()) / 2)
