"""The HTTP client of a downstream system's row."""

from __future__ import annotations

import os
import threading

from assignments import models
from assignments.downstream import client, trouble

_kept: dict[tuple[str, str, int], client.Client] = {}
_lock = threading.Lock()


def to(*, system: models.DownstreamSystem) -> client.Client:
    """A client to be closed by the caller. Raises SystemUnavailable when the system's secret is not to be had."""
    return client.Client(base_url=system.base_url, secret=_secret(system), timeout=float(system.timeout_seconds))


def kept(*, system: models.DownstreamSystem) -> client.Client:
    """The client of this process for the system as it is set up now, with its open connections; not to be closed.

    Threads may share it. Raises SystemUnavailable when the system's secret is not to be had.
    """
    named = (system.base_url, _secret(system), system.timeout_seconds)
    with _lock:
        if named not in _kept:
            _kept[named] = client.Client(base_url=named[0], secret=named[1], timeout=float(named[2]))
        return _kept[named]


def _secret(system: models.DownstreamSystem) -> str:
    if not system.secret_env:
        return ""
    # A file's trailing newline is no part of a token.
    secret = os.environ.get(system.secret_env, "").strip()
    if not secret:
        raise trouble.SystemUnavailable(
            f"its secret is missing: {system.secret_env} is not set where the worker runs",
            is_sent=False,
            permanent=True,
        )
    if not secret.isascii() or not secret.isprintable():
        raise trouble.SystemUnavailable(
            f"its secret cannot be sent: {system.secret_env} has a character that no header can carry",
            is_sent=False,
            permanent=True,
        )
    return secret
