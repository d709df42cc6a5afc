"""Writing one text to many sockets in one go, without asking each stream anything."""

from __future__ import annotations

import time
from collections.abc import Sequence

from notifications.streams.fanout.subscribers import Socket, Subscriber
from notifications.wire import http

# Sockets written before others of the process get their turn: about two milliseconds.
_SLICE = 200


def write_at_once(
    members: Sequence[Subscriber], body: bytes, *, first: int | None, last: int | None
) -> list[Subscriber]:
    """Members that could not be written to because earlier text waits, and must queue instead.

    `first` and `last` are positions of events in `body`: a stream that began behind the first knows part of it already.
    They are None for what has no place in the log.
    Nothing is asked twice and nothing is called but the kernel: this loop is what a delivery costs.
    """
    chunk = http.chunk(body)
    waiting = []
    for begin in range(0, len(members), _SLICE):
        now = time.monotonic()
        for subscriber in members[begin : begin + _SLICE]:
            send = subscriber.direct
            if send is None or (first is not None and subscriber.position >= first):
                waiting.append(subscriber)
                continue
            ready = chunk if subscriber.is_chunked else body
            try:
                sent = send(ready)
            except BlockingIOError:
                sent = 0
            except OSError:
                _of(subscriber).close()
                continue
            if last is not None:
                subscriber.position = last
            subscriber.told_at = now
            if sent != len(ready):
                _of(subscriber).keep(memoryview(ready)[sent:])
        # Under gevent the others run now; a stream that ends meanwhile has no `direct` when its turn comes.
        time.sleep(0)
    return waiting


def _of(subscriber: Subscriber) -> Socket:
    if subscriber.socket is None:
        raise TypeError("A stream that sends has a socket.")
    return subscriber.socket
