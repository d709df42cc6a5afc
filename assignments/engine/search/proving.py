"""Whether a job that a plan leaves out could be done if less urgent work were not there: asked before it is told."""

from __future__ import annotations

from assignments.engine.search.compiling import compiled
from assignments.engine.search.kernel import Ids, Ints, Model, Routes, drive, last_allowed, next_allowed


@compiled
def has_room(m: Model, r: Routes, order: Ids, job: int, late: Ints) -> bool:
    """Whether a shift could take `job` beside its commitments and its jobs of no later class than the job's.

    `order` has each job's class; `late` is room for a time by node.
    """
    for shift in range(m.shifts):
        at = shift * m.jobs + job
        if m.pointer[at] < m.pointer[at + 1] and _fits(m, r, order, job, shift, late):
            return True
    return False


@compiled
def _fits(m: Model, r: Routes, order: Ids, job: int, shift: int, late: Ints) -> bool:
    if m.load[job] > _latest(m, r, order, job, shift, late):
        return False
    node = m.jobs + m.commitments + shift
    home, before, free, busy = node + m.shifts, node, m.leave[node], m.busy[node]
    while before != home:
        node = r.after[node]
        if node < m.jobs and order[node] > order[job]:
            continue
        if late[node] - max(free, busy) >= m.duration[job]:
            start = next_allowed(m, job, shift, max(free + drive(m, before, job), busy, r.ready[job]))
            if start + m.duration[job] + drive(m, job, node) <= late[node]:
                return True
        if node < m.jobs:
            begin = next_allowed(m, node, shift, max(free + drive(m, before, node), busy, r.ready[node]))
            free = busy = begin + m.duration[node]
        else:
            free, busy = m.leave[node], m.busy[node]
        before = node
    return False


@compiled
def _latest(m: Model, r: Routes, order: Ids, job: int, shift: int, late: Ints) -> int:
    # The latest starts of what stays, and the seconds of work that would be lawful then.
    departure = m.jobs + m.commitments + shift
    following, budget = departure + m.shifts, r.budget[shift]
    late[following] = m.fixed[following]
    node = r.before[following]
    while node != departure:
        if node >= m.jobs:
            late[node] = m.fixed[node]
            following = node
        elif order[node] <= order[job]:
            time = late[following] - drive(m, node, following) - m.duration[node]
            late[node] = last_allowed(m, node, shift, min(time, r.cap[node]))
            following = node
        else:
            budget += m.load[node]
        node = r.before[node]
    return int(budget)
