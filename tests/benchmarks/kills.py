"""Kills the processes of an installation again and again, with real clients, and counts what each of them was not told.

    python -m tests.benchmarks.kills [--kills 20] [--clients 200]

PostgreSQL, Redis, two web processes, a worker, a publisher whose transactions commit or roll back without pause, and
clients of the npm package "eventsource", which come back by their own rules. At the end what each was told is compared
with the log.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests import servers
from tests.benchmarks.streams import machine
from tests.faults import harness, killing
from tests.streams import clients

# Seconds between two kills, at random between these.
BETWEEN = (3.0, 6.0)
# Seconds between two transactions of one of the publisher's three writers, on average.
PAUSE = 0.3

HEAD = (
    "| kills | clients | events | confirmed, but not in the log | lost | invented | doubled | out of order | reset "
    "| stopped for good | reconnects | median delay to the last client | longest |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


class NodeReaders(threading.Thread):
    """One Node process with all clients; its lines are what they were told."""

    def __init__(self, site: harness.Site, count: int) -> None:
        super().__init__(daemon=True)
        clients.install_packages()
        address = f"{site.server.address}/events/?district={site.publisher.district}"
        environment = os.environ | {"READER_HEADERS_FILE": str(site.publisher.headers)}
        command = ["node", str(clients.READER), address, str(count)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        self.told = [harness.Told(returns=-1) for _ in range(count)]

    def run(self) -> None:
        assert self.process.stdout
        for line in map(json.loads, self.process.stdout):
            told = self.told[line["connection"]]
            if "event" in line:
                told.take(line["event"], line["id"], line["at"] / 1000)
            elif line["state"] == "open":
                told.returns += 1
            elif line["state"] == "closed":
                told.closed = str(line.get("code"))

    def wait_for(self, position: int | None, seconds: float) -> None:
        """Until each has come to the event, or, without one, was greeted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(one.is_greeted if position is None else position in one.positions[-1:] for one in self.told):
                return
            time.sleep(0.1)


def measured(kills: int, count: int) -> tuple[harness.Log, harness.Account, str]:
    with (
        tempfile.TemporaryDirectory(prefix="lineup-kills-") as scratch,
        servers.postgres_server(synchronous_commit="on") as postgres,
        servers.redis_server() as redis,
        harness.site(Path(scratch), database=postgres.url, redis=redis.url, readers=count, pause=PAUSE) as site,
        killing.worker_of(site) as worker,
    ):
        readers = NodeReaders(site, count)
        with contextlib.ExitStack() as stack:
            stack.callback(readers.process.kill)
            readers.start()
            readers.wait_for(None, 60)
            site.publisher.begin()
            done = kill(killing.Killing(site, worker, redis, postgres), kills)
            # What it told later would not be in the log that the publisher reads now.
            worker.kill()
            log = site.publisher.end()
            readers.wait_for(log.positions[-1], harness.PATIENCE)
            # What is told twice may come behind the last.
            time.sleep(3)
            explain(log, readers.told)
            return log, harness.account(log, readers.told), done


def explain(log: harness.Log, readers: list[harness.Told]) -> None:
    """Says which client missed what; its last event and its age tell whether it hangs."""
    order = log.positions
    for number, told in enumerate(readers):
        if missed := sorted(set(order) - set(told.positions)):
            places = [order.index(position) for position in missed]
            age = time.time() - told.arrivals[-1]
            print(
                f"client {number} missed {len(missed)}, numbers {places[0]} to {places[-1]} of {len(order)}; its last "
                f"came {age:.0f} s ago; {told.returns} reconnects, {told.closed or 'open'}",
                file=sys.stderr,
            )


def kill(killed: killing.Killing, times: int) -> str:
    """How often each process was killed."""
    counts = dict.fromkeys(killed.kills, 0)
    for name, strike in itertools.islice(itertools.cycle(killed.kills.items()), times):
        time.sleep(random.uniform(*BETWEEN))
        print(f"killing {name}", file=sys.stderr, flush=True)
        strike()
        counts[name] += 1
    time.sleep(BETWEEN[1])
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def row(log: harness.Log, account: harness.Account, kills: str, clients: int) -> str:
    delays = sorted(account.delays)
    cells = [
        kills,
        clients,
        account.events,
        len(set(log.kept) - log.events.keys()),
        account.lost,
        account.invented,
        account.doubled,
        account.disordered,
        account.resets,
        account.closed,
        account.returns,
        f"{delays[len(delays) // 2] * 1000:.0f} ms",
        f"{delays[-1]:.1f} s",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Counts what real clients are not told while processes are killed.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=200)
    options = parser.parse_args()
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{machine()}\n", flush=True)
    log, account, done = measured(options.kills, options.clients)
    print(HEAD)
    print(row(log, account, done, options.clients))
    return 0 if account.is_clean and set(log.kept) <= log.events.keys() else 1


if __name__ == "__main__":
    raise SystemExit(main())
