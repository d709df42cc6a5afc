"""The worker's duties: each looks again and again in a thread of its own, so that none waits for another.

A look is due after a while, and sooner when the database says that something has changed. What a look cannot do it
leaves; an error costs its own duty a rest, and no other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection

from assignments.downstream import tracing
from assignments.tasks import process
from notifications.services import connections
from notifications.streams.process import bus

logger = logging.getLogger(__name__)

LEAST = 0.2
"""Seconds between two looks, however much changes."""
SQLITE_PAUSE = 0.1
"""Seconds between two questions whether SQLite's file has changed."""


@dataclass
class Duty:
    """Something to look for again and again."""

    name: str
    look: Callable[[], object]
    every: float
    """Seconds between two looks that nothing asks for."""
    is_woken: bool = False
    """Whether a change in the database asks for a look."""
    next_at: Callable[[], datetime | None] | None = None
    """When there will be something to do by the clock alone, if that is known."""
    prepare: Callable[[], object] | None = None
    """Done once, before the first look."""
    failures: int = field(default=0, init=False)
    _wake: threading.Event = field(default_factory=threading.Event, init=False)

    def wake(self) -> None:
        """Has it look at once, or end when the process is asked to stop; from any thread."""
        self._wake.set()

    def run(self) -> None:
        """Until the process is asked to stop; outlives its errors."""
        while not process.is_stopping():
            began = time.monotonic()
            rest = self.turn()
            if self._wake.wait(rest) and not process.is_stopping():
                process.stopping.wait(max(0.0, LEAST - (time.monotonic() - began)))
            self._wake.clear()
        connection.close()

    def turn(self) -> float:
        """Looks once; the seconds until the next look, more after each failure in a row."""
        try:
            if self.prepare is not None:
                self.prepare()
                self.prepare = None
            self.do()
            rest = self._rest()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look may go well
            self.failures += 1
            return process.failed(f"{self.name}: cannot go on", self.failures, error)
        self.failures = 0
        # Between two looks others may have the connection.
        connections.give_back()
        return rest

    def do(self) -> None:
        """Looks once; all that comes of it belongs to one trace."""
        with tracing.within(tracing.begun()):
            self.look()

    def _rest(self) -> float:
        at = self.next_at() if self.next_at is not None else None
        return self.every if at is None else min(self.every, max(0.0, (at - process.now()).total_seconds()))


def listen(wakes: Sequence[Callable[[], None]]) -> list[threading.Thread]:
    """Threads, begun, that wake them all when the database has changed, several times a second at most."""
    changed = threading.Event()

    def pass_on() -> None:
        while not process.is_stopping():
            if changed.wait(1.0):
                changed.clear()
                for wake in wakes:
                    wake()
                process.stopping.wait(LEAST)

    jobs: list[Callable[[], None]] = [pass_on]
    jobs += [partial(bus.supervise, source, changed.set, process.stopping) for source in bus.of_database(SQLITE_PAUSE)]
    threads = [threading.Thread(target=job, name="listening", daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    return threads
