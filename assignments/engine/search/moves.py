"""Changes to routes that can be taken back: jobs out, jobs in, and the end of a step of the improving search."""

from __future__ import annotations

from assignments.engine.search.compiling import inner
from assignments.engine.search.improving import ABSENT, COST, KEPT, TOUCHED, Scope, Search, route_cost, settle, to_from
from assignments.engine.search.kernel import Model, Routes
from assignments.engine.search.linking import free_start, is_linked
from assignments.engine.search.resting import fitting, owes
from assignments.engine.search.starts import NEVER, next_allowed


@inner
def touch(m: Model, r: Routes, s: Search, shift: int) -> None:
    """Keep a route as it is, for the case that the step is rejected."""
    if s.is_touched[shift]:
        return
    s.is_touched[shift] = True
    at, kept = s.counts[TOUCHED], s.counts[KEPT]
    s.touched[at], s.kept_from[at] = shift, kept
    home = m.jobs + m.commitments + shift + m.shifts
    node = r.after[home - m.shifts]
    while node != home:
        s.kept[kept] = node
        if node < m.jobs:
            s.kept_cap[kept], s.kept_ready[kept] = r.cap[node], r.ready[node]
        kept += 1
        node = r.after[node]
    s.counts[TOUCHED], s.counts[KEPT] = at + 1, kept
    s.kept_from[at + 1] = kept


@inner
def _let_wait(m: Model, r: Routes, job: int, more: int) -> None:
    for k in range(m.follow_pointer[job], m.follow_pointer[job + 1]):
        r.waits[m.follower[k]] += more


@inner
def _unlink(m: Model, r: Routes, g: Scope, s: Search, job: int) -> None:
    shift = r.shift[job]
    touch(m, r, s, shift)
    before, following = r.before[job], r.after[job]
    r.after[before], r.before[following] = following, before
    r.shift[job] = -1
    r.budget[shift] += m.load[job]
    _let_wait(m, r, job, 1)
    s.absent[s.counts[ABSENT]] = job
    s.counts[ABSENT] += 1
    s.totals[COST] += g.gain[job]


@inner
def _unlink_with_firm(m: Model, r: Routes, g: Scope, s: Search, job: int) -> None:
    node = r.after[job]
    _unlink(m, r, g, s, job)
    while m.firm[job] and node < m.jobs + m.commitments:
        following = r.after[node]
        if node < m.jobs and m.firm[node]:
            _unlink(m, r, g, s, node)
        node = following


@inner
def take_out(m: Model, r: Routes, g: Scope, s: Search, job: int) -> None:
    """Take `job` off its route, with what waits for it and, if it is firm, the firm work after it.

    Firm work is planned as if work of later classes were not there. With the firm work before it gone it could start
    earlier, and ordinary work that was no hindrance might become one.
    """
    at = s.counts[ABSENT]
    _unlink_with_firm(m, r, g, s, job)
    while at < s.counts[ABSENT]:
        gone = s.absent[at]
        for k in range(m.follow_pointer[gone], m.follow_pointer[gone + 1]):
            follower = m.follower[k]
            if r.shift[follower] >= 0:
                _unlink_with_firm(m, r, g, s, follower)
        at += 1


@inner
def _start(m: Model, r: Routes, g: Scope, s: Search, job: int, shift: int, before: int, following: int) -> int:
    if owes(m, shift):
        return fitting(m, r, job, shift, before, following)
    way = to_from(m, g, g.place[job], g.place[before])
    start = next_allowed(m, job, shift, max(s.free[before] + way, s.busy[before], r.ready[job]))
    return free_start(m, r, job, shift, start) if is_linked(m, shift) else start


@inner
def put_in(m: Model, r: Routes, g: Scope, s: Search, job: int, before: int) -> None:
    """Put `job` right after node `before`; what waited for it alone joins the jobs to put in."""
    shift, following = r.shift[before], r.after[before]
    touch(m, r, s, shift)
    start = _start(m, r, g, s, job, shift, before, following)
    r.after[before], r.after[job] = job, following
    r.before[following], r.before[job] = job, before
    r.shift[job] = shift
    r.budget[shift] -= m.load[job]
    end = start + m.duration[job]
    # As in the kernel: what comes later neither delays firm work, nor work others wait for, nor makes anything late.
    waited_for = m.follow_pointer[job] < m.follow_pointer[job + 1]
    r.cap[job] = start if m.firm[job] or waited_for else NEVER if end > m.due[job] else m.due[job] - m.duration[job]
    if is_linked(m, shift):
        r.ready[job] = r.cap[job] = start
    settle(m, r, g, s, shift)
    s.totals[COST] -= g.gain[job]
    _let_wait(m, r, job, -1)
    for k in range(m.follow_pointer[job], m.follow_pointer[job + 1]):
        if r.waits[m.follower[k]] == 0:
            s.absent[s.counts[ABSENT]] = m.follower[k]
            s.counts[ABSENT] += 1


@inner
def make_ready(m: Model, r: Routes, g: Scope, job: int) -> None:
    """No start of `job` before the latest end of what it waits for."""
    r.ready[job] = -NEVER
    for k in range(g.leader_pointer[job], g.leader_pointer[job + 1]):
        leader = g.leader[k]
        end = r.cap[leader] + m.duration[leader]
        r.ready[job] = max(r.ready[job], end)


@inner
def cost_after(m: Model, r: Routes, s: Search) -> float:
    """The points of the whole plan with the changes of this step."""
    total = s.totals[COST]
    for at in range(s.counts[TOUCHED]):
        shift = s.touched[at]
        total += route_cost(m, r, s, shift) - s.cost[shift]
    return float(total)


@inner
def accept(m: Model, r: Routes, s: Search, cost: float) -> None:
    """Keep the changes of this step; `cost` is the whole plan's."""
    for at in range(s.counts[TOUCHED]):
        shift = s.touched[at]
        s.is_touched[shift] = False
        s.cost[shift] = route_cost(m, r, s, shift)
    s.totals[COST] = cost
    s.counts[TOUCHED] = s.counts[KEPT] = s.counts[ABSENT] = 0


@inner
def reject(m: Model, r: Routes, g: Scope, s: Search, cost: float) -> None:
    """Undo the changes of this step; `cost` was the whole plan's before."""
    for at in range(s.counts[TOUCHED]):
        shift = s.touched[at]
        node = r.after[m.jobs + m.commitments + shift]
        while node < m.jobs + m.commitments:
            if node < m.jobs:
                r.shift[node] = -1
                r.budget[shift] += m.load[node]
                _let_wait(m, r, node, 1)
            node = r.after[node]
    for at in range(s.counts[TOUCHED]):
        _put_back(m, r, g, s, at)
    s.totals[COST] = cost
    s.counts[TOUCHED] = s.counts[KEPT] = s.counts[ABSENT] = 0


@inner
def _put_back(m: Model, r: Routes, g: Scope, s: Search, at: int) -> None:
    shift = s.touched[at]
    s.is_touched[shift] = False
    before = m.jobs + m.commitments + shift
    home = before + m.shifts
    for k in range(s.kept_from[at], s.kept_from[at + 1]):
        node = s.kept[k]
        if node < m.jobs:
            r.shift[node], r.cap[node], r.ready[node] = shift, s.kept_cap[k], s.kept_ready[k]
            r.budget[shift] -= m.load[node]
            _let_wait(m, r, node, -1)
        r.after[before], r.before[node] = node, before
        before = node
    r.after[before], r.before[home] = home, before
    settle(m, r, g, s, shift)
