"""Starting from the plan that people see: it is laid down as far as it is still legal, and then made whole."""

from __future__ import annotations

import numpy as np

from assignments.engine.domain.shown import NEARLY
from assignments.engine.search import anytime, modelling, nearness, relaying, twins
from assignments.engine.search.kernel import Ids, Routes
from assignments.engine.search.modelling import Layout


def laid_down(layout: Layout) -> Routes:
    """A complete plan with the shown work where it was shown, but for what is not legal there any more and for what
    keeps out more urgent work."""
    queue, on = _shown(layout)
    shown, search = modelling.empty_routes(layout), nearness.fresh(layout.model, 0)
    relaying.lay_down(layout.model, shown, layout.scope, search, queue, on)
    routes, search = modelling.empty_routes(layout), nearness.fresh(layout.model, 0)
    others = anytime.most_for_its_time(layout)
    relaying.relay(layout.model, routes, layout.scope, search, shown.after, shown.cap, others)
    return twins.settled(routes, layout.twins)


def is_kept(layout: Layout, routes: Routes) -> bool:
    """Whether all that was shown is done by the shown shift at about the shown hour."""
    queue, on = _shown(layout)
    in_time = np.abs(routes.early[queue] - layout.model.shown[queue]) <= NEARLY
    return len(queue) == _count(layout) and bool((routes.shift[queue] == on[queue]).all() and in_time.all())


def _count(layout: Layout) -> int:
    jobs = {job.id for job in layout.problem.jobs}
    return sum(one.job_id in jobs for one in layout.problem.shown)


def _shown(layout: Layout) -> tuple[Ids, Ids]:
    """The rows of the shown jobs in order of time, and by job the column of its shown shift."""
    problem = layout.problem
    rows = {job.id: row for row, job in enumerate(problem.jobs)}
    columns = {shift.id: column for column, shift in enumerate(problem.shifts)}
    known = [one for one in problem.shown if one.job_id in rows and one.team[0] in columns]
    known.sort(key=lambda one: (one.start, rows[one.job_id]))
    on = np.full(len(problem.jobs), -1, dtype=np.int64)
    for one in known:
        on[rows[one.job_id]] = columns[one.team[0]]
    return np.array([rows[one.job_id] for one in known], dtype=np.int64), on
