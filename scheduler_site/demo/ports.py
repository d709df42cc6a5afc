"""Ports are tried before anything starts, so that a port in use is one line and not a half-started demo."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass


class PortUnavailable(Exception):
    """Says which port cannot be used and what to type instead."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    remedy: str
    """Command line for another port, with `{port}` in its place: `PORT={port} make demo`."""


def claimable(addresses: Sequence[Address]) -> None:
    """Raises PortUnavailable for the first address that cannot be listened on."""
    taken: set[int] = set()
    for address in addresses:
        problem = "is named twice" if address.port in taken else _problem(address.host, address.port)
        if problem:
            other = _free(address.host, above=max({address.port, *taken, *(one.port for one in addresses)}))
            raise PortUnavailable(f"Port {address.port} {problem}. Try: {address.remedy.format(port=other)}")
        taken.add(address.port)


def _problem(host: str, port: int) -> str:
    try:
        family, kind, protocol, _, sockaddr = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            # As gunicorn does: connections of an earlier demo in TIME_WAIT do not count as "in use".
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(sockaddr)
            listener.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "is in use"
        return f"cannot be used on {host} ({error.strerror})"
    return ""


def _free(host: str, *, above: int) -> int:
    candidates = range(above + 1, min(above + 200, 65536))
    return next((port for port in candidates if not _problem(host, port)), above + 1)
