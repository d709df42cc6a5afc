"""Connections of this process to the database: who stands in line for one, and who waited in vain."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

_NAME = "lineup_is_own"


def keep_own() -> None:
    """Has the calling thread use a connection outside the pool of its process, until it closes it.

    For what everybody else depends on: the reader of the log, and the renewal of leases.
    """
    mine = connections[DEFAULT_DB_ALIAS]
    mine.close()
    setattr(mine, _NAME, True)


def give_back() -> None:
    """Lets others have the calling thread's pooled connection meanwhile; without a pool it is kept, as it costs nobody.

    Within a transaction, which only tests have here, it stays.
    """
    mine = connections[DEFAULT_DB_ALIAS]
    if getattr(mine, "pool", None) is not None and not mine.in_atomic_block:
        mine.close()


def is_own(wrapper: Any) -> bool:
    """Whether the thread of this Django connection has asked for one of its own."""
    return getattr(wrapper, _NAME, False)


_BUSY_STATES = {"55P03", "57014"}
"""PostgreSQL's: a lock that was not to be had in time, a statement that took too long."""
_BUSY_CLASSES = {"PoolTimeout", "TooManyRequests"}


def is_busy(error: BaseException | None) -> bool:
    """Whether the database works and only what was wanted of it was not to be had in time."""
    while error is not None:
        if getattr(error, "sqlstate", None) in _BUSY_STATES or type(error).__name__ in _BUSY_CLASSES:
            return True
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            return True
        error = error.__cause__
    return False
