"""Processor, memory and connections, looked at once a second."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.drill import installation

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Sampler(threading.Thread):
    site: installation.Installation
    bots: int
    """Id of their process."""
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Of a processor, by kind of process."""
    memory: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Bytes of the largest process of the kind."""
    connections: int = 0
    """The most of PostgreSQL at once."""
    over: threading.Event = field(default_factory=threading.Event)
    _last: dict[int, float] = field(default_factory=dict)
    _database: Any = None

    def __post_init__(self) -> None:
        super().__init__(name="sampler", daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        self._look(counts=False)
        while not self.over.wait(1.0):
            self._look()
            self._count()

    def _look(self, *, counts: bool = True) -> None:
        for kind, pids in self._processes().items():
            for pid in pids:
                with contextlib.suppress(OSError, IndexError):
                    used = _seconds(pid)
                    if counts:
                        self.seconds[kind] += used - self._last.get(pid, 0.0)
                    self._last[pid] = used
                    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                    self.memory[kind] = max(self.memory[kind], pages * _PAGE)

    def _processes(self) -> dict[str, list[int]]:
        site = self.site
        found = {
            "web": [pid for host in site.hosts for pid in host.children],
            "worker": [worker.pid for worker in site.workers],
            "systems": [program.pid for program in site.systems.values()],
            "bots": [self.bots],
        }
        if site.gateway is not None:
            found["nginx"] = _below(site.gateway.pid)
        if site.redis is not None:
            found["Redis"] = [site.redis.process.pid]
        if site.postgres is not None:
            found["PostgreSQL"] = _below(site.postgres.process.pid)
        return found

    def _count(self) -> None:
        if self.site.postgres is None:
            return
        import psycopg

        try:
            if self._database is None:
                self._database = psycopg.connect(self.site.postgres.url, autocommit=True)
            told = self._database.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'lineup' AND pid <> pg_backend_pid()"
            ).fetchone()
            self.connections = max(self.connections, int(told[0]))
        except psycopg.Error:
            self._database = None


def _below(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    return []


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
