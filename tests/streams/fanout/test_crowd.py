"""A server process with as many streams as it takes: who is refused, and what still answers."""

from __future__ import annotations

import contextlib
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.test import Client

from tests.streams.conftest import Server, start_server
from tests.streams.crowded import CAP

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]
Tell = Callable[..., None]


@pytest.fixture
def crowded(transactional_db: None) -> Iterator[Server]:
    running = start_server(workers=1, site="tests.streams.crowded")
    yield running
    running.stop()


@pytest.fixture
def crowd(crowded: Server, as_mara: Client) -> Iterator[list[socket.socket]]:
    """As many open streams of Mara as the process takes."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in as_mara.cookies.items())
    request = f"GET /events/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        readers = []
        for _ in range(CAP):
            reader = stack.enter_context(socket.create_connection(("127.0.0.1", crowded.port), timeout=60))
            reader.sendall(request)
            assert read_until(reader, b"event: hello").startswith(b"HTTP/1.1 200")
            readers.append(reader)
        yield readers


def read_until(reader: socket.socket, mark: bytes) -> bytes:
    read = b""
    while mark not in read:
        more = reader.recv(1 << 16)
        assert more, read
        read += more
    return read


def answers_within(ask: Callable[[], httpx.Response], *, times: int = 15) -> float:
    """Seconds: the median of some answers."""
    took = []
    for _ in range(times):
        before = time.monotonic()
        assert ask().status_code == 200
        took.append(time.monotonic() - before)
    return statistics.median(took)


@contextlib.contextmanager
def admitted(browser: httpx.Client, *, seconds: float) -> Iterator[httpx.Response]:
    """A stream that is asked for until it is given; the last refusal when time is over."""
    deadline = time.monotonic() + seconds
    while True:
        with browser.stream("GET", "/events/") as response:
            if response.status_code == 200 or time.monotonic() > deadline:
                yield response
                return


def test_a_full_process_refuses_tells_answers_and_says_goodbye(
    crowded: Server, crowd: list[socket.socket], as_mara: Client, mara: Any, tell: Tell
) -> None:
    """One walk: to open all these streams takes longer than to try them."""
    one_more_is_refused_until_a_place_is_left(crowded, crowd, as_mara)
    health_checks_answer_while_everybody_is_told(crowded, crowd, mara, tell)
    all_say_goodbye_within_two_seconds(crowded, crowd)


def one_more_is_refused_until_a_place_is_left(crowded: Server, crowd: list[socket.socket], as_mara: Client) -> None:
    with crowded.browser(as_mara) as browser:
        before = time.monotonic()
        refused = browser.get("/events/")
        took = time.monotonic() - before
        crowd.pop().close()
        with admitted(browser, seconds=60) as response:
            status = response.status_code

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5"), "told when to come back"
    assert took < 30
    assert status == 200, "the place is free at once"


def health_checks_answer_while_everybody_is_told(
    crowded: Server, crowd: list[socket.socket], mara: Any, tell: Tell
) -> None:
    with crowded.browser(Client()) as browser:
        browser.get("/healthz")
        quiet = answers_within(lambda: browser.get("/healthz"))
        for number in range(20):
            tell(mara, number)
        busy = answers_within(lambda: browser.get("/healthz"))

    assert busy < max(10, 10 * quiet)
    for reader in crowd:
        read_until(reader, b'"notification":19')


def all_say_goodbye_within_two_seconds(crowded: Server, crowd: list[socket.socket]) -> None:
    crowded.started.terminate()
    before = time.monotonic()
    last_words = [read_until(reader, b"0\r\n\r\n") for reader in crowd]

    assert time.monotonic() - before < 30
    assert all(b'{"reason":"drain"}' in words for words in last_words)
