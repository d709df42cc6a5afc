"""Allowed starts of a job on a shift, next to a time."""

from __future__ import annotations

from typing import Any, TypeAlias

from assignments.engine.search.compiling import compiled

# That of the kernel, which uses this module itself.
Model: TypeAlias = Any

NEVER = 2 * 10**9
"""Later than any time; minus it, earlier than any."""


@compiled
def next_allowed(m: Model, job: int, shift: int, time: int) -> int:
    """The first allowed start at or after `time`; NEVER if there is none."""
    at = shift * m.jobs + job
    for k in range(m.pointer[at], m.pointer[at + 1]):
        if m.last[k] >= time:
            return int(max(time, m.first[k]))
    return NEVER


@compiled
def last_allowed(m: Model, job: int, shift: int, time: int) -> int:
    """The last allowed start at or before `time`; -NEVER if there is none."""
    at = shift * m.jobs + job
    for k in range(m.pointer[at + 1] - 1, m.pointer[at] - 1, -1):
        if m.first[k] <= time:
            return int(min(time, m.last[k]))
    return -NEVER
