"""A routing server's tables, asked for by several threads that touch no database: what they hear goes into a queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from assignments.downstream import client, routing, trouble
from assignments.engine.search import tables

_LOOK = 0.1
"""Seconds between two looks at the limits while nothing is said."""


@dataclass(frozen=True, slots=True)
class Answered:
    table: tables.Table
    times: routing.Times


Told = Answered | trouble.SystemUnavailable
"""One answer of the server: a table, or the reason why no more will come."""


class RoutingTables:
    """The answers as they come, until all are there, the server fails or the limits are reached; a context manager.

    No more answers lie about than there are threads, so that the server is asked no faster than they are stored.
    """

    def __init__(
        self, server: routing.TravelTimeServer, wanted: tables.WantedDrives, at_once: int, limits: client.ReadingLimits
    ) -> None:
        self._server = server
        self._limits = client.ReadingLimits(limits.deadline, lambda: self._ended.is_set() or limits.stop())
        self._ended = threading.Event()
        self._questions = wanted.tables(server.side)
        self._lock = threading.Lock()
        self._inbox: queue.Queue[Told | Exception | None] = queue.Queue(at_once)
        # Daemons, because nobody waits for a server that hangs: its answer would come too late for this run.
        self._threads = [threading.Thread(target=self._run, name="routing", daemon=True) for _ in range(at_once)]
        self._router = routing.Router(server)

    def __enter__(self) -> Iterator[Told]:
        for thread in self._threads:
            thread.start()
        return self._heard()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._router.__exit__(kind, error, trace)

    def _heard(self) -> Iterator[Told]:
        """Raises what is no answer of the server."""
        working = len(self._threads)
        while working and self._limits.left > 0 and not self._limits.stop():
            try:
                told = self._inbox.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if told is None:
                working -= 1
            elif isinstance(told, Answered):
                yield told
            elif isinstance(told, trouble.SystemUnavailable):
                # A failure of one table would repeat itself for the others.
                yield told
                return
            else:
                raise told

    def _run(self) -> None:
        try:
            while table := self._next():
                origins, destinations = ([(p.lat, p.lon) for p in many] for many in (table.origins, table.destinations))
                times = self._router.table(origins, destinations, limits=self._limits)
                self._tell(Answered(table, times))
            self._tell(None)
        except client.Stopped:
            """Nobody listens any more."""
        except Exception as error:  # noqa: BLE001 - whoever listens raises what is not an answer of the server
            self._tell(error)

    def _next(self) -> tables.Table | None:
        self._limits.check()
        with self._lock:
            return next(self._questions, None)

    def _tell(self, told: Told | Exception | None) -> None:
        while not self._ended.is_set():
            try:
                self._inbox.put(told, timeout=_LOOK)
            except queue.Full:
                continue
            return
