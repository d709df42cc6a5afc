"""The adapter of a downstream system's row, and the HTTP client of a subscription's."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from django.conf import settings

from assignments import models
from assignments.downstream import client, reaching, seam, secret_values, signing, trouble
from assignments.downstream.adapters import choosing

_Address = tuple[str, str, int, tuple[bytes, ...], reaching.Reach]
"""Address, bearer token, seconds, signing keys and the way there."""
Made = TypeVar("Made")
_kept: dict[Hashable, Any] = {}
_lock = threading.Lock()


class Addressed(Protocol):
    """A downstream system's row, or another with an address and the names of its secrets."""

    @property
    def base_url(self) -> str: ...
    @property
    def secret_env(self) -> str: ...
    @property
    def signing_env(self) -> str: ...
    @property
    def own_keys(self) -> tuple[bytes, ...]: ...
    @property
    def timeout_seconds(self) -> int: ...
    @property
    def reach(self) -> reaching.Reach: ...


def adapter(*, system: models.DownstreamSystem) -> seam.Adapter:
    """The adapter of a system, for the caller to close. Raises SystemUnavailable when its secret is not to be had."""
    return choosing.made(system.adapter, _set_up(system))


def unsigned(*, system: models.DownstreamSystem) -> seam.Adapter:
    """The adapter of a system without its secrets, which reads what it has sent and asks it nothing.

    Raises SystemUnavailable when there is no such adapter here.
    """
    return choosing.made(system.adapter, system.set_up)


def kept_adapter(*, system: models.DownstreamSystem) -> seam.Adapter:
    """The adapter of this process for the system as it is set up now, with its open connections; not to be closed.

    Threads may share it for telling. Raises SystemUnavailable when the system's secrets are not to be had.
    """
    set_up = _set_up(system, keys=_keys(system))
    return _keep((system.adapter, set_up), lambda: choosing.made(system.adapter, set_up))


def kept(*, system: Addressed) -> client.Client:
    """The client of this process for a subscription as it is set up now, likewise."""
    address: _Address = (
        system.base_url, _secret(system), system.timeout_seconds, _keys(system), _reach(system)
    )  # fmt: skip
    return _keep(address, lambda: _client(address))


def _keep(set_up: Hashable, make: Callable[[], Made]) -> Made:
    with _lock:
        if set_up not in _kept:
            _kept[set_up] = make()
        made: Made = _kept[set_up]
        return made


def _client(address: _Address) -> client.Client:
    base_url, secret, seconds, keys, reach = address
    return client.Client(base_url=base_url, secret=secret, timeout=float(seconds), keys=keys, reach=reach)


def _set_up(system: models.DownstreamSystem, keys: tuple[bytes, ...] = ()) -> seam.SetUp:
    # A manifest names its secrets itself.
    secret = "" if system.adapter == choosing.MAPPED else _secret(system)
    return dataclasses.replace(system.set_up, reach=_reach(system), secret=secret, keys=keys)


def _reach(system: Addressed) -> reaching.Reach:
    hosts = tuple(settings.OUTBOUND_HOSTS)
    return dataclasses.replace(system.reach, link_local=settings.DOWNSTREAM_LINK_LOCAL, hosts=hosts)


def _keys(system: Addressed) -> tuple[bytes, ...]:
    if not system.signing_env:
        return system.own_keys
    try:
        keys = signing.keys_of(secret_values.given(system.signing_env))
    except signing.UnusableSecret as error:
        raise _unusable(f"what it is told cannot be signed: {system.signing_env}: {error}") from error
    if not keys:
        raise _unusable(f"what it is told cannot be signed: {system.signing_env} is not set where the worker runs")
    return keys


def _unusable(detail: str) -> trouble.SystemUnavailable:
    return trouble.SystemUnavailable(detail, is_sent=False, permanent=True)


def _secret(system: Addressed) -> str:
    return secret_values.read(system.secret_env) if system.secret_env else ""
