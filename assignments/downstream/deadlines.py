"""HTTP exchanges under one deadline, from connecting to the last byte.

The timeouts of httpx hold for one read each, so a system that sends a byte of its headers now and then, or interim
answers (1xx), would be listened to for ever. Here every wait of the socket ends at the deadline at the latest. Looking
up a host's name is not covered: it is the resolver's, with limits of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from assignments.downstream import reaching

CONNECTIONS = 32
"""Open to one system at most."""
KEPT_SECONDS = 5.0
"""Of an idle connection: less than servers keep theirs, so that a request seldom meets one that is being closed."""
_PIECE = 16_384
_LEAST = 0.001

_thread = threading.local()


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Exchanges of this thread end at `deadline` (monotonic seconds) with httpx's timeout errors."""
    before = getattr(_thread, "deadline", None)
    _thread.deadline = deadline
    try:
        yield
    finally:
        _thread.deadline = before


class Transport(httpx.HTTPTransport):
    """httpx's own, over sockets that know the deadline of the thread."""

    def __init__(self, reach: reaching.Reach = reaching.DIRECT) -> None:
        """Raises SystemUnavailable when the certificates of `reach` cannot be used."""
        context = reaching.context(reach)
        super().__init__(verify=context, trust_env=False)
        # httpx has no parameter for the backend of its pool.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            proxy=httpcore.Proxy(reach.proxy) if reach.proxy else None,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=_Backend(reach),
        )
        self._reach = reach

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._reach.proxy:
            # The socket leads to the proxy, so nobody looks at the address behind it.
            try:
                reaching.refuse_beyond_proxy(request.url.host, reach=self._reach)
            except reaching.NoAddress as refused:
                raise httpx.ConnectError(str(refused), request=request) from refused
        return super().handle_request(request)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, reach: reaching.Reach) -> None:
        self._sockets, self._reach = httpcore.SyncBackend(), reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        # The addresses that were looked at are those that are taken: a name may lead elsewhere a moment later.
        failure: Exception | None = None
        for address in reaching.resolve(host, port, reach=self._reach):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._sockets.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"no address of {host}")


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces: a reader that takes a few bytes at a time would start its timeout anew with each.
        for at in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[at : at + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, error: Callable[[str], Exception]) -> float | None:
    """The timeout, cut at the deadline. Raises the error when that has passed."""
    deadline: float | None = getattr(_thread, "deadline", None)
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left < _LEAST:
        raise error("the time given for the whole exchange is over")
    return left if timeout is None else min(timeout, left)
