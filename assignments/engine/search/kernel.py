"""The compiled part of the search: routes as linked lists of stops, and the insertion of jobs into them.

Nodes are numbered jobs first, then commitments, then a departure from the base and a return to it for each shift. Every
stop carries its earliest start, going forward from the base, and its latest start, going back from the return; both are
allowed starts and both only grow along a route, however many windows a job has. So whether a job fits between two
neighbours is one comparison.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import PriorityClass
from assignments.engine.domain.shown import FAR, NEARLY
from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.compiling import compiled, inner
from assignments.engine.search.linking import free_start, stay
from assignments.engine.search.resting import fitting, lay, owes
from assignments.engine.search.starts import NEVER, last_allowed, next_allowed
from assignments.engine.search.ways import seconds

IMPOSSIBLE = 1e18
CLASSES = len(PriorityClass)

Ints = NDArray[np.int64]
Ids = NDArray[np.int64]
Ways = NDArray[np.int16] | NDArray[np.int32]
Spans = NDArray[np.int32]


class Model(NamedTuple):
    """Constants while a plan is made; seconds and points."""

    jobs: int
    commitments: int
    shifts: int
    now: int
    travel: Ways
    """Between places: jobs, commitments, bases; square; in `unit` seconds. Empty where there are too many: then drives
    are reckoned from `axes`; see `ways`."""
    unit: int
    axes: Numbers
    """The places on the unit sphere, shape (3, places)."""
    pace: float
    """Seconds a metre of great circle."""
    duration: Ints
    """By node; 0 for departures and returns."""
    load: Ints
    """By job: what it takes of its shift's budget."""
    leave: Ints
    """By node that is not a job: when the crew may set out from it."""
    busy: Ints
    """By node that is not a job: no work of the shift starts before it."""
    fixed: Ints
    """By node that is not a job: its start; for a return the latest."""
    pointer: Spans
    """Allowed starts of job j on shift s: `first[k]`, `last[k]` from `pointer[s * jobs + j]`; see Screening."""
    first: Spans
    last: Spans
    pair_cost: Numbers
    """Points a pair costs whatever the start, shape (jobs, shifts)."""
    wait_cost: Numbers
    """Points a second until the start, by job."""
    late_cost: Numbers
    """Points a second after `due`, by job."""
    off_cost: Numbers
    """Points a second off the hour `shown`, by job; see `off`."""
    shown: Ints
    due: Ints
    firm: NDArray[np.bool_]
    """Jobs whose start, once planned, no later insertion may delay."""
    shift_end: Ints
    weights: Numbers
    """Points a second of driving and of overtime; and points for a job beside other work on its feeder."""
    feeder: Ids
    """By job: the number of its feeder, -1 without one."""
    familiar: NDArray[np.bool_]
    """Shape (shifts, feeders): whether a commitment of the shift is on the feeder; then `pair_cost` has its points."""
    order: Ids
    """Class by which a job is planned: its own, or a more urgent one that waits for it."""
    follow_pointer: Ints
    follower: Ids
    """Jobs that wait for job j, from `follow_pointer[j]`."""
    links: Ints
    """Shifts that share people; see `linking`."""
    rests: Ints
    """Breaks that the shifts owe; see `resting`."""
    mates: Ints
    """By job: the row of the part before it, which must have the same crew, or -1; then by shift: its crew."""


class Routes(NamedTuple):
    """Variables of a plan; by node unless said otherwise."""

    after: Ids
    before: Ids
    shift: Ids
    """-1 for a job that is on no route."""
    early: Ints
    late: Ints
    cap: Ints
    """Latest start that keeps a promise made when the job was planned, by job."""
    ready: Ints
    """No start before it, by job: the end of its prerequisites."""
    waits: Ids
    """Prerequisites not yet planned, by job."""
    budget: Ints
    """Seconds of work still lawful, by shift; large where duty is counted by the shift instead."""
    early_by: Ints
    """Earliest starts by node and by the number of breaks taken before it, and in the last column the earliest of all;
    of routes that owe breaks, as `late_by`."""
    late_by: Ints
    """Latest starts at which the other breaks still fit after it, and in the last column the latest of all."""


@compiled
def place_of(m: Model, node: int) -> int:
    """The row of the travel matrix; departures and returns share their base's."""
    bases = m.jobs + m.commitments
    return node if node < bases + m.shifts else node - m.shifts


@compiled
def drive(m: Model, a: int, b: int) -> int:
    """Seconds from node to node."""
    return seconds(m, place_of(m, a), place_of(m, b))


@compiled
def driven(m: Model, after: Ids, on: Ids) -> int:
    """Seconds of driving of all shifts; each node is on shift `on`, if any."""
    total = 0
    for node in range(len(after)):
        # What was taken off its route still points to where it was.
        if on[node] >= 0 and after[node] >= 0:
            total += drive(m, node, after[node])
    return total


@inner
def off(m: Model, job: int, start: int) -> int:
    """Seconds off the shown hour that count as a change, as `scoring.off` reckons them."""
    return int(min(FAR - NEARLY, max(0, abs(start - m.shown[job]) - NEARLY)))


