"""Whether somebody else's program is at work, counted from what comes of each exchange with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from assignments.models.reached import Reached, may_be_tried
from assignments.services.writebacks.exchanging import Came, Exchange
from notifications.services.backoff import Backoff

FAILURES = 3
"""In a row, after which it counts as away."""
TRIES = Backoff(first=2.0, longest=30.0, least=1.0)
"""Between two tries of one that is away: what waits is to be told within a minute of its return."""
PATIENCE = timedelta(minutes=1)
"""One that asks to be left alone for longer counts as away: people are to know why nothing is told."""
LONGEST_WAIT = timedelta(hours=1)
"""One that asks to be left alone for longer is tried after this all the same."""
COLUMNS = ("failures", "is_away", "away_since", "away_because", "resumes_at")


def is_answered(exchanges: Collection[Exchange[Any]]) -> bool:
    """Whether one of them shows that it is at work."""
    return any(one.came in {Came.DONE, Came.REFUSED} for one in exchanges)


def hold_off(rows: QuerySet[Any], *, now: datetime, lasts: timedelta) -> int:
    """1 when the caller alone may try the one in `rows` that is away."""
    return rows.filter(may_be_tried(now), is_away=True).update(resumes_at=now + lasts)


def begin_anew(row: Reached) -> None:
    """It has answered; not saved."""
    row.failures, row.is_away = 0, False
    row.away_since, row.away_because, row.resumes_at = None, "", None


def count(row: Reached, exchanges: Collection[Exchange[Any]], *, now: datetime) -> None:
    """It has not answered; not saved."""
    asked = [one for one in exchanges if asks_for_long(one)]
    failed = failures(exchanges) or asked
    wait = timedelta(seconds=max((one.wait or 0.0 for one in exchanges), default=0.0))
    if failed:
        row.failures += len(failed)
        row.away_since = row.away_since or now
        row.away_because = failed[-1].detail[:300]
        row.is_away = row.is_away or is_closed(exchanges) or bool(asked) or row.failures >= FAILURES
    if row.is_away:
        wait = max(wait, timedelta(seconds=TRIES.seconds(max(1, row.failures - FAILURES + 1))))
    if wait:
        row.resumes_at = now + min(wait, LONGEST_WAIT)


def failures(exchanges: Collection[Exchange[Any]]) -> list[Exchange[Any]]:
    """Exchanges that say something of the other side, and not only of what it was told."""
    return [one for one in exchanges if one.came in {Came.AGAIN, Came.CLOSED} and not _is_its_own(one)]


def is_closed(exchanges: Collection[Exchange[Any]]) -> bool:
    """Whether it lets nobody in."""
    return any(one.came == Came.CLOSED for one in failures(exchanges))


def asks_for_long(exchange: Exchange[Any]) -> bool:
    """Whether it wants to be left alone for longer than anybody would not notice."""
    return timedelta(seconds=exchange.wait or 0.0) > PATIENCE


def _is_its_own(exchange: Exchange[Any]) -> bool:
    """Whether it says something of what was told, and nothing of the other side."""
    return exchange.is_conflict or (
        exchange.came == Came.AGAIN and exchange.wait is not None and not exchange.is_reached
    )
