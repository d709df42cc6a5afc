"""Measures event streams: ours and its peers, each one server process on one core, readers on the other.

    python -m tests.benchmarks.streams [--connections N] [--only NAME ...]

Every event is published when the last reader has got the one before, so nothing is coalesced that a burst does not
bring. Deliveries are counted per second of the server's processor time: that is what the server costs, and other work
on the machine and the wait for a wake-up do not count. The delay is wall time from the commit (from the request, for
peers without transactions) to the last reader.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import random
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.benchmarks import peers, proxies

PEERS: dict[str, Callable[[int], contextlib.AbstractContextManager[peers.Running]]] = {
    "Lineup, SQLite": partial(peers.lineup, database="SQLite"),
    "Lineup, PostgreSQL": partial(peers.lineup, database="PostgreSQL"),
    "nchan 1.3.6": proxies.nchan,
    "sse-starlette 3.7.0": partial(peers.asgi, module="starlette_peer"),
    "django-eventstream 5.3.4": partial(peers.asgi, module="eventstream_peer"),
    "flask-sse 1.0.0": peers.flask,
}
BURST = 20
# Seconds that one delivery to all readers may take.
PATIENCE = 60


class Stuck(RuntimeError):
    """Not every reader got every event."""


class Readers:
    """The process that reads all streams."""

    def __init__(self, running: peers.Running, count: int) -> None:
        binary = _built()
        command = [str(binary), str(running.port), str(count), str(running.requests)]
        self.process = subprocess.Popen(
            command,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=peers.pinned(peers.CLIENT_CORE),  # noqa: PLW1509 - no threads here
        )
        self._line(60 + count / 20)

    def ask(self, command: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._line(PATIENCE)

    def done(self) -> int:
        """When the last expected event came, in nanoseconds."""
        return int(self._line(PATIENCE).split()[1])

    def _line(self, seconds: float) -> str:
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise Stuck(f"not every reader got everything within {seconds:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Stuck("the server refused a reader")
        return line


@dataclass
class Figures:
    """Of one server. Rates are deliveries per second of its processor time, delays in milliseconds."""

    single: float
    burst: float | None
    """None, as `sustained`: not every reader got every event."""
    sustained: float | None
    delay: list[float]
    memory: float
    queries: int | None
    exact: str


def measured(running: peers.Running, count: int) -> Figures:
    # What the first requests load is no stream's.
    with peers.ended(Readers(running, 50).process):
        pass
    time.sleep(1)
    before = running.memory()
    readers = Readers(running, count)
    with peers.ended(readers.process):
        time.sleep(2)
        memory = (running.memory() - before) / count
        series(running, readers, size=1, turns=5)
        single, delay = series(running, readers, size=1, turns=max(30, min(200, 200_000 // count)))
        burst = sustained = None
        exact = f"no: not everybody got all within {PATIENCE} s"
        with contextlib.suppress(Stuck):
            burst = series(running, readers, size=BURST, turns=max(5, 30_000 // count))[0] * count
            sustained = as_fast_as_published(running, readers, 200 if count <= 1000 else 50) * count
            time.sleep(0.2)
            _, least, most, closed = readers.ask("report").split()
            exact = "yes" if least == most and closed == "0" else f"{least} to {most}, {closed} cut"
    queries = getattr(running.publisher, "queries", None)
    return Figures(single * count, burst, sustained, delay, memory, queries, exact)


def as_fast_as_published(running: peers.Running, readers: Readers, events: int) -> float:
    """Events per second when none waits for the one before."""
    readers.ask(f"expect {events}")
    began = time.monotonic_ns()
    for _ in range(events):
        running.publisher.publish(1)
    return events / (readers.done() - began) * 1e9


def series(running: peers.Running, readers: Readers, *, size: int, turns: int) -> tuple[float, list[float]]:
    """Events per second of processor time, and the delay of each turn in milliseconds."""
    delays = []
    before = running.cpu_seconds()
    for _ in range(turns):
        # At random, because our server looks at SQLite's change counter at fixed intervals.
        time.sleep(random.uniform(0.0, 0.03))
        readers.ask(f"expect {size}")
        told = running.publisher.publish(size)
        delays.append((readers.done() - told) / 1e6)
    return size * turns / max(running.cpu_seconds() - before, 0.01), delays


def _built() -> Path:
    source, binary = Path(__file__).with_name("readers.c"), peers.CACHE / "readers"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        peers.CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", str(binary), str(source)], check=True)
    return binary


HEAD = (
    "| server | single events, deliveries/s | bursts of 20, deliveries/s | as fast as published, deliveries/s "
    "| to the last reader, p50 / p99 | memory per idle stream | inserts per event | each event once |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def row(name: str, figures: Figures) -> str:
    cuts = statistics.quantiles(figures.delay, n=100)
    cells = [
        name,
        f"{figures.single:,.0f}",
        "–" if figures.burst is None else f"{figures.burst:,.0f}",
        "–" if figures.sustained is None else f"{figures.sustained:,.0f}",
        f"{cuts[49]:.0f} / {cuts[98]:.0f} ms",
        f"{figures.memory / 1024:.1f} KB",
        "–" if figures.queries is None else str(figures.queries),
        figures.exact,
    ]
    return f"| {' | '.join(cells)} |"


def table(count: int, names: list[str]) -> Iterator[str]:
    yield f"{count:,} connections:\n"
    yield HEAD
    for name in names:
        try:
            with PEERS[name](count) as running:
                yield row(name, measured(running, count))
        except (RuntimeError, OSError) as reason:
            yield f"| {name} | not measured: {reason} | | | | | | |"


def machine() -> str:
    models = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    facts = [
        f"{len(models)} × {models[0] if models else platform.machine()}",
        f"{int(Path('/proc/meminfo').read_text().split()[1]) / 2**20:.0f} GB",
        f"Linux {'.'.join(platform.release().split('.')[:2])}",
        f"Python {platform.python_version()}",
    ]
    return f"{', '.join(facts)}; load average at the start {os.getloadavg()[0]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures event streams: ours and its peers.")
    parser.add_argument("--connections", type=int, nargs="+", default=[1000])
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    options = parser.parse_args()
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{machine()}\n", flush=True)
    for count in options.connections:
        for line in table(count, options.only):
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
