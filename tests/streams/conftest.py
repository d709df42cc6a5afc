"""A real web server (gunicorn with gevent workers, its own processes) on the tests' database, and readers for it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from django.db import transaction
from django.test import Client

from notifications.services import event_log, positions
from notifications.streams.fanout import limits
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.process import threads
from notifications.wire import event_types
from tests import databases, servers
from tests.pushpin import Pushpin

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """A running web server; `started` is gunicorn's parent process, `proxy` what readers reach it through, if so."""

    port: int
    started: subprocess.Popen[bytes]
    proxy: Pushpin | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port if self.proxy else self.port}"

    @property
    def pids(self) -> list[int]:
        """The worker processes."""
        children = Path(f"/proc/{self.started.pid}/task/{self.started.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def browser(self, client: Client) -> httpx.Client:
        """A browser with the session of the test client."""
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        return httpx.Client(base_url=self.address, cookies=cookies, timeout=60)

    @contextlib.contextmanager
    def stream(self, client: Client, path: str = "/events/", **options: Any) -> Iterator[Stream]:
        """An open stream of the person logged in to the test client."""
        with self.browser(client) as browser, httpx_sse.connect_sse(browser, "GET", path, **options) as source:
            yield Stream(source)

    def stop(self) -> None:
        if self.proxy is not None:
            self.proxy.close()
        self.started.send_signal(signal.SIGTERM)
        try:
            self.started.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.started.pid, signal.SIGKILL)
            self.started.wait(timeout=30)


class Stream:
    """Events of a reader, read by a parser that is not ours."""

    def __init__(self, source: httpx_sse.EventSource) -> None:
        self.response = source.response
        self._events = source.iter_sse()

    def next(self) -> httpx_sse.ServerSentEvent:
        return next(self._events)

    def take(self, count: int) -> list[httpx_sse.ServerSentEvent]:
        return [self.next() for _ in range(count)]

    def rest(self) -> list[httpx_sse.ServerSentEvent]:
        """Everything until the server ends the stream."""
        return list(self._events)


@pytest.fixture(scope="session")
def direct(django_db_setup: None) -> Iterator[Server]:
    running = start_server(workers=2)
    yield running
    running.stop()


# Of a module, because its processes would publish what the tests of the relay alone write.
@pytest.fixture(scope="module")
def behind_pushpin(django_db_setup: None) -> Iterator[Server]:
    servers.need("pushpin", "zurl")
    running = start_server(workers=2, is_proxied=True)
    yield running
    running.stop()


@pytest.fixture
def server(direct: Server) -> Server:
    """The one that readers reach without a proxy; a module that tries all arrangements has a fixture of this name."""
    return direct


@pytest.fixture
def server_of_one(transactional_db: None) -> Iterator[Server]:
    """A server with one worker, for tests that end it or look into its process."""
    running = start_server(workers=1)
    yield running
    running.stop()


def start_server(*, workers: int, site: str = "tests.streams.site", is_proxied: bool = False) -> Server:
    port = servers.free_port()
    proxy = Pushpin(port) if is_proxied else None
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": site,
        "DATABASE_URL": databases.address(),
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "WEB_LOG_LEVEL": "warning",
        **(proxy.environment if proxy else {}),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py"]
    server = Server(port, subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True), proxy)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/events/").status_code == 401:
                if proxy is not None:
                    proxy.start()
                return server
        time.sleep(0.1)
    server.stop()
    raise RuntimeError("The web server did not answer within 90 s.")


@pytest.fixture
def tell(now: datetime) -> Callable[..., None]:
    """Publishes numbered events to a person, in one transaction: tell(mara, 1, 2, 3)."""

    def published(user: Any, *numbers: int) -> None:
        with transaction.atomic():
            for number in numbers:
                data = {"user": user.pk, "notification": number}
                event_log.publish(type=event_types.NOTIFICATION_READ, channels=f"user:{user.pk}", data=data, now=now)

    return published


@pytest.fixture
def as_mara(mara: Any) -> Client:
    client = Client()
    client.force_login(mara)
    return client


@pytest.fixture
def log(transactional_db: None) -> Iterator[Callable[[], positions.LogState]]:
    """The log read by streams of the test's own process; its threads end with the test."""
    yield positions.log_state
    threads.shut_down()


def until_told() -> None:
    """Until the streams of this process were told of everything that has happened."""
    reader = Subscriber(viewer=Viewer(0, frozenset()), flavour="browser", address="", position=0)
    log = positions.log_state()
    while threads.hub(log).take(reader)[1] < log.head:
        time.sleep(0.01)


@pytest.fixture
def impatient(settings: Any, log: Any) -> Callable[..., None]:
    """Sets limits of the streams in this process: impatient(lifetime=0.2)."""

    def limited(**changed: Any) -> None:
        settings.STREAMS = {"heartbeat": 0.2, **changed}

    limits.current.cache_clear()
    return limited
