"""Sets the clock of any Python process that a test run starts: `site` imports this module before anything else."""

from __future__ import annotations

import os
import sys
import time

_CLOSE = 50_000
"""Nanoseconds that a reading of the two clocks may be apart."""


def _follow(shift: int) -> None:
    # It would import pytest for its fixture, which costs each server a quarter of a second.
    without = sys.modules.setdefault("pytest", None) is None  # type: ignore[arg-type]
    import time_machine

    if without:
        del sys.modules["pytest"]
    traveller = time_machine.travel((time.time_ns() + shift) / 1_000_000_000, tick=True).start()
    real = time_machine.escape_hatch.time.time_ns
    # The clocks of all processes must agree, although this one may have been interrupted in the line above.
    while True:
        before, shown, behind = real(), time.time_ns(), real()
        if behind - before < _CLOSE:
            traveller.shift((before + shift - shown) / 1_000_000_000)
            return


if "TEST_CLOCK_SHIFT" in os.environ:
    _follow(int(os.environ["TEST_CLOCK_SHIFT"]))
