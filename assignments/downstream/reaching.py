"""Ways to a system: which certificates are trusted, which is shown, through which proxy, and which addresses are none.

Link-local addresses (RFC 3927, RFC 4291) and those at which clouds tell machines their credentials belong to no
downstream system: an address that leads there is a mistake or an attack.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpcore
import httpx

from assignments.downstream import hosts
from assignments.downstream.trouble import SystemUnavailable

Made = TypeVar("Made")

METADATA = frozenset(
    ipaddress.ip_address(one) for one in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)
"""Of machines in clouds, beside the link-local ones."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Reach:
    """Files are paths where the worker runs; the private key may stand in the certificate's file."""

    ca_file: str = ""
    """Certificates trusted in place of the usual authorities."""
    client_certificate: str = ""
    client_key: str = ""
    proxy: str = ""
    """`http://host:port`, through which everything goes."""
    link_local: bool = False
    """Whether link-local addresses are taken."""
    hosts: tuple[str, ...] = ()
    """The only ones that are reached, proxies among them; every host without any."""


DIRECT = Reach()
_OWN_NETWORK = "{host} is the address of a machine's own network (DOWNSTREAM_LINK_LOCAL allows it)"
_UNLISTED = "{host} is not among the hosts of OUTBOUND_HOSTS"


class NoAddress(httpcore.ConnectError):
    """The name leads to an address that belongs to no downstream system, or is not one that Lineup may be led to."""


def fault(address: str) -> str:
    """A sentence on an address that no system can have; empty when it may be one."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"This is no address: {error}."
    if parts.scheme not in {"http", "https"}:
        return "Begin it with http:// or https://."
    if not host:
        return "Name the host, as in https://work.utility.example:8080."
    if parts.username is not None or parts.password is not None:
        return "Leave out the user and the password: secrets come from the environment."
    if parts.query or parts.fragment:
        return "Leave out what begins with ? or #."
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return "Leave out the blanks."
    return ""


def context(reach: Reach) -> ssl.SSLContext:
    """One for all exchanges of that way, until a file of it changes: making it takes longer than asking.

    Raises SystemUnavailable when a file cannot be used.
    """
    files = (reach.ca_file, reach.client_certificate, reach.client_key)
    return _context(reach, tuple(_stamp(file) for file in files if file))


@functools.lru_cache(maxsize=64)
def _context(reach: Reach, stamps: tuple[Any, ...]) -> ssl.SSLContext:
    made = httpx.create_ssl_context(trust_env=False)
    if reach.ca_file:
        made = _using(reach.ca_file, lambda: ssl.create_default_context(cafile=reach.ca_file))
    if reach.client_certificate:
        _using(
            reach.client_certificate, lambda: made.load_cert_chain(reach.client_certificate, reach.client_key or None)
        )
    return made


def _stamp(file: str) -> Any:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def resolve(host: str, port: int, *, reach: Reach) -> list[str]:
    """The addresses of a host. Raises NoAddress when one is not to be reached, ConnectError when there is none."""
    _refuse_unlisted(host, reach)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"no such host: {host}") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not reach.link_local and any(_is_refused(address) for address in addresses):
        raise NoAddress(_OWN_NETWORK.format(host=host))
    return addresses


def refuse_beyond_proxy(host: str, *, reach: Reach) -> None:
    """Raises NoAddress for an address, however written, that is not to be reached through a proxy either. Names are
    looked up by the proxy."""
    _refuse_unlisted(host, reach)
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return
    if not reach.link_local and any(_is_refused(str(each[4][0])) for each in found):
        raise NoAddress(_OWN_NETWORK.format(host=host))


def _refuse_unlisted(host: str, reach: Reach) -> None:
    if not hosts.is_listed(host, reach.hosts):
        raise NoAddress(_UNLISTED.format(host=host))


def _is_refused(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # An address of IPv4 in one of the ways in which networks carry it.
        within = (
            ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        )
        ip = within or ip
    return ip.is_link_local or ip in METADATA


def _using(file: str, use: Callable[[], Made]) -> Made:
    try:
        return use()
    except OSError as error:  # and so ssl.SSLError
        why = error.strerror or str(error)
        raise SystemUnavailable(f"its certificates cannot be used: {file}: {why}", is_sent=False) from error
