"""Shifts whose crews share people: no work on the one while somebody of it is at planned work with the other.

Work on such a shift stays at the second at which it was put in: so another crew's work can be put beside it without
moving it, whatever comes later. Work that is no plan's to move is in the allowed starts already.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from assignments.engine.search.compiling import inner
from assignments.engine.search.ways import seconds

# Those of the kernel, which uses this module itself.
Model: TypeAlias = Any
Routes: TypeAlias = Any

_NEVER = 2 * 10**9

LINK = 5
"""Numbers of a link: the other shift; where the absences of the person begin and end, first as a member here, then
there. Work that meets one of these is done without the person."""


@inner
def is_linked(m: Model, shift: int) -> bool:
    """Whether work on the shift must be kept apart from another shift's."""
    return bool(m.links[shift] < m.links[shift + 1])


@inner
def free_start(m: Model, r: Routes, job: int, shift: int, start: int) -> int:
    """The first allowed start of `job` at or after the allowed `start` at which nobody of the shift is at planned work
    with another crew; far beyond the horizon if there is none."""
    if not is_linked(m, shift):
        return start
    at = shift * m.jobs + job
    k, end = m.pointer[at], m.pointer[at + 1]
    while k < end:
        time = _apart(m, r, job, shift, start)
        if time == start:
            return start
        while k < end and m.last[k] < time:
            k += 1
        if k < end:
            start = max(time, m.first[k])
    return _NEVER


@inner
def stay(m: Model, r: Routes, job: int, shift: int, start: int) -> None:
    """Hold `job` at its start where another shift's work is kept apart from it."""
    if is_linked(m, shift):
        r.ready[job] = r.cap[job] = start


@inner
def _apart(m: Model, r: Routes, job: int, shift: int, start: int) -> int:
    """`start`, or a later time before which no start is any better."""
    end = start + m.duration[job]
    for k in range(m.links[shift], m.links[shift + 1], LINK):
        other, here, here_end = m.links[k], m.links[k + 1], m.links[k + 2]
        if _is_away(m, here, here_end, start, end):
            continue
        node = r.after[m.jobs + m.commitments + other]
        while node < m.jobs + m.commitments:
            if node < m.jobs and node != job:
                begun = r.early[node]
                done = begun + m.duration[node]
                apart = done + seconds(m, node, job) <= start or end + seconds(m, job, node) <= begun
                if not apart and not _is_away(m, m.links[k + 3], m.links[k + 4], begun, done):
                    later = done + seconds(m, node, job)
                    # Once the person is away here, the rest of the crew does the work.
                    for absence in range(here, here_end, 2):
                        leaving = m.links[absence] - m.duration[job] + 1
                        if start < leaving < later and leaving < m.links[absence + 1]:
                            later = leaving
                    return int(max(later, start + 1))
            node = r.after[node]
    return start


@inner
def _is_away(m: Model, first: int, last: int, start: int, end: int) -> bool:
    is_away = False
    for k in range(first, last, 2):
        is_away |= m.links[k] < end and start < m.links[k + 1]
    return is_away
