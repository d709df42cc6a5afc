"""Recreate: what is on no route is put in again, each job at its cheapest place, with blinks."""

from __future__ import annotations

from assignments.engine.search.compiling import inlined, inner
from assignments.engine.search.improving import ABSENT, TICK, Scope, Search, draw, to_from
from assignments.engine.search.kernel import IMPOSSIBLE, Model, Routes, is_with_another, joined, off
from assignments.engine.search.linking import free_start, is_linked
from assignments.engine.search.moves import make_ready, put_in
from assignments.engine.search.resting import fitting, owes
from assignments.engine.search.starts import NEVER, next_allowed
from assignments.engine.search.ways import seconds

BLINKS = 0.01
"""gamma: how often a place is passed over; on days of less than a hundred jobs one place in as many as there are jobs.

A cheapest place is chosen without looking at what it does to the start of later jobs, so of few places the right one is
often found by passing over another alone.
"""
INVITED = 12
"""Jobs left out, near the seed, that join a step."""
MANY = 120
"""A job that more shifts may do is tried on `FEW` of them."""
FEW = 40
CLASSES_FIRST = 0.5
"""Share of steps in which jobs are put in class after class."""
_NEAREST = 10
"""Of those, how many are the ones with the nearest base; the others visit a place near the job."""


@inner
def invite(r: Routes, g: Scope, s: Search, seed: int) -> None:
    """Let the seed, if it is left out, and others left out near it join the jobs to put in."""
    count = 0
    if r.shift[seed] < 0:
        s.absent[0] = seed
        count = 1
    for k in range(g.near.shape[1]):
        if count >= INVITED:
            break
        job = g.near[seed, k]
        if r.shift[job] < 0 and r.waits[job] == 0 and g.pointer[job] < g.pointer[job + 1]:
            s.absent[count] = job
            count += 1
    s.counts[ABSENT] = count


# In what order jobs are put in, and how often: the greatest gain, the greatest gain for its time, none at all, the
# longest, the tightest choice of starts, the farthest, the nearest.
_TURNS = (2, 4, 4, 2, 2, 1, 1)


@inner
def put_in_order(m: Model, g: Scope, s: Search) -> None:
    """Sort the jobs to put in by a rule drawn at random; more urgent classes mostly first."""
    turn, rule = int(draw(s.random) * 16), 0
    while turn >= _TURNS[rule]:
        turn -= _TURNS[rule]
        rule += 1
    classes = 1e9 if draw(s.random) < CLASSES_FIRST else 0.0
    for at in range(s.counts[ABSENT]):
        job = s.absent[at]
        # Equals are put in at random.
        key = classes * m.order[job] + _key(m, g, s, job, rule) + 1e-6 * draw(s.random)
        # An insertion sort; there are about twenty.
        place = at
        while place > 0 and s.key[place - 1] > key:
            s.key[place], s.absent[place] = s.key[place - 1], s.absent[place - 1]
            place -= 1
        s.key[place], s.absent[place] = key, job


@inner
def _key(m: Model, g: Scope, s: Search, job: int, rule: int) -> float:
    if rule == 0:
        return float(-g.gain[job])
    if rule == 1:
        return float(-g.gain[job] / m.duration[job])
    if rule == 2:
        return draw(s.random)
    if rule == 3:
        return float(-m.load[job])
    if rule == 4:
        return float(g.width[job])
    return float(-g.remote[job] if rule == 5 else g.remote[job])


@inner
def recreate(m: Model, r: Routes, g: Scope, s: Search, most: float) -> None:
    """Put in the jobs of `Search.absent` in their order; each may cost up to `most` times its gain."""
    at, blinks = 0, max(BLINKS, 1.0 / len(g.seeds))
    while at < s.counts[ABSENT]:
        job = s.absent[at]
        at += 1
        if r.shift[job] >= 0 or r.waits[job] > 0:
            continue
        make_ready(m, r, g, job)
        before, cost = cheapest(m, r, g, s, job, choose_shifts(m, r, g, s, job), blinks)
        if before >= 0 and cost <= most * g.gain[job]:
            put_in(m, r, g, s, job, before)


@inner
def every_shift(g: Scope, s: Search, job: int) -> int:
    """Put the shifts that may do `job` first in `Search.options`; returns their number."""
    first, end = g.pointer[job], g.pointer[job + 1]
    for k in range(first, end):
        s.options[k - first] = g.shift[k]
    return int(end - first)


@inner
def choose_shifts(m: Model, r: Routes, g: Scope, s: Search, job: int) -> int:
    """Put the shifts to try `job` on first in `Search.options`; returns their number."""
    first, end = g.pointer[job], g.pointer[job + 1]
    # Of a part whose crew is settled by the part before, few shifts are left anyway.
    if end - first <= MANY or m.mates[job] >= 0:
        return every_shift(g, s, job)
    s.counts[TICK] += 1
    tick, count = s.counts[TICK], 0
    for k in range(first, first + _NEAREST):
        s.options[count] = g.shift[k]
        s.stamp[g.shift[k]] = tick
        count += 1
    for k in range(g.near.shape[1]):
        shift = r.shift[g.near[job, k]]
        if shift < 0 or s.stamp[shift] == tick:
            continue
        s.stamp[shift] = tick
        if m.pointer[shift * m.jobs + job] < m.pointer[shift * m.jobs + job + 1]:
            s.options[count] = shift
            count += 1
            if count == FEW:
                break
    return count


