"""One deadline round a whole exchange, whatever the other side does on its socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from assignments.downstream import client, trouble
from tests.downstream.raw import RawSystem, Script

DEADLINE = 1.0


def drips_headers(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        connection.sendall(b"X-Slow: 1\r\n")


def says_that_it_goes_on(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")


def drips_the_body(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


def says_nothing(connection: socket.socket, over: threading.Event) -> None:
    over.wait()


@pytest.fixture
def raw() -> Iterator[Callable[[Script], RawSystem]]:
    started: list[RawSystem] = []

    def start(script: Script) -> RawSystem:
        started.append(RawSystem(script))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.mark.parametrize("script", [drips_headers, says_that_it_goes_on, drips_the_body, says_nothing])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_booking_ends_in_time(raw: Callable[[Script], RawSystem], script: Script, scheme: str) -> None:
    system = raw(script)
    began = time.monotonic()

    with (
        client.Client(base_url=f"{scheme}://{system.address}", timeout=60) as http,
        pytest.raises(trouble.SystemUnavailable) as caught,
    ):
        http.book(payload={"order": "W-1"}, key="k-1", seconds=DEADLINE)

    assert time.monotonic() - began < 30 * DEADLINE
    # Before the handshake is over nothing of the booking can have arrived.
    assert caught.value.is_sent is (scheme == "http")


def test_an_address_that_nobody_listens_at_has_heard_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with client.Client(base_url=f"http://127.0.0.1:{port}") as http, pytest.raises(trouble.SystemUnavailable) as caught:
        http.book(payload={}, key="k-1")

    assert not caught.value.is_sent
