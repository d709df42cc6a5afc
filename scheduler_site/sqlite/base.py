"""Django's SQLite backend, but whoever waits for the write lock lets everybody else in the process go on.

SQLite waits inside a C call, which in a gevent process stops every stream and page until some other process commits.
"""

from __future__ import annotations

import functools
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.db.backends.sqlite3 import base, features, operations

PATIENCE = 20.0
"""Seconds after which the database counts as locked for good."""
# Between two attempts, at random, so that those who wait do not keep step with the one who writes.
_PAUSE = 0.001, 0.02


_LONG = 2000
"""Characters of a statement that inserts many rows."""


@functools.lru_cache(maxsize=16)
def _with_question_marks(query: str) -> str:
    """As SQLite wants its parameters; kept, because that takes as long as it has parameters."""
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class RetryingCursor(base.SQLiteCursorWrapper):
    """Tries a statement again while another process is writing."""

    def execute(self, query: Any, params: Any = None) -> Any:
        return self._patiently(lambda: super(RetryingCursor, self).execute(query, params))

    def executemany(self, query: Any, param_list: Any) -> Any:
        # Read once: a generator would be empty at the second attempt.
        every = list(param_list)
        return self._patiently(lambda: super(RetryingCursor, self).executemany(query, every))

    def convert_query(self, query: str, *, param_names: Any = None) -> Any:
        if param_names is None and len(query) > _LONG:
            return _with_question_marks(query)
        return super().convert_query(query, param_names=param_names)

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


class DatabaseFeatures(features.DatabaseFeatures):
    """Knows how large statements may be here: Django goes by the least that SQLite was ever built for."""

    with closing(sqlite3.connect(":memory:")) as _any:
        max_query_params = _any.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)


class DatabaseOperations(operations.DatabaseOperations):
    """Inserts many rows in a fraction of the time."""

    compiler_module = "scheduler_site.sqlite.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """Chosen by the settings for every SQLite database."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def create_cursor(self, name: str | None = None) -> RetryingCursor:
        cursor: RetryingCursor = self.connection.cursor(factory=RetryingCursor)
        return cursor
