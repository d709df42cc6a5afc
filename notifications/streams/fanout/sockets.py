"""The socket under a stream, where the web server lends it: to notice a reader that is gone, and to end one that hangs.

It and `lines` alone know gunicorn's and gevent's internals. Without them (tests, runserver) a reader that is gone is
noticed at the next write.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import Any

from gevent import get_hub, monkey

# Milliseconds that the kernel waits for a peer to take what was sent: covers peers that vanish without a word.
_UNACKNOWLEDGED = 30_000


class Peer:
    """The reader's end of the connection."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        self._watcher: Any = None

    def watch(self, on_gone: Callable[[], None]) -> None:
        """Calls `on_gone` once, within milliseconds, when the reader closes the connection."""
        if self._socket is None or not monkey.is_module_patched("socket"):
            return
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED)
        # An event-loop watcher instead of a greenlet: thousands of streams need thousands of these.
        self._watcher = get_hub().loop.io(self._socket.fileno(), 1)
        self._watcher.start(self._readable, self._socket, on_gone)

    def hang_up(self) -> None:
        """Closes both directions: a greenlet that hangs in a write to this reader wakes up with an error."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Ends the watching; the web server may use the socket for another request."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None

    def _readable(self, readable: socket.socket, on_gone: Callable[[], None]) -> None:
        # Called by the event loop, which must not block: peek without waiting, and leave the bytes for the server.
        try:
            native = getattr(readable, "_sock", readable)
            waiting = native.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            waiting = b""
        # Bytes are a request sent ahead (pipelined): the reader lives, but watching on would spin.
        self._watcher.stop()
        if not waiting:
            on_gone()
