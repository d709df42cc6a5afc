"""Days cut into districts, for solvers that a whole large day is too much for; and what plans pass over."""

from __future__ import annotations

import numpy as np

from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import Problem
from assignments.engine.search import kernel, modelling
from assignments.engine.search.compiling import compiled


def divide(problem: Problem, count: int) -> list[tuple[list[int], list[int]]]:
    """Rows of jobs and of shifts for each of `count` compact districts, all equally large.

    Jobs are halved across their longer side again and again; crews go where their base is nearest and still wanted.
    """
    parts = [list(range(len(problem.jobs)))]
    where = np.array([(job.place.lat * 1.3, job.place.lon) for job in problem.jobs])
    while len(parts) < count:
        largest = max(parts, key=len)
        parts.remove(largest)
        side = int(np.ptp(where[largest], axis=0).argmax())
        largest.sort(key=lambda row: where[row, side])
        # In the proportion in which the districts still to be made go to each side.
        whole = max(2, round(count * len(largest) / len(problem.jobs)))
        cut = len(largest) * (whole // 2) // whole
        parts += [largest[:cut], largest[cut:]]
    centres = np.array([where[part].mean(axis=0) for part in parts])
    room = [round(len(problem.shifts) * len(part) / len(problem.jobs)) + 1 for part in parts]
    crews: list[list[int]] = [[] for _ in parts]
    for row, shift in enumerate(problem.shifts):
        far = np.abs(centres - (shift.base.lat * 1.3, shift.base.lon)).sum(axis=1)
        chosen = min((k for k in range(len(parts)) if len(crews[k]) < room[k]), key=lambda k: far[k])
        crews[chosen].append(row)
    return [(part, crew) for part, crew in zip(parts, crews, strict=True) if crew]


def passed_over(problem: Problem, plan: Plan) -> int:
    """Jobs left out that would fit on a crew's shift beside its work of their own and more urgent classes."""
    layout = modelling.lay_out(problem)
    m, row_of = layout.model, {job.id: row for row, job in enumerate(problem.jobs)}
    left, count = [row_of[one.job_id] for one in plan.left_out], 0
    for turn in sorted({job.priority for job in problem.jobs}):
        routes = modelling.empty_routes(layout)
        for shift, route in enumerate(plan.routes):
            before = m.jobs + m.commitments + shift
            for row in (row_of[stop.job_id] for stop in route.stops):
                if m.order[row] <= turn:
                    kernel.insert(m, routes, row, shift, before)
                    before = row
        of_class = np.array([row for row in left if m.order[row] == turn], dtype=np.int64)
        count += _fitting(m, routes, of_class)
    return count


@compiled
def _fitting(m: kernel.Model, r: kernel.Routes, rows: kernel.Ints) -> int:
    count = 0
    for row in rows:
        for shift in range(m.shifts):
            if kernel.best_insertion(m, r, row, shift)[1] >= 0:
                count += 1
                break
    return count