@inner
def cheapest(m: Model, r: Routes, g: Scope, s: Search, job: int, options: int, blinks: float) -> tuple[int, float]:
    """The node after which `job` costs least on any of the first `options` shifts, and its points; -1 if nowhere.

    Exact for what is legal; of the cost, what the job does to the start of later jobs is left for the whole plan's.
    """
    best, where, blink = IMPOSSIBLE, -1, _next_blink(g, s, blinks)
    for option in range(options):
        shift = s.options[option]
        is_full = m.duration[job] > s.gap[shift] or m.load[job] > r.budget[shift]
        if not is_full and not is_with_another(m, r, job, shift):
            best, where, blink = _cheapest_on(m, r, g, s, job, shift, blinks, best, where, blink)
    return where, best


@inlined
def _cheapest_on(  # noqa: C901, PLR0915
    m: Model, r: Routes, g: Scope, s: Search, job: int, shift: int, blinks: float, best: float, where: int, blink: int
) -> tuple[float, int, int]:
    """As `cheapest`, of one shift: the best so far, the node before, and the number of places until the next blink."""
    duration, place = m.duration[job], g.place[job]
    pair = m.pair_cost[job, shift] + m.weights[2] * joined(m, r, job, shift)
    following = m.jobs + m.commitments + shift
    home, anchor, rests = following + m.shifts, following, owes(m, shift)
    while following != home:
        before = following
        following = r.after[before]
        if before >= m.jobs or m.order[before] <= m.order[job]:
            anchor = before
        room = r.late[following] - s.free[before] - duration
        if room < 0:
            continue
        there, onward = to_from(m, g, place, g.place[before]), seconds(m, place, g.place[following])
        if room < there + onward:
            continue
        arrival = s.free[before] + there
        # Nothing that comes on top makes it cheaper.
        cost = pair + m.weights[0] * (there + onward - s.way[following])
        if cost + m.wait_cost[job] * max(0, arrival - m.now) >= best:
            continue
        start = _start(m, r, s, job, before, following, arrival)
        if start >= NEVER or (not rests and start + duration + onward > r.late[following]):
            continue
        cost += _cost_of_start(m, job, start)
        if following == home:
            cost += m.weights[1] * max(0, start + duration + onward - m.shift_end[shift])
        if cost >= best:
            continue
        blink -= 1
        if blink == 0:
            blink = _next_blink(g, s, blinks)
        elif not (m.firm[job] and anchor != before and _is_delayed(m, r, g, s, job, anchor, following, start)):
            best, where = cost, before
    return best, where, blink


@inlined
def _cost_of_start(m: Model, job: int, start: int) -> float:
    late = m.late_cost[job] * max(0, start + m.duration[job] - m.due[job])
    return float(m.wait_cost[job] * max(0, start - m.now) + late + m.off_cost[job] * off(m, job, start))


@inlined
def _start(m: Model, r: Routes, s: Search, job: int, before: int, following: int, arrival: int) -> int:
    """The first start of `job` between the two nodes when the crew can be there at `arrival`; NEVER if there is none.

    Where breaks are owed, one at which what follows is in time.
    """
    shift = r.shift[before]
    if owes(m, shift):
        return fitting(m, r, job, shift, before, following)
    start = next_allowed(m, job, shift, max(arrival, s.busy[before], r.ready[job]))
    return free_start(m, r, job, shift, start) if start < NEVER and is_linked(m, shift) else start


@inner
def _next_as_urgent(m: Model, r: Routes, job: int, node: int) -> int:
    """The node, or the first after it, that is no job of a later class than `job`."""
    while node < m.jobs and m.order[node] > m.order[job]:
        node = r.after[node]
    return node


@inner
def _next_blink(g: Scope, s: Search, blinks: float) -> int:
    # The number of places until the next that is passed over.
    if blinks <= 0:
        return -1
    return 1 + int(g.exponential[int(draw(s.random) * len(g.exponential))] / blinks)


@inner
def _is_delayed(m: Model, r: Routes, g: Scope, s: Search, job: int, anchor: int, following: int, start: int) -> bool:
    """Whether firm `job` would start sooner right after `anchor`, the last work before it that is no less urgent."""
    shift = r.shift[anchor]
    if is_linked(m, shift):
        return False
    if owes(m, shift):
        return bool(fitting(m, r, job, shift, anchor, _next_as_urgent(m, r, job, following)) < start)
    arrival = s.free[anchor] + to_from(m, g, g.place[job], g.place[anchor])
    return bool(next_allowed(m, job, shift, max(arrival, s.busy[anchor], r.ready[job])) < start)
