"""The HTTP client of a downstream system's row, or of a subscription's."""

from __future__ import annotations

import dataclasses
import os
import threading
from typing import Protocol

from django.conf import settings

from assignments.downstream import client, reaching, signing, trouble

SetUp = tuple[str, str, int, tuple[bytes, ...], reaching.Reach]
"""Address, bearer token, seconds, signing keys and the way there."""
_kept: dict[SetUp, client.Client] = {}
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


def to(*, system: Addressed) -> client.Client:
    """A client to be closed by the caller. Raises SystemUnavailable when the system's secret is not to be had."""
    return _client((system.base_url, _secret(system), system.timeout_seconds, (), _reach(system)))


def kept(*, system: Addressed) -> client.Client:
    """The client of this process for the system as it is set up now, with its open connections; not to be closed.

    Threads may share it. Raises SystemUnavailable when the system's secret is not to be had.
    """
    set_up = (system.base_url, _secret(system), system.timeout_seconds, _keys(system), _reach(system))
    with _lock:
        if set_up not in _kept:
            _kept[set_up] = _client(set_up)
        return _kept[set_up]


def _client(set_up: SetUp) -> client.Client:
    base_url, secret, seconds, keys, reach = set_up
    return client.Client(base_url=base_url, secret=secret, timeout=float(seconds), keys=keys, reach=reach)


def _reach(system: Addressed) -> reaching.Reach:
    return dataclasses.replace(system.reach, link_local=settings.DOWNSTREAM_LINK_LOCAL)


def _keys(system: Addressed) -> tuple[bytes, ...]:
    if not system.signing_env:
        return system.own_keys
    try:
        keys = signing.keys_of(os.environ.get(system.signing_env, ""))
    except signing.UnusableSecret as error:
        raise _unusable(f"what it is told cannot be signed: {system.signing_env}: {error}") from error
    if not keys:
        raise _unusable(f"what it is told cannot be signed: {system.signing_env} is not set where the worker runs")
    return keys


def _unusable(detail: str) -> trouble.SystemUnavailable:
    return trouble.SystemUnavailable(detail, is_sent=False, permanent=True)


def _secret(system: Addressed) -> str:
    if not system.secret_env:
        return ""
    # A file's trailing newline is no part of a token.
    secret = os.environ.get(system.secret_env, "").strip()
    if not secret:
        raise _unusable(f"its secret is missing: {system.secret_env} is not set where the worker runs")
    if not secret.isascii() or not secret.isprintable():
        raise _unusable(f"its secret cannot be sent: {system.secret_env} has a character that no header can carry")
    return secret