@compiled
def arrival(m: Model, r: Routes, before: int, job: int) -> int:
    """When the crew can begin `job` right after node `before`, windows aside."""
    if before < m.jobs:
        free = r.early[before] + m.duration[before]
        busy = free
    else:
        free, busy = m.leave[before], m.busy[before]
    return int(max(free + drive(m, before, job), busy, r.ready[job]))


@inner
def refresh(m: Model, r: Routes, shift: int) -> None:
    """Recompute the earliest and latest starts of one route."""
    if owes(m, shift):
        lay(m, r, shift)
        return
    departure = m.jobs + m.commitments + shift
    home = departure + m.shifts
    node = r.after[departure]
    while node != home:
        if node < m.jobs:
            r.early[node] = next_allowed(m, node, shift, arrival(m, r, r.before[node], node))
        node = r.after[node]
    node = r.before[home]
    while node != departure:
        if node < m.jobs:
            following = r.after[node]
            time = r.late[following] - drive(m, node, following) - m.duration[node]
            r.late[node] = last_allowed(m, node, shift, min(time, r.cap[node]))
        node = r.before[node]


@inner
def is_with_another(m: Model, r: Routes, job: int, shift: int) -> bool:
    """Whether the part before `job` is planned for another crew than the shift's, and one crew has to do both."""
    mate = m.mates[job]
    return bool(mate >= 0 and r.shift[mate] >= 0 and m.mates[m.jobs + r.shift[mate]] != m.mates[m.jobs + shift])


@compiled
def refresh_resting(m: Model, r: Routes) -> None:
    """Recompute every route that owes breaks."""
    for shift in range(m.shifts):
        if owes(m, shift):
            refresh(m, r, shift)


@inner
def first_start(m: Model, r: Routes, job: int, shift: int, before: int, following: int) -> int:
    """The first start of `job` between the two nodes, what follows left aside where the shift owes no break."""
    if owes(m, shift):
        return fitting(m, r, job, shift, before, following)
    return free_start(m, r, job, shift, next_allowed(m, job, shift, arrival(m, r, before, job)))


@compiled
def best_insertion(m: Model, r: Routes, job: int, shift: int) -> tuple[float, int]:
    """The points and the node before of the cheapest legal place for `job` on `shift`; IMPOSSIBLE and -1 if none."""
    at = shift * m.jobs + job
    best, where = IMPOSSIBLE, -1
    if m.pointer[at] == m.pointer[at + 1] or m.load[job] > r.budget[shift] or is_with_another(m, r, job, shift):
        return best, where
    before = m.jobs + m.commitments + shift
    home = before + m.shifts
    while before != home:
        following = r.after[before]
        start = first_start(m, r, job, shift, before, following)
        onward = drive(m, job, following)
        end = start + m.duration[job]
        # Where breaks are owed, a start is one that fits.
        if start < NEVER and (owes(m, shift) or end + onward <= r.late[following]):
            detour = drive(m, before, job) + onward - drive(m, before, following)
            cost = m.pair_cost[job, shift] + m.weights[0] * detour + m.wait_cost[job] * max(0, start - m.now)
            cost += m.late_cost[job] * max(0, end - m.due[job]) + m.off_cost[job] * off(m, job, start)
            if following == home:
                cost += m.weights[1] * max(0, end + onward - m.shift_end[shift])
            if cost < best:
                best, where = cost, before
        before = following
    return best + m.weights[2] * joined(m, r, job, shift) if where >= 0 else best, where


@inner
def joined(m: Model, r: Routes, job: int, shift: int) -> int:
    """Number of jobs that come to share a feeder with other planned work when `job` joins the route."""
    feeder = m.feeder[job]
    if feeder < 0 or m.familiar[shift, feeder]:
        return 0
    node, found = r.after[m.jobs + m.commitments + shift], 0
    while node < m.jobs + m.commitments:
        found += node < m.jobs and m.feeder[node] == feeder
        node = r.after[node]
    return 0 if found == 0 else 2 if found == 1 else 1


@compiled
def insert(m: Model, r: Routes, job: int, shift: int, before: int) -> None:
    """Put `job` right after node `before`, and let go what waited for it."""
    following = r.after[before]
    start = first_start(m, r, job, shift, before, following)
    r.after[before], r.after[job] = job, following
    r.before[following], r.before[job] = job, before
    r.shift[job] = shift
    r.budget[shift] -= m.load[job]
    end = start + m.duration[job]
    # Later insertions neither delay urgent work, nor work that others wait for, nor make anything late.
    waited_for = m.follow_pointer[job] < m.follow_pointer[job + 1]
    r.cap[job] = start if m.firm[job] or waited_for else NEVER if end > m.due[job] else m.due[job] - m.duration[job]
    stay(m, r, job, shift, start)
    refresh(m, r, shift)
    for k in range(m.follow_pointer[job], m.follow_pointer[job + 1]):
        follower = m.follower[k]
        r.ready[follower] = max(r.ready[follower], end)
        r.waits[follower] -= 1
