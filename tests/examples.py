"""How many examples a property is tried with."""

from __future__ import annotations

import math
import os

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("EXAMPLES_TIMES", "0.4"))
"""A part of them each time; `make test-long` draws many times as many."""


def drawn(examples: int) -> settings:
    """As slow as it is, and as often as this: several layers of ours lie between a draw and its verdict."""
    tries = math.ceil(examples * TIMES)
    return settings(max_examples=tries, deadline=None, suppress_health_check=[HealthCheck.too_slow])
