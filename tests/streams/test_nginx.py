"""Streams through Debian's nginx: nothing is held back, nothing is cut for being quiet, and no place stays taken."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from django.test import Client

from tests import servers
from tests.streams import gateways
from tests.streams.conftest import Server, Stream, start_server
from tests.streams.site import STREAMS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]
Tell = Callable[..., None]
PLAIN = "location / { proxy_pass http://lineup; proxy_set_header Host localhost; }"
QUIET = 7
"""Seconds: more than two of the time-outs below."""


@contextlib.contextmanager
def browser_at(gateway: gateways.Gateway, person: Client) -> Iterator[httpx.Client]:
    """It takes compressed answers, as all do."""
    cookies = {name: morsel.value for name, morsel in person.cookies.items()}
    with httpx.Client(base_url=gateway.address, cookies=cookies, timeout=60) as browser:
        yield browser


@contextlib.contextmanager
def stream(gateway: gateways.Gateway, person: Client) -> Iterator[Stream]:
    with browser_at(gateway, person) as browser, httpx_sse.connect_sse(browser, "GET", "/events/") as source:
        yield Stream(source)


@pytest.mark.parametrize(
    ("location", "http"),
    [
        pytest.param("", "", id="as documented"),
        pytest.param(PLAIN, "", id="asking in HTTP/1.0, as it does by itself"),
        pytest.param("", "gzip on; gzip_types *; gzip_min_length 0;", id="compressing everything"),
        pytest.param(PLAIN.replace("}", "gzip on; gzip_types *; gzip_proxied any; }"), "", id="both"),
    ],
)
def test_each_event_arrives_at_once(
    server: Server, as_mara: Client, mara: Any, tell: Tell, tmp_path: Path, location: str, http: str
) -> None:
    with gateways.nginx(tmp_path, server.port, location=location, http=http) as nginx, stream(nginx, as_mara) as told:
        assert told.next().event == "hello"
        for number in range(5):
            before = time.monotonic()
            tell(mara, number)

            assert told.next().json()["notification"] == number
            # Held back it would come with what fills a buffer: heartbeats of minutes.
            assert time.monotonic() - before < 60


def test_a_quiet_stream_outlives_the_time_out(
    server: Server, as_mara: Client, mara: Any, tell: Tell, tmp_path: Path
) -> None:
    impatient = PLAIN.replace("}", "proxy_read_timeout 3s; }")
    with (
        gateways.nginx(tmp_path, server.port, location=impatient) as nginx,
        browser_at(nginx, as_mara) as browser,
        browser.stream("GET", "/events/") as response,
    ):
        lines = response.iter_lines()
        opened = time.monotonic()
        while time.monotonic() - opened < QUIET:
            next(lines)
        tell(mara, 1)
        event = next(line for line in lines if line.startswith("event:"))

    assert event == "event: notification.read"


def test_a_reader_that_vanishes_gives_its_place_back_at_once(
    server_of_one: Server, as_mara: Client, tmp_path: Path
) -> None:
    with (
        gateways.nginx(tmp_path, server_of_one.port) as nginx,
        browser_at(nginx, as_mara) as next_one,
        contextlib.ExitStack() as readers,
    ):
        opened = [readers.enter_context(stream(nginx, as_mara)) for _ in range(int(STREAMS["per_user"]))]
        assert {each.next().event for each in opened} == {"hello"}
        assert is_refused(next_one)

        opened[0].response.close()
        left = time.monotonic()
        while is_refused(next_one):
            assert time.monotonic() - left < 20


def is_refused(browser: httpx.Client) -> bool:
    """Whether all places of this person are taken."""
    with browser.stream("GET", "/events/") as response:
        return response.status_code == 503


@pytest.fixture
def hosts(transactional_db: None) -> Iterator[tuple[Server, Server]]:
    """Two web hosts of two processes each."""
    running = start_server(workers=2), start_server(workers=2)
    yield running
    for one in running:
        one.stop()


KILLS = 6


class TestTwoHosts:
    def test_killed_processes_cost_nobody_an_answer(
        self, hosts: tuple[Server, Server], as_mara: Client, tmp_path: Path
    ) -> None:
        answers: list[int] = []
        is_over = threading.Event()

        cut_off: list[httpx.RemoteProtocolError] = []

        def ask() -> None:
            with browser_at(nginx, as_mara) as browser:
                while not is_over.is_set():
                    try:
                        answers.append(browser.get("/notifications/").status_code)
                    except httpx.RemoteProtocolError as error:
                        # The process was killed in the middle of its answer, of which nginx had sent the beginning.
                        cut_off.append(error)

        with gateways.nginx(tmp_path, *(host.port for host in hosts)) as nginx:
            people = [threading.Thread(target=ask) for _ in range(6)]
            for one in people:
                one.start()
            for number in range(KILLS):
                wait_for_more(answers, 12)
                os.kill(hosts[number % 2].pids[0], signal.SIGKILL)
            wait_for_more(answers, 24)
            is_over.set()
            for one in people:
                one.join()

        assert set(answers) == {200}
        assert len(cut_off) <= KILLS

    def test_without_a_host_a_person_is_told_when_to_ask_again(self, as_mara: Client, tmp_path: Path) -> None:
        with gateways.nginx(tmp_path, servers.free_port()) as nginx, browser_at(nginx, as_mara) as browser:
            page = browser.get("/", headers={"Accept": "text/html,*/*"})
            act = browser.post("/runs/", headers={"Accept": "application/json"})

        assert [(one.status_code, one.headers["Retry-After"]) for one in (page, act)] == [(503, "2")] * 2
        assert page.headers["Content-Type"] == "text/plain"
        assert "Lineup did not answer" in page.text
        assert act.headers["Content-Type"] == "application/problem+json"
        assert act.json()["next_step"] == "Look whether it was done before you repeat it."


def wait_for_more(answers: list[int], count: int) -> None:
    """Until so many more have come."""
    wanted, deadline = len(answers) + count, time.monotonic() + 60
    while len(answers) < wanted:
        assert time.monotonic() < deadline, "no answers come"
        time.sleep(0.01)
