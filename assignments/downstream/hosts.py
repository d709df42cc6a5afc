"""The list of hosts that an operator lets Lineup be led to (`OUTBOUND_HOSTS`)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit


def is_listed(host: str, hosts: Collection[str]) -> bool:
    """Whether the host is one of the list, or below one that begins with a dot; without a list every host is."""
    name = _plain(host)
    return not hosts or any(
        name == _plain(one).removeprefix(".") or (one.startswith(".") and name.endswith(_plain(one))) for one in hosts
    )


def unlisted(address: str, hosts: Collection[str]) -> str:
    """The host of an address that is not on the list; empty when it is, or when the address is none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return "" if not host or is_listed(host, hosts) else host


def fault(address: str, hosts: Collection[str]) -> str:
    """A sentence on an address whose host is not on the list; empty when it is."""
    host = unlisted(address, hosts)
    return f"{host} is not among the hosts of OUTBOUND_HOSTS: ask the operator to add it." if host else ""


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()
