"""Whether a job that a plan leaves out could be done if less urgent work were not there: asked before it is told."""

from __future__ import annotations

from assignments.engine.search.compiling import compiled
from assignments.engine.search.kernel import Ids, Model, Routes, best_insertion, refresh


@compiled
def strip(m: Model, r: Routes, order: Ids, its: int) -> None:
    """Take the jobs of later classes than `its` off the routes; `order` has each job's class."""
    for shift in range(m.shifts):
        before = m.jobs + m.commitments + shift
        home = before + m.shifts
        while before != home:
            node = r.after[before]
            if node < m.jobs and order[node] > its:
                following = r.after[node]
                r.after[before], r.before[following] = following, before
                r.shift[node] = -1
                r.budget[shift] += m.load[node]
            else:
                before = node
        refresh(m, r, shift)


@compiled
def has_room(m: Model, r: Routes, job: int) -> bool:
    """Whether a shift could take `job` beside what is on the routes."""
    # Compiled code has no generators.
    for shift in range(m.shifts):  # noqa: SIM110
        if best_insertion(m, r, job, shift)[1] >= 0:
            return True
    return False
