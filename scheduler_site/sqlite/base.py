"""Django's SQLite backend, but whoever waits for the write lock lets everybody else in the process go on.

SQLite waits inside a C call, which in a gevent process stops every stream and page until some other process commits.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

PATIENCE = 20.0
"""Seconds after which the database counts as locked for good."""
# Between two attempts, at random, so that those who wait do not keep step with the one who writes.
_PAUSE = 0.001, 0.02


class RetryingCursor(base.SQLiteCursorWrapper):
    """Tries a statement again while another process is writing."""

    def execute(self, query: Any, params: Any = None) -> Any:
        return self._patiently(lambda: super(RetryingCursor, self).execute(query, params))

    def executemany(self, query: Any, param_list: Any) -> Any:
        # Read once: a generator would be empty at the second attempt.
        every = list(param_list)
        return self._patiently(lambda: super(RetryingCursor, self).executemany(query, every))

    def _patiently(self, attempt: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return attempt()
            except sqlite3.OperationalError as error:
                is_taken = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
                # Within a transaction the lock is ours, or was lost with all that was read before it.
                if not is_taken or self.connection.in_transaction or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret


class DatabaseWrapper(base.DatabaseWrapper):
    """Chosen by the settings for every SQLite database."""

    def create_cursor(self, name: str | None = None) -> RetryingCursor:
        cursor: RetryingCursor = self.connection.cursor(factory=RetryingCursor)
        return cursor
