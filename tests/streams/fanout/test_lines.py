"""Sockets that the process writes itself: a reader that does not read, and one that knows no chunks."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from notifications.services import event_log
from notifications.wire import event_types
from tests.streams.conftest import Server
from tests.streams.responses.test_server import is_open

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]
Tell = Callable[..., None]


def test_a_reader_that_stops_reading_is_cut_and_the_others_are_told(
    server_of_one: Server, as_mara: Client, mara: Any, now: datetime
) -> None:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in as_mara.cookies.items())
    request = f"GET /events/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n"
    kind = event_types.NOTIFICATION_CREATED
    data = dict.fromkeys(kind.payload, "") | {"user": mara.pk, "body": "x" * 100_000}
    with (
        socket.create_connection(("127.0.0.1", server_of_one.port)) as slow,
        server_of_one.stream(as_mara) as quick,
    ):
        slow.sendall(request.encode())
        quick.next()
        place = slow.getsockname()[1]
        time.sleep(0.5)
        # More than the kernel takes for a reader (about 4 MB), and its queue of 1 MiB on top.
        told = []
        for _ in range(120):
            with transaction.atomic():
                event_log.publish(type=kind, channels=f"user:{mara.pk}", data=data, now=now)
            told.append(quick.next())
        deadline = time.monotonic() + 5
        while is_open(server_of_one.port, place) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert not is_open(server_of_one.port, place)
    assert len({event.id for event in told}) == 120


def test_a_reader_of_http_1_0_gets_no_chunks(server: Server, as_mara: Client, mara: Any, tell: Tell) -> None:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in as_mara.cookies.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as old:
        old.sendall(f"GET /events/ HTTP/1.0\r\nCookie: {cookies}\r\n\r\n".encode())
        read = b""
        while b"hello" not in read:
            read += old.recv(4096)
        tell(mara, 7)
        while b'"notification":7' not in read:
            read += old.recv(4096)

    frames = read.split(b"\r\n\r\n", 1)[1]
    assert b"\r" not in frames
