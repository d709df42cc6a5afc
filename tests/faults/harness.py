"""An installation of its own that faults are done to, its real readers, and the account of what they were told."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import httpx_sse

from notifications.wire import event_ids
from tests import servers

ROOT = Path(__file__).resolve().parents[2]
CONTROL = {"hello", "bye", "workers.changed"}  # the last is told to everybody when no worker has run for a while
# Seconds that the last event may take to the last reader, and that a publisher may take to begin or end.
PATIENCE = 60
READERS = 6
# Seconds for which everything goes on before a service is away and behind that.
BEFORE, BEHIND = 2, 9


@dataclass
class Told:
    """Events one reader received: positions and times; `returns` counts its connections after the first."""

    positions: list[int] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    resets: int = 0
    returns: int = 0
    closed: str = ""
    is_greeted: bool = False

    def take(self, event: str, identity: str, at: float) -> None:
        self.is_greeted = True
        if event == "reset":
            self.resets += 1
        # Without an id it says when to come back: the database is away.
        elif identity and event not in CONTROL:
            self.positions.append(event_ids.parse(identity).position)
            self.arrivals.append(at)


@dataclass
class Log:
    """Committed events, in order: position and the time at which its transaction began, by id."""

    events: dict[str, tuple[int, float]]
    kept: list[str]
    gone: list[str]

    @property
    def positions(self) -> list[int]:
        return [position for position, _ in self.events.values()]


@dataclass
class Account:
    """Events that readers missed, got twice, got behind a later one, or got though they are not in the log.

    Delays are seconds, from the begin of the transaction to the last reader, in the order of the log.
    """

    events: int
    lost: int
    invented: int
    doubled: int
    disordered: int
    resets: int
    returns: int
    closed: int
    delays: list[float]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.invented or self.doubled or self.disordered or self.resets or self.closed)

    def delay_of_last(self, seconds: float) -> float:
        """The median over all readers and over the events of about the last seconds of publishing."""
        return statistics.median(self.delays[-max(10, int(seconds * 40)) :])


def account(log: Log, readers: Sequence[Told]) -> Account:
    begun = dict(log.events.values())
    counts = [Counter(told.positions) for told in readers]
    latest = dict.fromkeys(begun, 0.0)
    for told in readers:
        for position, at in zip(told.positions, told.arrivals, strict=True):
            if position in latest:
                latest[position] = max(latest[position], at - begun[position])
    return Account(
        events=len(begun),
        lost=sum(len(begun.keys() - count.keys()) for count in counts),
        invented=sum(len(count.keys() - begun.keys()) for count in counts),
        doubled=sum(sum(count.values()) - len(count) for count in counts),
        disordered=sum(a > b for told in readers for a, b in zip(told.positions, told.positions[1:], strict=False)),
        resets=sum(told.resets for told in readers),
        returns=sum(told.returns for told in readers),
        closed=sum(bool(told.closed) for told in readers),
        delays=list(latest.values()),
    )


class Publisher:
    """The process that commits events (tests.faults.publisher)."""

    def __init__(self, environment: Mapping[str, str], scratch: Path, *, readers: int, pause: float) -> None:
        self.headers = scratch / "headers"
        command = [sys.executable, "-m", "tests.faults.publisher", str(self.headers), str(readers), str(pause)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.district = int(self._line())

    def begin(self) -> None:
        self._say(str(self.district))

    def end(self) -> Log:
        self._say("")
        told = json.loads(self._line())
        return Log({one: (position, at) for one, at, position in told["log"]}, told["kept"], told["gone"])

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _line(self) -> str:
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], 2 * PATIENCE)[0]:
            raise RuntimeError("The publisher says nothing.")
        return self.process.stdout.readline()


class Reader(threading.Thread):
    """Reads with httpx-sse, and comes back with the last id, as a browser does."""

    def __init__(self, address: str, cookie: str) -> None:
        super().__init__(daemon=True)
        self.address, self.cookie = address, cookie
        self.told = Told()
        self.greeted, self.stopped = threading.Event(), threading.Event()
        self.last = ""
        self._socket: socket.socket | None = None

    def run(self) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(httpx.HTTPError, httpx_sse.SSEError), httpx.Client(timeout=10) as client:
                self.read(client)
            self.told.returns += not self.stopped.is_set()
            self.stopped.wait(random.uniform(0.1, 1.0))

    def read(self, client: httpx.Client) -> None:
        headers = {"Cookie": self.cookie} | ({"Last-Event-ID": self.last} if self.last else {})
        with httpx_sse.connect_sse(client, "GET", self.address, headers=headers) as source:
            self._socket = source.response.extensions["network_stream"].get_extra_info("socket")
            for event in source.iter_sse():
                self.last = event.id or self.last
                self.told.take(event.event, event.id, time.time())
                self.greeted.set()
                if self.stopped.is_set():
                    return

    def stop(self) -> None:
        """Closes the connection, whatever it waits for, and ends the thread: no socket outlives its test."""
        self.stopped.set()
        while self.is_alive():
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            self.join(0.1)


@dataclass
class Server:
    """A running web server; `started` is gunicorn's parent process."""

    port: int
    started: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> list[int]:
        """The worker processes."""
        children = Path(f"/proc/{self.started.pid}/task/{self.started.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


@dataclass
class Site:
    """A web server with its publisher and readers, on the database and the Redis that the environment names."""

    server: Server
    publisher: Publisher
    environment: Mapping[str, str]
    readers: list[Reader]

    def begin(self) -> None:
        for reader in self.readers:
            reader.start()
        for reader in self.readers:
            assert reader.greeted.wait(PATIENCE), "no greeting"
        self.publisher.begin()

    def end(self) -> tuple[Log, Account]:
        log = self.publisher.end()
        deadline = time.monotonic() + PATIENCE
        last = log.positions[-1]
        while time.monotonic() < deadline and any(last not in one.told.positions[-1:] for one in self.readers):
            time.sleep(0.1)
        # What is told twice may come behind the last.
        time.sleep(1.5)
        for reader in self.readers:
            reader.stop()
        return log, account(log, [reader.told for reader in self.readers])


def environment(*, database: str, redis: str, port: int, workers: int = 2) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.site",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "WEB_LOG_LEVEL": "warning",
    }


@contextlib.contextmanager
def site(scratch: Path, *, database: str, redis: str = "", readers: int, pause: float = 0.06) -> Iterator[Site]:
    port = servers.free_port()
    variables = environment(database=database, redis=redis, port=port)
    publisher = Publisher(variables, scratch, readers=readers, pause=pause)
    try:
        with web(variables, port) as server:
            address = f"{server.address}/events/?district={publisher.district}"
            cookies = [line.partition(": ")[2] for line in publisher.headers.read_text().splitlines()]
            begun = Site(server, publisher, variables, [Reader(address, cookie) for cookie in cookies])
            try:
                yield begun
            finally:
                for reader in begun.readers:
                    reader.stop()
    finally:
        publisher.process.kill()
        publisher.process.communicate()


@contextlib.contextmanager
def web(variables: Mapping[str, str], port: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py"]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, start_new_session=True)
    server = Server(port, process)
    try:
        until_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until_answers(server: Server, status: int = 200) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.address}/healthz", timeout=5).status_code == status:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The web server did not answer {status} within {PATIENCE} s.")


def assert_told_once(log: Log, account: Account) -> None:
    assert set(log.kept) <= log.events.keys(), "what was confirmed is in the log"
    assert not set(log.gone) & log.events.keys(), "what was rolled back is not"
    assert account.is_clean, account
    assert account.events > 100
