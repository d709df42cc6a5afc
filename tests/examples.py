"""How many examples a property is tried with."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))
"""`make test-long` draws many times as many."""


def drawn(examples: int) -> settings:
    """As slow as it is, and as often as this: several layers of ours lie between a draw and its verdict."""
    return settings(max_examples=examples * TIMES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
