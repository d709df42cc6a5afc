"""Sockets that the process writes itself: a reader that does not read, and one that knows no chunks."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from notifications.services import event_log, positions
from notifications.streams.fanout import limits, lines
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.pages import PageFrame
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.telling import Telling
from notifications.streams.fanout.viewers import Viewer
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
        deadline = time.monotonic() + 60
        while is_open(server_of_one.port, place) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert not is_open(server_of_one.port, place)
    assert len({event.id for event in told}) == 120


def test_a_reader_of_http_1_0_gets_no_chunks(server: Server, as_mara: Client, mara: Any, tell: Tell) -> None:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in as_mara.cookies.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as old:
        old.sendall(f"GET /events/ HTTP/1.0\r\nCookie: {cookies}\r\n\r\n".encode())
        read = b""
        while b"hello" not in read:
            read += old.recv(4096)
        tell(mara, 7)
        while b'"notification":7' not in read:
            read += old.recv(4096)

    frames = read.split(b"\r\n\r\n", 1)[1]
    assert b"\r" not in frames


def test_what_is_told_while_a_line_writes_is_not_written_into_it(
    mara: Any, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    """The line waits for the hub's lock in the middle of its turn; whoever holds it tells something long."""
    hub = Hub(log=positions.log_state())
    reader = Subscriber(viewer=Viewer(mara.pk, frozenset({"user:1"})), flavour="browser", address="", position=0)
    hub.subscribe(reader, head=0)
    telling = Telling(hub=hub, subscriber=reader, until=None, epoch=hub.epoch, beats=True)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(0.2)
    with ours, theirs:
        line = lines.SocketLine(lines.Lines(), ours, telling, chunked=False)
        line.write(time.monotonic())
        take = hub.take
        long = PageFrame(b"event: page.changed\ndata: " + b"x" * 500_000 + b"\n\n")

        def take_late(subscriber: Subscriber) -> Any:
            monkeypatch.setattr(hub, "take", take)
            hub.tell_page(long, to=subscriber)
            return take(subscriber)

        monkeypatch.setattr(hub, "take", take_late)
        read = b""
        # In this turn the line has a beat to tell.
        for at in (time.monotonic() + limits.current().heartbeat + 1, *[time.monotonic()] * 50):
            line.write(at)
            with contextlib.suppress(TimeoutError):
                read += theirs.recv(1_000_000)

        assert long.text in read
        assert read.replace(long.text, b"").count(b"event: ") <= 2
