"""Breaks in the search: a route has no place for them, but every stop knows its starts for each number of breaks that
may have been taken before it.

Breaks are taken in their order, so a stop's earliest start after k of them, going forward, and its latest start before
which k must be over, going back, say all that an insertion has to know: the job fits if some parting of the breaks
does. Of all partings the starts of a plan are those that delay the next stop least, with the breaks then taken as early
as they are for nothing. Drives to the base for a break take their time and cost no points.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from assignments.engine.search.compiling import inner
from assignments.engine.search.linking import free_start
from assignments.engine.search.starts import NEVER, last_allowed, next_allowed
from assignments.engine.search.ways import seconds

# Those of the kernel, which uses this module itself.
Model: TypeAlias = Any
Routes: TypeAlias = Any

REST = 4
"""Numbers of a break: earliest start, latest start, length, and 1 for one at the base."""


@inner
def owes(m: Model, shift: int) -> bool:
    """Whether room for a break must stay on the shift."""
    return bool(m.rests[shift] < m.rests[shift + 1])


@inner
def _count(m: Model, shift: int) -> int:
    return int((m.rests[shift + 1] - m.rests[shift]) // REST)


@inner
def _place(m: Model, node: int) -> int:
    return int(node if node < m.jobs + m.commitments + m.shifts else node - m.shifts)


@inner
def _over(m: Model, node: int, start: int) -> int:
    """When all work is over once the node is done that begins at `start`."""
    return int(start + m.duration[node]) if node < m.jobs else int(m.busy[node])


@inner
def _rested(m: Model, shift: int, k: int, place: int, free: int, busy: int) -> tuple[int, int, int]:
    """Place, readiness to drive and end after the break with number k; NEVER if that would begin too late."""
    at = m.rests[shift] + k * REST
    earliest, latest, length = m.rests[at], m.rests[at + 1], m.rests[at + 2]
    if m.rests[at + 3]:
        base = m.jobs + m.commitments + shift
        begin = max(busy, free + seconds(m, place, base), earliest)
        place, free = base, begin + length
    else:
        begin = max(busy, earliest)
        free += length
    if begin > latest:
        return place, NEVER, NEVER
    return place, free, begin + length


@inner
def _last_end(m: Model, shift: int, k: int, upto: int, latest: int, origin: int, target: int) -> int:
    """The latest end of work at `origin` from which the breaks from k up to `upto` let a start at `target`, no later
    than `latest`; -NEVER where they do not fit whatever the work."""
    drive_by = end_by = latest
    for number in range(upto - 1, k - 1, -1):
        at = m.rests[shift] + number * REST
        end, base = end_by, m.jobs + m.commitments + shift
        if m.rests[at + 3]:
            end = min(end, drive_by - seconds(m, base, target))
        if m.rests[at] + m.rests[at + 2] > end:
            return -NEVER
        end_by = min(m.rests[at + 1], end - m.rests[at + 2])
        if m.rests[at + 3]:
            drive_by, target = end_by, base
        else:
            drive_by -= m.rests[at + 2]
    return int(min(end_by, drive_by - seconds(m, origin, target)))


@inner
def _begins(
    m: Model, r: Routes, before: int, over: int, node: int, shift: int, place: int, free: int, busy: int
) -> int:
    """The first start of the node from this state after node `before`, which is over then; NEVER if it is fixed and
    comes too soon."""
    arrival = max(free + seconds(m, place, _place(m, node)), busy)
    # By the way of its own, too: told roads may make a detour by the base the shorter one.
    direct = seconds(m, _place(m, before), _place(m, node))
    if before < m.jobs:
        arrival = max(arrival, over + direct)
    if node >= m.jobs:
        return int(m.fixed[node]) if arrival <= m.fixed[node] else NEVER
    if before >= m.jobs:
        arrival = max(arrival, m.leave[before] + direct)
    return next_allowed(m, node, shift, max(arrival, r.ready[node]))


@inner
def _reach(m: Model, r: Routes, shift: int, before: int, k: int) -> None:
    """The earliest starts of the node after `before` when k breaks were taken before this one, as far as they are
    sooner than those known."""
    node, place, over = r.after[before], _place(m, before), _over(m, before, r.early_by[before, k])
    free = busy = over
    # Whether given work keeps the rules among itself is no question of a plan.
    if before >= m.jobs and node >= m.jobs:
        r.early_by[node, k] = m.fixed[node]
    for taken in range(k, _count(m, shift) + 1):
        if taken > k:
            place, free, busy = _rested(m, shift, taken - 1, place, free, busy)
            if busy >= NEVER:
                break
        start = _begins(m, r, before, over, node, shift, place, free, busy)
        # So many breaks before it would break what the job was promised.
        if node >= m.jobs or start <= r.cap[node]:
            r.early_by[node, taken] = min(r.early_by[node, taken], start)


@inner
def _forward(m: Model, r: Routes, shift: int) -> None:
    total, last = _count(m, shift), r.early_by.shape[1] - 1
    before = m.jobs + m.commitments + shift
    home = before + m.shifts
    for k in range(total + 1):
        r.early_by[before, k] = NEVER if k else m.fixed[before]
    r.early_by[before, last] = m.fixed[before]
    while before != home:
        node = r.after[before]
        for k in range(total + 1):
            r.early_by[node, k] = NEVER
        for k in range(total + 1):
            if r.early_by[before, k] < NEVER:
                _reach(m, r, shift, before, k)
        r.early_by[node, last] = NEVER
        for k in range(total + 1):
            r.early_by[node, last] = min(r.early_by[node, last], r.early_by[node, k])
        before = node


@inner
def _latest_from(m: Model, r: Routes, shift: int, node: int, k: int) -> int:
    """The latest end of the node after k breaks; of given work its end, or -NEVER."""
    following, best = r.after[node], -NEVER
    for taken in range(k, _count(m, shift) + 1):
        latest = r.late_by[following, taken]
        if latest <= -NEVER:
            continue
        end = _last_end(m, shift, k, taken, latest, _place(m, node), _place(m, following))
        direct = seconds(m, _place(m, node), _place(m, following))
        if node < m.jobs:
            best = max(best, min(end, latest - direct))
        elif following >= m.jobs:
            # Without a break between them, given work is not asked whether it can be kept.
            best = max(best, m.busy[node] if taken == k or m.busy[node] <= end else -NEVER)
        elif m.busy[node] <= end and m.leave[node] + direct <= latest:
            best = m.busy[node]
    return int(best)


@inner
def _backward(m: Model, r: Routes, shift: int) -> None:
    total, last = _count(m, shift), r.late_by.shape[1] - 1
    departure = m.jobs + m.commitments + shift
    node = departure + m.shifts
    for k in range(total + 1):
        r.late_by[node, k] = m.fixed[node] if k == total else -NEVER
    r.late_by[node, last] = m.fixed[node]
    while node != departure:
        node = r.before[node]
        latest = -NEVER
        for k in range(total + 1):
            end = _latest_from(m, r, shift, node, k)
            if node < m.jobs:
                time = min(end - m.duration[node], r.cap[node])
                r.late_by[node, k] = last_allowed(m, node, shift, time) if end > -NEVER else -NEVER
            else:
                r.late_by[node, k] = m.fixed[node] if end > -NEVER else -NEVER
            latest = max(latest, r.late_by[node, k])
        r.late_by[node, last] = latest


@inner
def lay(m: Model, r: Routes, shift: int) -> int:
    """Recompute the starts of a route that owes breaks.

    Returns its longest gap between two neighbours, driving included; -1 if it cannot be kept in time.
    """
    _forward(m, r, shift)
    _backward(m, r, shift)
    total, last = _count(m, shift), r.late_by.shape[1] - 1
    before = m.jobs + m.commitments + shift
    home = before + m.shifts
    k, gap = 0, 0
    while before != home:
        node = r.after[before]
        place, over = _place(m, before), _over(m, before, r.early[before])
        free = busy = over
        best, then = NEVER, k
        for taken in range(k, total + 1):
            if taken > k:
                place, free, busy = _rested(m, shift, taken - 1, place, free, busy)
                if busy >= NEVER:
                    break
            start = _begins(m, r, before, over, node, shift, place, free, busy)
            if taken == k and before >= m.jobs and node >= m.jobs:
                start = m.fixed[node]
            # As many breaks as delay nothing.
            if start <= r.late_by[node, taken] and start <= best:
                best, then = start, taken
        if best >= NEVER:
            return -1
        r.early[node], k = best, then
        # Of all partings, so that what fits nowhere is passed over quickly.
        r.late[node] = r.late_by[node, last]
        gap = max(gap, r.late_by[node, last] - _over(m, before, r.early_by[before, last]))
        before = node
    return int(gap)


@inner
def _soonest(m: Model, r: Routes, job: int, shift: int, before: int, following: int, k: int, best: int) -> int:
    """The first start of `job` between the nodes with k breaks taken before both, or `best` if that is sooner."""
    place, over = _place(m, before), _over(m, before, r.early_by[before, k])
    free = busy = over
    for taken in range(k, _count(m, shift) + 1):
        if taken > k:
            place, free, busy = _rested(m, shift, taken - 1, place, free, busy)
            if busy >= NEVER:
                break
        start = free_start(m, r, job, shift, _begins(m, r, before, over, job, shift, place, free, busy))
        if start < best and _leaves_room(m, r, job, shift, following, taken, start + m.duration[job]):
            best = start
    return best


@inner
def _leaves_room(m: Model, r: Routes, job: int, shift: int, following: int, taken: int, end: int) -> bool:
    """Whether what follows, and the breaks that are left, can be kept when the job ends then."""
    target = _place(m, following)
    for upto in range(taken, _count(m, shift) + 1):
        latest = r.late_by[following, upto]
        in_time = latest > -NEVER and end + seconds(m, job, target) <= latest
        if in_time and end <= _last_end(m, shift, taken, upto, latest, job, target):
            return True
    return False


@inner
def fitting(m: Model, r: Routes, job: int, shift: int, before: int, following: int) -> int:
    """The first start of `job` between the two nodes that leaves room for every break; NEVER if there is none."""
    best, last = NEVER, r.late_by.shape[1] - 1
    earliest = m.leave[before] if before >= m.jobs else _over(m, before, r.early_by[before, last])
    driven = seconds(m, _place(m, before), job) + seconds(m, job, _place(m, following))
    if r.late_by[following, last] - earliest >= m.duration[job] + driven:
        for k in range(_count(m, shift) + 1):
            if r.early_by[before, k] < NEVER:
                best = _soonest(m, r, job, shift, before, following, k, best)
    return best
