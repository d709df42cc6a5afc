"""Rows that somebody else holds: what can wait is left for later, so that nothing else waits for them.

A session may lock one row and then say nothing for as long as the server lets it. Whatever is picked from a table
passes over such rows; whatever must change a given one waits for a moment only, and goes on with the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

from notifications.services import connections

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

MOMENT = 0.25
"""Seconds to wait for a row in what is tried again anyway."""
MOST_HELD = 3
"""Items in a row that were held, after which the rest is left too: most likely all wait for the same row."""


@contextmanager
def brief(seconds: float = MOMENT) -> Iterator[None]:
    """A transaction whose statements wait for others' locks so long at most; then they raise OperationalError.

    SQLite has one writer at a time, and its own patience.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")
        yield


def each(items: Iterable[Item], do: Callable[[Item], Result], *, name: str) -> list[Result]:
    """The results of `do` for each item that nobody holds; what is held is logged under the name and left for later.

    Raises whatever `do` raises for another reason.
    """
    results, held = [], 0
    for item in items:
        try:
            results.append(do(item))
        except OperationalError as error:
            if not connections.is_busy(error):
                raise
            held += 1
            note(f"{name} {_label(item)}")
            if held >= MOST_HELD:
                break
        else:
            held = 0
    return results


def together_or_each(
    items: Sequence[Item], do: Callable[[Sequence[Item]], Result], *, name: str
) -> list[tuple[Sequence[Item], Result]]:
    """Does it for all items at once; when one of them is held, for one after another, as `each` does.

    Answers which items were done and with what result.
    """
    if not items:
        return []
    try:
        return [(items, do(items))]
    except OperationalError as error:
        if not connections.is_busy(error):
            raise
        if len(items) == 1:
            note(f"{name} {_label(items[0])}")
            return []
    return each(items, lambda item: ([item], do([item])), name=name)


def _label(item: Any) -> object:
    return getattr(item, "pk", item)


def note(what: str) -> None:
    """Logs that it waits for others, and for whom if they say nothing."""
    logger.warning("%s is held by somebody else and left for later%s", what, _silent_sessions())


def _silent_sessions() -> str:
    """Sessions of PostgreSQL that are idle in the middle of a transaction, the longest first, as far as we may see."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return "."
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, application_name, extract(epoch FROM now() - state_change)::int FROM pg_stat_activity "
            "WHERE datname = current_database() AND state LIKE 'idle in transaction%' "
            "AND state_change < now() - interval '1 second' ORDER BY state_change LIMIT 3"
        )
        found = [f"{name or 'a session'} (pid {pid}) for {seconds} s" for pid, name, seconds in cursor.fetchall()]
    return f"; idle within a transaction: {', '.join(found)}." if found else "."
