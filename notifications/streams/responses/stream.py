"""The bytes of one open stream, from its first greeting to its last word."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connections

from notifications.services import positions
from notifications.streams.fanout import limits, lines, measures
from notifications.streams.fanout.frames import Flavour
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.pages import OpenPage
from notifications.streams.fanout.sockets import Peer
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.telling import Telling, Until, between
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.process import threads
from notifications.streams.responses import away
from notifications.wire import event_ids, event_types, sse

logger = logging.getLogger(__name__)

# Each keeps somebody between us and the reader from holding the bytes back: caches, nginx, compressing middleware.
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Content-Encoding": "identity",
}


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
        log: positions.LogState,
        start: positions.Start,
        opening: Sequence[sse.ServerSentEvent],
        until: Until | None,
        environ: Mapping[str, Any],
        pages: Sequence[OpenPage] = (),
        beats: bool = False,
    ) -> None:
        self._log = log
        self._start = start
        self._opening = opening
        self._until = until
        self._environ = environ
        self._pages = pages
        self._beats = beats
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
        try:
            yield from self._stream()
        except (OperationalError, InterfaceError) as error:
            # Only the beginning asks the database.
            logger.warning("A stream began as the database went away: %s", error)
            yield away.come_back()

    def _stream(self) -> Generator[bytes, None, None]:
        hub = threads.hub(self._log)
        subscriber = self._subscriber
        telling = Telling(hub=hub, subscriber=subscriber, until=self._until, epoch=self._log.epoch, beats=self._beats)
        is_ours = True
        try:
            yield self._first(hub, telling)
            if subscriber.ending == "done":
                return
            if not subscriber.cut and lines.take_over(self._environ, telling):
                is_ours = False
                raise lines.TakenOver
            yield from self._live(telling)
        finally:
            self._peer.release()
            if is_ours:
                hub.unsubscribe(subscriber)

    def _first(self, hub: Hub, telling: Telling) -> bytes:
        """Greeting, opening and replay in one chunk: what came before is queried, and then the connection let go."""
        subscriber = self._subscriber
        subscriber.on_cut = self._peer.hang_up
        through = hub.subscribe(subscriber, head=self._log.head)
        replay = []
        if hub.epoch == self._log.epoch:
            replay = hub.recent(after=self._start.position, through=through, channels=subscriber.viewer.channels)
        else:
            subscriber.end("epoch")
        head = str(event_ids.Cursor(self._log.epoch, self._start.position))
        parts = [greeting(head, self._start.reset)]
        parts += [sse.encode(sse.ServerSentEvent(one.event, one.data, one.id or head)) for one in self._opening]
        measures.replayed(len(replay))
        parts.append(telling.encoded(replay))
        for one in self._pages:
            threads.painter(self._log).join(subscriber, one.page, one.since)
        _close_connections()
        self._peer.watch(subscriber.end_unheard)
        if threads.draining():
            subscriber.end("drain")
        return b"".join(parts)

    def _live(self, telling: Telling) -> Iterator[bytes]:
        subscriber = self._subscriber
        woken = threading.Event()

        def cut() -> None:
            self._peer.hang_up()
            woken.set()

        subscriber.on_wake, subscriber.on_cut = woken.set, cut
        while not subscriber.cut:
            woken.clear()
            now = time.monotonic()
            said, is_over = telling.next(now)
            if said:
                yield said
            if is_over:
                return
            if not said:
                woken.wait(telling.due - now)


def greeting(head: str, reset: str | None) -> bytes:
    """The first words of a connection: where it begins, when to come back, and whether something cannot be told."""
    bounds = limits.current()
    retry = round(between(bounds.retry_least, bounds.retry_most))
    said = sse.encode(sse.ServerSentEvent(event_types.HELLO.name, {"heartbeat": bounds.heartbeat}, head, retry))
    if reset is not None:
        measures.RESETS.labels(reset).inc()
        said += sse.encode(sse.ServerSentEvent(event_types.RESET.name, {"reason": reset}, head))
    return said


def _close_connections() -> None:
    """Returns this thread's database connections; inside a transaction (only tests have one here) they stay."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
