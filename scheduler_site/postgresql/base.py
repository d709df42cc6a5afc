"""Django's PostgreSQL backend, but each process has a bounded pool, and no connection waits for ever.

A request or a worker's duty that finds every connection of the pool in use waits in line, and is refused when its
deadline is over. Threads that must never stand in that line have a connection of their own: see
`notifications.services.connections`.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any, ClassVar

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from notifications.services import connections

FRESH = 1.0
"""Seconds for which a failure to reach the server answers for the next attempts."""
MIGRATING = "lineup migrate"
AT_REST = {"statement_timeout", "idle_in_transaction_session_timeout"}
"""Limits that do not hold for a migration: it may rewrite a large table, or compute between two statements."""


class PooledConnection(psycopg.Connection[Any]):
    """Remembers whether the server could be reached: nobody needs to wait in line for a server that is away."""

    failed: ClassVar[tuple[float, psycopg.OperationalError] | None] = None

    @classmethod
    def connect(cls, *arguments: Any, **options: Any) -> Any:
        try:
            connection = super().connect(*arguments, **options)
        except psycopg.OperationalError as error:
            # A server with no slot left still answers those who are connected.
            is_full = "too many clients" in str(error) or "remaining connection slots" in str(error)
            cls.failed = None if is_full else (time.monotonic(), error)
            raise
        cls.failed = None
        return connection

    @classmethod
    def raise_if_away(cls, within: float = FRESH) -> None:
        """Raises OperationalError when the server could not be reached when it was tried last, these seconds ago."""
        failed = cls.failed
        if failed is not None and time.monotonic() - failed[0] < within:
            raise psycopg.OperationalError(str(failed[1]))


class DatabaseWrapper(base.DatabaseWrapper):
    """Chosen by the settings for every PostgreSQL database."""

    _connection_pools: ClassVar[dict[str, Any]]

    @property
    def pool(self) -> Any:
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options or connections.is_own(self):
            return None
        options.setdefault("connection_class", PooledConnection)
        return super().pool

    def get_connection_params(self) -> dict[str, Any]:
        """The way to the server, with the limits of waiting that DATABASE_URL does not set itself."""
        given = {"application_name": application_name(), **super().get_connection_params()}
        said = given.get("options", "")
        limits = settings.DATABASE_LIMITS
        left_out = AT_REST if given["application_name"] == MIGRATING else set()
        wanted = {name: value for name, value in limits["session"].items() if name not in left_out and name not in said}
        added = [f"-c {name}={value}" for name, value in wanted.items()]
        return {**limits["network"], **given, "options": " ".join([*added, said]).strip()}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        PooledConnection.raise_if_away()
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout:
            # What was waited for in vain was perhaps no place in the line but the server.
            PooledConnection.raise_if_away(within=pool.timeout + FRESH)
            raise

    def close_pool(self) -> None:
        """Closes the pool of this process if it was ever used; the next connection opens another."""
        if self.alias in self._connection_pools:
            super().close_pool()

    @classmethod
    def forget_pools(cls) -> None:
        """For a child, which has its parent's pools but none of the threads that fill them. They are not closed: their
        locks may be held for ever, and their connections are the parent's."""
        _of_parents.append(dict(cls._connection_pools))
        cls._connection_pools.clear()


_of_parents: list[dict[str, Any]] = []


def application_name() -> str:
    """Kind of this process, as the server's list of sessions shows it: lineup web, lineup work, lineup migrate, ..."""
    program, *words = sys.argv or [""]
    if program.endswith("manage.py") and words:
        return f"lineup {words[0]}"
    return "lineup web" if "gunicorn" in program else "lineup"


os.register_at_fork(after_in_child=DatabaseWrapper.forget_pools)
