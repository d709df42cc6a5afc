"""Trouble during the drill, by chance that is seeded: killed processes, servers away, systems that fail."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

import httpx

from tests.drill import installation

AFTER = 5.0
"""Seconds behind an end of trouble within which it still may be felt."""
FLAPPING = (4.0, 12.0)
"""Seconds between two systems that go down, at random."""


@dataclass
class Trouble(threading.Thread):
    """Everything from `begin` until `seconds` are over; `kills_every` seconds lie between two kills, 0 for none."""

    site: installation.Installation
    seconds: float
    kills_every: float
    chance: random.Random
    windows: list[tuple[float, float]] = field(default_factory=list)
    """Times within which latency is not counted."""
    away: list[tuple[float, float]] = field(default_factory=list)
    """Times within which the database was away."""
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(name="trouble", daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        began = time.monotonic()
        todo = self._planned()
        for at, name in todo:
            time.sleep(max(0.0, began + at - time.monotonic()))
            start = time.time()
            with contextlib.suppress(httpx.TransportError, ProcessLookupError):
                getattr(self, f"_{name}")()
            if name != "flap":
                self.windows.append((start, time.time() + AFTER))
            self.done[name] = self.done.get(name, 0) + 1
        time.sleep(max(0.0, began + self.seconds - time.monotonic()))

    def _planned(self) -> list[tuple[float, str]]:
        """Times from the beginning on, in seconds, and what happens then."""
        found: list[tuple[float, str]] = [(0.1, "fray")]
        at = self.kills_every
        while self.kills_every and at < self.seconds:
            found += [(at, "web"), (at + 1, "worker")]
            at += self.kills_every
        if self.kills_every and self.site.redis:
            found.append((0.4 * self.seconds, "redis"))
        if self.kills_every and self.site.postgres:
            found.append((0.7 * self.seconds, "postgres"))
        at = self.chance.uniform(*FLAPPING)
        while at < self.seconds:
            found.append((at, "flap"))
            at += self.chance.uniform(*FLAPPING)
        return sorted(found)

    def _web(self) -> None:
        children = [pid for host in self.site.hosts for pid in host.children]
        if children:
            os.kill(self.chance.choice(children), signal.SIGKILL)

    def _worker(self) -> None:
        worker = self.chance.choice(self.site.workers)
        worker.kill()
        worker.start()

    def _redis(self) -> None:
        assert self.site.redis
        self.site.redis.kill()
        time.sleep(self.chance.uniform(0.5, 2.0))
        self.site.redis.start()

    def _postgres(self) -> None:
        assert self.site.postgres
        start = time.time()
        self.site.postgres.stop("immediate")
        time.sleep(self.chance.uniform(0.5, 2.0))
        self.site.postgres.start()
        self.away.append((start, time.time()))

    def _fray(self) -> None:
        """All the time, some requests fail and some answers are lost."""
        for name in installation.SYSTEMS:
            self._set(name, fail_rate=0.02, lose_answers=0.03)

    def _flap(self) -> None:
        self._set(self.chance.choice(installation.SYSTEMS), down_for=self.chance.uniform(1.0, 5.0))

    def _set(self, name: str, **faults: float) -> None:
        httpx.post(f"{self.site.url(name)}/faults", json=faults, timeout=10).raise_for_status()
