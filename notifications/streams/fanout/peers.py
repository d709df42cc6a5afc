"""Addresses from which requests come, past the proxies that are trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from django.http import HttpRequest

from notifications.streams.fanout import limits


def address_of(request: HttpRequest) -> str:
    """Address of the reader: the peer, or as trusted proxies name it, the last that is none of theirs."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    named = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if one.strip()]
    trusted = [ipaddress.ip_network(one) for one in limits.current().trusted_proxies]
    while named and _is_in(address, trusted):
        address = named.pop()
    return address


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether the peer may speak for others; one without an address is at a unix socket."""
    if not address:
        return True
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)
