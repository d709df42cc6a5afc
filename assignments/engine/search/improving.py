"""State of the improving search beside the model and the routes, and the small compiled steps it is made of.

The search is slack induction by string removals: J. Christiaens and G. Vanden Berghe, Transportation Science 54(2),
2020. Comments of these modules name the paper's symbols. Random numbers are drawn here, and logarithms come from a
table, so that the same seed gives the same plan on every machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.compiling import inlined, inner
from assignments.engine.search.kernel import Ids, Ints, Model, Routes, Ways, off
from assignments.engine.search.resting import lay, owes
from assignments.engine.search.starts import last_allowed, next_allowed
from assignments.engine.search.ways import seconds

_UNIT = 2.0**-53
_A, _B, _C, _MANTISSA = np.uint64(13), np.uint64(7), np.uint64(17), np.uint64(11)

# Places of `Search.counts`.
ABSENT, TOUCHED, KEPT, TICK, BEST, STEPS, PRICED = 0, 1, 2, 3, 4, 5, 6
# Places of `Search.totals`.
COST, BEST_COST, TEMPERATURE = 0, 1, 2


class Scope(NamedTuple):
    """Constants while a plan is improved; made by `nearness.scope`."""

    place: Ids
    """By node: its row of the travel matrix."""
    toward: Ways
    """To a place from each place: the travel matrix, transposed; empty as that one may be."""
    near: Ids
    """adj(c): the nearest other jobs of each job, nearest first; shape (jobs, at most 100)."""
    gain: Numbers
    """By job: the points that its absence costs."""
    pointer: Ints
    """Shifts that may do job j, nearest base first: `shift[k]` from `pointer[j]`."""
    shift: NDArray[np.int32]
    leader_pointer: Ints
    leader: Ids
    """Jobs that job j waits for, from `leader_pointer[j]`."""
    seeds: Ids
    """Jobs that some shift may do."""
    width: Numbers
    """By job: seconds of its widest choice of starts."""
    remote: Numbers
    """By job: seconds from the nearest base that may do it."""
    exponential: Numbers
    """-ln of evenly spaced numbers between 0 and 1."""


class Search(NamedTuple):
    """Variables beside the routes; by node unless said otherwise."""

    random: NDArray[np.uint64]
    counts: Ints
    totals: Numbers
    way: Ints
    """Seconds of driving from the node before."""
    free: Ints
    """When the crew may set out from it."""
    busy: Ints
    gap: Ints
    """By shift: no gap between two neighbours of its route is longer, driving included; seconds."""
    length: Ids
    """By shift: jobs on its route."""
    cost: Numbers
    """By shift: points of its route."""
    stamp: Ints
    """By shift: the step that last looked at it."""
    options: Ids
    """Shifts a job is tried on."""
    is_touched: NDArray[np.bool_]
    """By shift: changed in this step, and kept as it was for a rejection."""
    touched: Ids
    kept_from: Ints
    """By touched shift: where its nodes begin among those kept."""
    kept: Ids
    kept_cap: Ints
    kept_ready: Ints
    absent: Ids
    """Jobs to put in, in this order."""
    key: Numbers
    best_after: Ids
    best_shift: Ids
    best_cap: Ints
    priced: Ints
    """By feeder: the last pricing of a route that met it."""
    alone: Ids
    """By feeder: its only job so far in that route, -1 when there are more."""


@inner
def draw(random: NDArray[np.uint64]) -> float:
    """A number from 0 up to 1 (xorshift with 64 bits; G. Marsaglia, Journal of Statistical Software 8(14), 2003)."""
    x = random[0]
    x ^= x << _A
    x ^= x >> _B
    x ^= x << _C
    random[0] = x
    return float(np.float64(x >> _MANTISSA) * _UNIT)


@inner
def below(random: NDArray[np.uint64], count: int) -> int:
    """A whole number from 0 up to `count`."""
    return int(draw(random) * count)


@inlined
def to_from(m: Model, g: Scope, a: int, b: int) -> int:
    """Seconds to place `a` from place `b`."""
    if len(g.toward):
        return int(g.toward[a, b]) * m.unit
    return seconds(m, a, b)


@inner
def _settle_resting(m: Model, r: Routes, g: Scope, s: Search, shift: int) -> bool:
    gap, last = lay(m, r, shift), r.early_by.shape[1] - 1
    before, jobs = m.jobs + m.commitments + shift, 0
    home = before + m.shifts
    while before != home:
        node = r.after[before]
        s.way[node] = to_from(m, g, g.place[node], g.place[before])
        if node < m.jobs:
            # The earliest end of all partings: what does not fit after it fits nowhere.
            s.free[node] = s.busy[node] = r.early_by[node, last] + m.duration[node]
            jobs += 1
        before = node
    s.gap[shift], s.length[shift] = gap, jobs
    return bool(gap >= 0)


@inner
def settle(m: Model, r: Routes, g: Scope, s: Search, shift: int) -> bool:
    """Recompute what is known of one route: earliest and latest starts, drives, its longest gap.

    Whether the route can be kept in time. Taking a job out may delay the next one, where a way by road is longer than
    a detour or where some drives are estimated.
    """
    if owes(m, shift):
        return _settle_resting(m, r, g, s, shift)
    departure = m.jobs + m.commitments + shift
    home = departure + m.shifts
    before, jobs = departure, 0
    while before != home:
        node = r.after[before]
        way = to_from(m, g, g.place[node], g.place[before])
        s.way[node] = way
        if node < m.jobs:
            time = max(s.free[before] + way, s.busy[before], r.ready[node])
            start = next_allowed(m, node, shift, time)
            r.early[node] = start
            s.free[node] = s.busy[node] = start + m.duration[node]
            jobs += 1
        before = node
    following, gap, in_time = home, 0, True
    while following != departure:
        node = r.before[following]
        gap = max(gap, r.late[following] - s.free[node])
        if node < m.jobs:
            time = r.late[following] - s.way[following] - m.duration[node]
            r.late[node] = last_allowed(m, node, shift, min(time, r.cap[node]))
            in_time = in_time and r.early[node] <= r.late[node]
        in_time = in_time and s.free[node] + s.way[following] <= r.late[following]
        following = node
    s.gap[shift], s.length[shift] = gap, jobs
    return in_time


@inner
def _joined(s: Search, feeder: int, job: int) -> int:
    """Number of further jobs of the route that share the feeder with other planned work, now that `job` is met."""
    if s.priced[feeder] != s.counts[PRICED]:
        s.priced[feeder], s.alone[feeder] = s.counts[PRICED], job
        return 0
    first = s.alone[feeder] >= 0
    s.alone[feeder] = -1
    return 2 if first else 1


@inner
def route_cost(m: Model, r: Routes, s: Search, shift: int) -> float:
    """The points of one route by the soft register; what does not depend on the plan is left out."""
    home = m.jobs + m.commitments + shift + m.shifts
    node = r.after[home - m.shifts]
    cost, driven = 0.0, s.way[home]
    s.counts[PRICED] += 1
    while node != home:
        driven += s.way[node]
        if node < m.jobs:
            cost += m.pair_cost[node, shift] + m.wait_cost[node] * max(0, r.early[node] - m.now)
            cost += m.late_cost[node] * max(0, r.early[node] + m.duration[node] - m.due[node])
            cost += m.off_cost[node] * off(m, node, r.early[node])
            if m.feeder[node] >= 0 and not m.familiar[shift, m.feeder[node]]:
                cost += m.weights[2] * _joined(s, m.feeder[node], node)
        node = r.after[node]
    last = r.before[home]
    if last < m.jobs:
        end = r.early[last] + m.duration[last]
        cost += m.weights[1] * max(0, end + s.way[home] - m.shift_end[shift])
    return float(cost + m.weights[0] * driven)
