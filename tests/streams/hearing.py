"""Streams as the hub sees them, without a web server: over a socket of their own, or queuing."""

from __future__ import annotations

import contextlib
import socket
from datetime import datetime

from django.db import transaction

from notifications.services import event_log
from notifications.streams.fanout.frames import Flavour
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.viewers import Viewer
from notifications.wire import catalogue

TICK = catalogue.EventType("test.tick", "any", {"number": ""}, "Only in tests.", rendered={"row": "HTML of a row"})


class Reader:
    """A stream over a real socket, or one that queues for a generator."""

    def __init__(self, hub: Hub, *channels: str, is_direct: bool = True, flavour: Flavour = "api") -> None:
        self.subscriber = Subscriber(viewer=Viewer(7, frozenset(channels)), flavour=flavour, address="", position=0)
        self.channels = channels
        self.closed = 0
        self.kept = b""
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.theirs.setblocking(False)
        self.subscriber.socket = self
        if is_direct:
            self.subscriber.direct = self.ours.send
        hub.subscribe(self.subscriber, head=0)

    def keep(self, rest: memoryview) -> None:
        self.kept = bytes(rest)
        self.subscriber.direct = None

    def close(self) -> None:
        self.closed += 1

    def told(self) -> bytes:
        """Everything so far: from the socket, and then what is queued."""
        with contextlib.suppress(BlockingIOError):
            return self.theirs.recv(1 << 20) + self._queued()
        return self._queued()

    def _queued(self) -> bytes:
        return b"".join(frame.encoded(self.subscriber.flavour) for frame in self.subscriber.take())

    def release(self) -> None:
        self.ours.close()
        self.theirs.close()


def publish(now: datetime, *told: tuple[str, int]) -> None:
    with transaction.atomic():
        event_log.publish_all(
            entries=[event_log.LogEntry(TICK, channel, {"number": n}) for channel, n in told], now=now
        )


def numbers(said: bytes) -> list[int]:
    return [int(part.split(b"}")[0]) for part in said.split(b'"number":')[1:]]
