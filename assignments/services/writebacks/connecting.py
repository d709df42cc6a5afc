"""The HTTP client of a downstream system's row."""

from __future__ import annotations

import os

from assignments import models
from assignments.downstream import client


def to(*, system: models.DownstreamSystem) -> client.Client:
    """A client to be closed by the caller. Raises SystemUnavailable when the system's secret is not to be had."""
    secret = os.environ.get(system.secret_env, "") if system.secret_env else ""
    if system.secret_env and not secret:
        # The person who starts the worker can mend this, so it is worth another attempt.
        raise client.SystemUnavailable(f"its secret is missing: {system.secret_env} is not set where the worker runs")
    return client.Client(base_url=system.base_url, secret=secret, timeout=float(system.timeout_seconds))
