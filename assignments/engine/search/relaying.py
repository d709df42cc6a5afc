"""Laying a plan down again, class after class, so that nobody is passed over for less urgent work.

What was on the routes goes back to its place, and what was left out goes in wherever it fits, before any job of a later
class does: so what is still left out could not be served by taking later classes away. From an empty plan the same
steps make a first plan of a very large day in seconds.
"""

from __future__ import annotations

from assignments.engine.search.compiling import compiled, inner
from assignments.engine.search.improving import ABSENT, KEPT, TOUCHED, Scope, Search, settle, to_from
from assignments.engine.search.kernel import CLASSES, Ids, Ints, Model, Routes, is_with_another
from assignments.engine.search.linking import free_start, is_linked
from assignments.engine.search.moves import make_ready, put_in
from assignments.engine.search.recreating import cheapest, choose_shifts, every_shift
from assignments.engine.search.resting import fitting, owes
from assignments.engine.search.starts import NEVER, next_allowed


@compiled
def relay(m: Model, r: Routes, g: Scope, s: Search, after: Ids, cap: Ints, queue: Ids) -> None:
    """Fill the empty routes `r` from the plan given by `after` and `cap`, then with the other jobs of each class.

    `queue` is the order in which jobs left out are tried, on the shifts near them and then on all that may do them.
    """
    for shift in range(m.shifts):
        settle(m, r, g, s, shift)
    for turn in range(CLASSES):
        # Fuller routes make nothing possible that was not: only what waited for a job just put in is looked at again.
        freed = True
        while freed:
            freed = False
            for shift in range(m.shifts):
                freed |= _back(m, r, g, s, shift, turn, after, cap)
            for job in queue:
                if m.order[job] == turn and r.shift[job] < 0 and r.waits[job] == 0:
                    freed |= _anywhere(m, r, g, s, int(job))


@compiled
def lay_down(m: Model, r: Routes, g: Scope, s: Search, queue: Ids, on: Ids) -> None:
    """Put each job of `queue`, in order of the shown starts, at the end of what shift `on[job]` does before its hour.

    What does not fit there any more, or waits for what did not, stays out.
    """
    for shift in range(m.shifts):
        settle(m, r, g, s, shift)
    for job in queue:
        if r.waits[job] > 0 or r.shift[job] >= 0:
            continue
        make_ready(m, r, g, job)
        before = r.before[m.jobs + m.commitments + on[job] + m.shifts]
        while m.jobs <= before < m.jobs + m.commitments and m.fixed[before] > m.shown[job]:
            before = r.before[before]
        if _fits(m, r, g, s, job, before, NEVER):
            _put(m, r, g, s, int(job), before)


@inner
def _back(m: Model, r: Routes, g: Scope, s: Search, shift: int, turn: int, after: Ids, cap: Ints) -> bool:
    # The jobs of the class go back to the route, each after the one that came before it and is there. The answer, as of
    # the functions below, is whether one was put in for which another had waited.
    departure = m.jobs + m.commitments + shift
    before, node, freed = departure, after[departure], False
    while node != departure + m.shifts:
        if node < m.jobs and r.shift[node] < 0 and m.order[node] == turn and r.waits[node] == 0:
            make_ready(m, r, g, node)
            if _fits(m, r, g, s, node, before, cap[node]):
                freed |= _put(m, r, g, s, node, before)
                if not m.firm[node] and not is_linked(m, shift):
                    r.cap[node] = cap[node]
                    settle(m, r, g, s, shift)
        if r.shift[node] == shift:
            before = node
        node = after[node]
    return freed


@inner
def _fits(m: Model, r: Routes, g: Scope, s: Search, job: int, before: int, cap: int) -> bool:
    shift, following = r.shift[before], r.after[before]
    if owes(m, shift):
        start = fitting(m, r, job, shift, before, following)
        return bool(start < NEVER and start <= cap and m.load[job] <= r.budget[shift])
    time = max(s.free[before] + to_from(m, g, g.place[job], g.place[before]), s.busy[before], r.ready[job])
    start = next_allowed(m, job, shift, time)
    if is_linked(m, shift):
        start = free_start(m, r, job, shift, start)
    onward = to_from(m, g, g.place[following], g.place[job])
    in_time = start <= cap and start + m.duration[job] + onward <= r.late[following]
    return bool(in_time and m.load[job] <= r.budget[shift] and not is_with_another(m, r, job, shift))


@inner
def _anywhere(m: Model, r: Routes, g: Scope, s: Search, job: int) -> bool:
    make_ready(m, r, g, job)
    options = choose_shifts(m, r, g, s, job)
    before, _ = cheapest(m, r, g, s, job, options, 0.0)
    if before < 0 and options < g.pointer[job + 1] - g.pointer[job]:
        before, _ = cheapest(m, r, g, s, job, every_shift(g, s, job), 0.0)
    return before >= 0 and _put(m, r, g, s, job, before)


@inner
def _put(m: Model, r: Routes, g: Scope, s: Search, job: int, before: int) -> bool:
    put_in(m, r, g, s, job, before)
    freed = s.counts[ABSENT] > 0
    # Nothing is taken back here.
    s.is_touched[r.shift[job]] = False
    s.counts[ABSENT] = s.counts[TOUCHED] = s.counts[KEPT] = 0
    return bool(freed)
