"""Streams whose sockets this process writes itself: one greenlet for all of them, and nothing of the request kept.

The web server writes the response's head and first chunk. Then the stream takes a duplicate of the socket, and tells
gunicorn by the error that a reader's departure would cause that the request is over: gunicorn closes its own descriptor
without a word, and forgets the request. A waiting stream so costs a descriptor and a few small objects instead of a
greenlet with the stack and the request it holds. Where gunicorn's gevent worker does not lend a plain socket (tests,
runserver, TLS or HTTP/2 ended by gunicorn), nothing is taken, and the response is iterated as usual.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import gevent
import gevent.event
import gevent.socket
from gevent import get_hub, monkey

from notifications.streams.fanout import limits
from notifications.streams.fanout.telling import Telling
from notifications.wire import http

logger = logging.getLogger(__name__)

# Seconds between two looks at heartbeats and lifetimes.
_TICK = 0.5
# Lines written before others of the process get their turn: about two milliseconds.
_SLICE = 200
# Linux has it. gevent takes it out of the module because it blocks; ours is only asked what is ready already.
_epoll: Any = monkey.get_original("select", "epoll") if sys.platform == "linux" else None
# Sending through it costs a fifth less than write(2) and half of gevent's, which would wait.
_plain_socket: Any = monkey.get_original("socket", "socket")
# EPOLLOUT, EPOLLRDHUP and EPOLLET of epoll_ctl(2); gevent takes them out too.
_WRITABLE, _GONE, _EDGE = 0x004, 0x2000, 1 << 31


class TakenOver(ConnectionResetError):
    """The connection is no longer the web server's."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The stream has taken its connection over.")


class SocketLine:
    """One socket: written at once by `direct` while nothing waits, else by the greenlet of all lines."""

    __slots__ = ("_is_over", "_lines", "_rest", "_socket", "telling")

    def __init__(self, lines: Lines, own: Any, telling: Telling, *, chunked: bool) -> None:
        self._lines = lines
        self._socket = own
        self._rest = memoryview(b"")
        self._is_over = False
        self.telling = telling
        subscriber = telling.subscriber
        subscriber.is_chunked, subscriber.socket = chunked, self
        subscriber.on_cut = subscriber.on_wake = self.wake

    def wake(self) -> None:
        """Has the line written at the next pass."""
        lines = self._lines
        lines.noted.append(self)
        if len(lines.noted) == 1:
            lines.woken.set()

    def keep(self, rest: memoryview) -> None:
        """Goes on with `rest` when the socket takes more; a reader that leaves too much of it is cut."""
        subscriber = self.telling.subscriber
        subscriber.direct = None
        self._rest = rest
        if len(rest) > limits.current().queue_bytes:
            subscriber.end_unheard()

    def write(self, now: float) -> None:
        """Writes what the stream says and the socket takes now. While it takes nothing, the stream's queue fills."""
        subscriber = self.telling.subscriber
        if subscriber.cut:
            self.close()
            return
        # While this waits for the hub's lock, what others tell is queued and not written in between.
        subscriber.direct = None
        if self._rest:
            self._send(self._rest)
        if not (self._rest or self._is_over):
            said, self._is_over = self.telling.next(now)
            ready = http.chunk(said) if subscriber.is_chunked else said
            if self._is_over and subscriber.is_chunked:
                ready += http.LAST_CHUNK
            if ready:
                self._send(memoryview(ready))
        if self._is_over and not self._rest:
            self.close()
        elif not self._rest and subscriber.is_idle and not self.telling.is_finite:
            subscriber.direct = self._socket.send

    def close(self) -> None:
        self.telling.subscriber.direct = None
        if self._socket.fileno() >= 0:
            self._lines.forget(self._socket.fileno())
            self._socket.close()
            self._is_over, self._rest = True, memoryview(b"")
            self.telling.leave()

    def _send(self, ready: memoryview) -> None:
        try:
            sent = self._socket.send(ready)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        self._rest = ready[sent:]


class Lines:
    """All lines of the process, and the greenlet that writes what `direct` does not."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._by_fd: dict[int, SocketLine] = {}
        self.noted: list[SocketLine] = []
        self.woken = gevent.event.Event()
        self._poll = _epoll()
        loop = get_hub().loop
        # One watcher of the event loop for the whole set of sockets, which the kernel keeps.
        self._watcher = loop.io(self._poll.fileno(), 1)
        self._watcher.start(self.woken.set)
        # A timer of the loop: a wait with a time-out would make and drop one each time.
        self._ticker = loop.timer(_TICK, repeat=_TICK)
        self._ticker.start(self.woken.set)
        gevent.spawn(self._write_for_ever)

    def add(self, lent: gevent.socket.socket, telling: Telling, *, chunked: bool) -> None:
        own = _plain_socket(fileno=os.dup(lent.fileno()))
        own.setblocking(False)
        line = self._by_fd[own.fileno()] = SocketLine(self, own, telling, chunked=chunked)
        # Edges, so that a socket that is writable, as nearly all are, is not reported again and again.
        self._poll.register(own.fileno(), _WRITABLE | _GONE | _EDGE)
        # What was queued while the web server wrote the first chunk.
        line.wake()

    def forget(self, fd: int) -> None:
        del self._by_fd[fd]
        with contextlib.suppress(OSError):
            self._poll.unregister(fd)

    def write_noted(self) -> None:
        while noted := self.noted:
            self.noted = []
            self._write(noted)

    def _write_for_ever(self) -> None:
        next_look = 0.0
        while True:
            self.woken.wait()
            self.woken.clear()
            try:
                self._look_at_sockets()
                now = time.monotonic()
                if now >= next_look:
                    next_look = now + _TICK
                    self.noted += [line for line in self._by_fd.values() if line.telling.due <= now]
                self.write_noted()
            except Exception:
                logger.exception("A pass over the open streams failed.")

    def _look_at_sockets(self) -> None:
        # All lines are found before one is closed: its number may be given to another connection.
        for line, what in [(self._by_fd.get(fd), what) for fd, what in self._poll.poll(0)]:
            if line is None:
                continue
            if what & ~_WRITABLE:
                line.close()
            else:
                self.noted.append(line)

    def _write(self, noted: list[SocketLine]) -> None:
        for begin in range(0, len(noted), _SLICE):
            now = time.monotonic()
            for line in noted[begin : begin + _SLICE]:
                try:
                    line.write(now)
                except Exception:
                    logger.exception("A stream broke and is closed; its reader resumes by its cursor.")
                    line.close()
            gevent.sleep(0)


# At most one; in a list so that a fork's child replaces it instead of sharing it.
_lines: list[Lines] = []


def take_over(environ: Mapping[str, Any], telling: Telling) -> bool:
    """Whether the stream goes on by itself; its request must then be ended by TakenOver."""
    lent = environ.get("gunicorn.socket")
    if _epoll is None or type(lent) is not gevent.socket.socket or not monkey.is_module_patched("socket"):
        return False
    if environ.get("SERVER_PROTOCOL") not in ("HTTP/1.1", "HTTP/1.0"):
        return False
    if not _lines or _lines[0].pid != os.getpid():
        _lines[:] = [Lines()]
    _lines[0].add(lent, telling, chunked=environ["SERVER_PROTOCOL"] == "HTTP/1.1")
    return True


def write_now() -> None:
    """Writes what is to be said, without waiting for the greenlet's turn: for a process that is about to end."""
    if _lines and _lines[0].pid == os.getpid():
        _lines[0].write_noted()
