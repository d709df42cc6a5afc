"""Ruin: strings of jobs that are neighbours in time are taken out of routes that are neighbours in space."""

from __future__ import annotations

from assignments.engine.search.compiling import inner
from assignments.engine.search.improving import TOUCHED, Scope, Search, below, draw, settle
from assignments.engine.search.kernel import Model, Routes
from assignments.engine.search.moves import take_out

REMOVED = 10.0
"""c-bar: how many jobs a step takes out on average."""
LONGEST = 10
"""L-max: no string is longer."""
SPLIT = 0.5
"""alpha: how often a string spares some jobs in its middle."""
SPARED = 0.01
"""beta: how likely one more of them is spared."""


@inner
def ruin(m: Model, r: Routes, g: Scope, s: Search, seed: int) -> bool:
    """Take strings out of the route of job `seed` and of the routes nearest to it, in the order of adj(seed).

    Whether what is left can be kept in time.
    """
    planned, used = 0, 0
    for shift in range(m.shifts):
        planned += s.length[shift]
        used += s.length[shift] > 0
    if planned == 0:
        return True
    longest = min(float(LONGEST), planned / used)
    most = 4 * REMOVED / (1 + longest) - 1
    strings = int(draw(s.random) * most + 1)
    if r.shift[seed] >= 0:
        _cut(m, r, g, s, seed, longest)
        strings -= 1
    for k in range(g.near.shape[1]):
        if strings <= 0:
            break
        job = g.near[seed, k]
        shift = r.shift[job]
        if shift >= 0 and not s.is_touched[shift]:
            _cut(m, r, g, s, job, longest)
            strings -= 1
    in_time = True
    for at in range(s.counts[TOUCHED]):
        in_time &= settle(m, r, g, s, s.touched[at])
    return in_time


@inner
def _cut(m: Model, r: Routes, g: Scope, s: Search, job: int, longest: float) -> None:
    """Take a string that holds `job` out of its route."""
    shift = r.shift[job]
    count = s.length[shift]
    length = int(draw(s.random) * min(float(count), longest) + 1)
    length = min(length, count)
    spared = 0
    if 1 < length < count and draw(s.random) < SPLIT:
        spared = 1
        while length + spared < count and draw(s.random) < SPARED:
            spared += 1
    # The string with the spared ones is a run of jobs that holds `job`: `back` of them come before it.
    position = _position(m, r, shift, job)
    run = length + spared
    lowest, highest = max(0, position - run + 1), min(position, count - run)
    first = lowest + below(s.random, highest - lowest + 1)
    spare_from = first + 1 + below(s.random, length - 1) if spared else first + run
    node = r.after[m.jobs + m.commitments + shift]
    at = 0
    while node < m.jobs + m.commitments and at < first + run:
        following = r.after[node]
        if node < m.jobs:
            # It may have gone with another one already.
            if at >= first and not spare_from <= at < spare_from + spared and r.shift[node] >= 0:
                take_out(m, r, g, s, node)
            at += 1
        node = following


@inner
def _position(m: Model, r: Routes, shift: int, job: int) -> int:
    """Number of jobs of the route before `job`."""
    node, at = r.after[m.jobs + m.commitments + shift], 0
    while node != job:
        at += node < m.jobs
        node = r.after[node]
    return at
