"""The bytes of one open stream, from its first greeting to its last word."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from django.db import connections

from notifications.services import cursor
from notifications.streams import limits, process
from notifications.streams.frames import Flavour, Frame
from notifications.streams.hub import Hub
from notifications.streams.sockets import Peer
from notifications.streams.subscribers import Subscriber
from notifications.streams.viewers import Viewer
from notifications.wire import cursor as wire_cursor
from notifications.wire import events as wire
from notifications.wire import sse

Until = Callable[[Frame], bool]


class EventStream:
    """An iterator of chunks for the web server; `close` gives back what the first chunk acquired.

    Nothing is acquired before the first chunk is asked for: a response that is never sent costs nothing. From then on
    it holds no database connection.
    """

    def __init__(
        self,
        *,
        viewer: Viewer,
        flavour: Flavour,
        address: str,
        log: cursor.LogState,
        start: cursor.Start,
        opening: Sequence[sse.Message],
        until: Until | None,
        environ: Mapping[str, Any],
    ) -> None:
        self._log = log
        self._start = start
        self._opening = opening
        self._until = until
        self._peer = Peer(environ)
        self._subscriber = Subscriber(viewer=viewer, flavour=flavour, address=address, position=start.position)
        self._chunks = self._run()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        self._chunks.close()

    def _run(self) -> Generator[bytes, None, None]:
        hub = process.hub(self._log)
        try:
            yield from self._first(hub)
            if self._subscriber.ending != "done":
                yield from self._live(hub)
        finally:
            hub.unsubscribe(self._subscriber)
            self._peer.release()

    def _first(self, hub: Hub) -> Iterator[bytes]:
        """Greeting, opening and replay in one chunk: what came before is queried, and then the connection let go."""
        subscriber = self._subscriber
        subscriber.on_cut = self._peer.hang_up
        through = hub.subscribe(subscriber, head=self._log.head)
        replay = []
        if hub.epoch == self._log.epoch:
            replay = hub.recent(after=self._start.position, through=through, channels=subscriber.viewer.channels)
        else:
            subscriber.end("epoch")
        head = self._id(self._start.position)
        parts = [self._greeting(head)]
        parts += [sse.encode(sse.Message(one.event, one.data, one.id or head)) for one in self._opening]
        parts += self._encoded(replay)
        _close_connections()
        self._peer.watch(subscriber.end_unheard)
        if process.draining():
            subscriber.end("drain")
        yield b"".join(parts)

    def _greeting(self, head: str) -> bytes:
        bounds = limits.current()
        retry = round(_between(bounds.retry_least, bounds.retry_most))
        greeting = sse.encode(sse.Message(wire.HELLO.name, {"heartbeat": bounds.heartbeat}, head, retry))
        if self._start.reset is not None:
            greeting += sse.encode(sse.Message(wire.RESET.name, {"reason": self._start.reset}, head))
        return greeting

    def _live(self, hub: Hub) -> Iterator[bytes]:
        bounds, subscriber = limits.current(), self._subscriber
        spread = bounds.lifetime * bounds.lifetime_spread
        ends_at = time.monotonic() + _between(bounds.lifetime - spread, bounds.lifetime + spread)
        beats_at = time.monotonic() + bounds.heartbeat
        while not subscriber.cut:
            now = time.monotonic()
            frames, position = hub.take(subscriber)
            parts = self._encoded(frames)
            if now >= ends_at:
                subscriber.end("lifetime")
            if subscriber.ending:
                yield b"".join([*parts, *self._farewell(subscriber.ending, position)])
                return
            if not parts and now >= beats_at:
                parts = [sse.comment("still here")]
            if parts:
                beats_at = now + bounds.heartbeat
                yield b"".join(parts)
            else:
                subscriber.wait(min(beats_at, ends_at) - now)

    def _encoded(self, frames: Sequence[Frame]) -> list[bytes]:
        """The frames' bytes up to the one that is the last of this stream, and then `done` under the same id."""
        parts = []
        for frame in frames:
            parts.append(frame.encoded(self._subscriber.flavour))
            if self._until is not None and self._until(frame):
                parts.append(sse.encode(sse.Message(wire.DONE.name, {}, frame.id)))
                self._subscriber.end("done")
                break
        return parts

    def _farewell(self, reason: str, position: int) -> list[bytes]:
        if reason == "done":
            return []
        # A fresh id moves a quiet reader on, so that its cursor does not age beyond the retention. After a change of
        # rights nothing may be skipped: what this reader was not told must be told when the rights are back.
        identity = self._id(position) if reason in ("lifetime", "drain") else None
        return [sse.encode(sse.Message(wire.BYE.name, {"reason": reason}, identity))]

    def _id(self, position: int) -> str:
        # The epoch of this stream's beginning: should the log begin anew, its reader must come back with the old one.
        return str(wire_cursor.Cursor(self._log.epoch, position))


def _between(least: float, most: float) -> float:
    """Random, so that readers who left together do not come back together."""
    return random.uniform(least, most)  # noqa: S311 - no secret


def _close_connections() -> None:
    """Returns this thread's database connections; inside a transaction (only tests have one here) they stay."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
