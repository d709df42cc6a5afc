"""Keeping a run while it is worked on, and noticing at once that it was cancelled, taken away, or is good enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from django.db import DatabaseError, connection

from assignments import models
from assignments.services.runs import running
from notifications.services import connections

# One row by its key: a tenth of a millisecond of reading, which holds up no writer.
_LOOK_SECONDS = 0.15
_RENEW_SECONDS = running.LEASE.total_seconds() / 4


class Hold:
    """Renews the lease of a run from a thread of its own, because gathering and planning may be busy for longer.

    It only tells when to stop. What protects the data is that each write asks for the lease in its own transaction.
    """

    def __init__(
        self,
        *,
        run: models.SuggestionRun,
        owner: str,
        now_fn: Callable[[], datetime],
        asked_to_stop: Callable[[], bool],
    ) -> None:
        self._run, self._owner, self._now_fn, self._asked_to_stop = run, owner, now_fn, asked_to_stop
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._kept = threading.Event()
        self._waits_no_longer = threading.Event()
        if run.keep_asked_at is not None:
            self._kept.set()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    @property
    def is_lost(self) -> bool:
        return self._lost.is_set()

    def is_kept(self) -> bool:
        """Whether a manager wants the best plan found by now and no better one."""
        return self._kept.is_set()

    def waits_no_longer(self) -> bool:
        """Whether a manager wants to wait for no source any longer."""
        return self._waits_no_longer.is_set()

    def stop(self) -> bool:
        """Whether the work must end: the run is no longer ours, or the process is asked to stop."""
        return self.is_lost or self._asked_to_stop()

    def _keep(self) -> None:
        # Whatever else the process does with its connections, the run must not be lost for it.
        connections.keep_own()
        renewed = time.monotonic()
        while not self._ended.wait(_LOOK_SECONDS):
            due = time.monotonic() - renewed >= _RENEW_SECONDS
            try:
                held = self._renew() if due else self._look()
            except DatabaseError:
                # Unknown, not lost: without a renewal the lease ends by itself, and then so does the work.
                connection.close()
                held = time.monotonic() - renewed < running.LEASE.total_seconds()
                due = False
            if not held:
                self._lost.set()
                break
            renewed = time.monotonic() if due else renewed
        connection.close()

    def _look(self) -> bool:
        found = running.standing(run=self._run, owner=self._owner)
        if found.is_kept:
            self._kept.set()
        if found.waits_no_longer:
            self._waits_no_longer.set()
        return found.is_held

    def _renew(self) -> bool:
        return running.renew(run=self._run, owner=self._owner, now=self._now_fn())
