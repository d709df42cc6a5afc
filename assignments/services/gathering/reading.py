"""One source read over HTTP in a thread of its own, which touches no database: what it finds goes into a queue."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass

from assignments import models
from assignments.downstream import client, messages
from assignments.services.writebacks import connecting

ABREAST = 3
"""Requests at once to one system: a slow answer is waited for beside others, and no system is stormed."""
PATIENCE = 3.0
"""Request timeouts that a source has for all of its collections, attempts and waits included."""


@dataclass(frozen=True, slots=True)
class Moved:
    system: models.DownstreamSystem
    progress: client.Progress


@dataclass(frozen=True, slots=True)
class Read:
    system: models.DownstreamSystem
    resource: messages.Resource
    collection: client.Collection
    since: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The thread is done; without an error everything was read."""

    system: models.DownstreamSystem
    error: Exception | None = None


Told = Moved | Read | Ended
"""The report of a reading thread on its system."""


def start(
    *,
    system: models.DownstreamSystem,
    district: str,
    since: Mapping[str, int],
    seconds: float,
    stop: Callable[[], bool],
    tell: queue.SimpleQueue[Told],
) -> None:
    """Begins to read the source's collections, some at a time."""
    limits = client.ReadingLimits(time.monotonic() + min(seconds, system.timeout_seconds * PATIENCE), stop)

    def read() -> None:
        try:
            _read_all(system, district, since, limits, tell)
        except Exception as error:  # noqa: BLE001 - whoever reads the queue raises what is not an answer of the source
            tell.put(Ended(system, error))
        else:
            tell.put(Ended(system))

    # A daemon, because nobody waits for a source that hangs: its answer would come too late for this run.
    threading.Thread(target=read, name=f"gather-{system.code}", daemon=True).start()


def _read_all(
    system: models.DownstreamSystem,
    district: str,
    since: Mapping[str, int],
    limits: client.ReadingLimits,
    tell: queue.SimpleQueue[Told],
) -> None:
    def read(http: client.Client, resource: messages.Resource) -> None:
        mark = since.get(mark_of(resource, district), 0)
        collection = http.read(
            resource, district=district, since=mark, limits=limits, tell=lambda at: tell.put(Moved(system, at))
        )
        tell.put(Read(system, resource, collection, mark))

    # The applier keeps a record that arrives before the things it names until they are there.
    with connecting.to(system=system) as http, futures.ThreadPoolExecutor(ABREAST) as pool:
        readings = [pool.submit(read, http, one) for one in messages.RESOURCES[messages.System(system.kind)]]
        for reading in futures.as_completed(readings):
            reading.result()


def mark_of(resource: messages.Resource, district: str) -> str:
    """The key of DownstreamSystem.versions."""
    return f"{resource}:{district}"
