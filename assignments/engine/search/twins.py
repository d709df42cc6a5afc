"""Jobs that differ in nothing but the customers out: the one with more of them is served, and first.

A search that ends in time leaves some pairs the wrong way round, and no street that waits would understand it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from assignments.engine.domain.problem import Job, Problem
from assignments.engine.screening.pairs import Screening
from assignments.engine.search.kernel import Ids, Routes

Twins = tuple[tuple[int, ...], ...]
"""Rows of jobs that differ in nothing else, those with most customers out first."""


def of(problem: Problem, screening: Screening) -> Twins:
    """The twins among the problem's jobs: the same shifts may do them, and they neither wait for work nor are waited
    for."""
    waited_for = {p.job_id for job in problem.jobs for p in job.prerequisites}
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for row, job in enumerate(problem.jobs):
        # Most jobs are told apart by so much; the others are looked at whole.
        alike[job.place, job.duration, job.due, job.priority].append(row)
    found: list[tuple[int, ...]] = []
    for rows in alike.values():
        same: dict[tuple[Job, bytes], list[int]] = defaultdict(list)
        for row in rows if len(rows) > 1 else ():
            job = problem.jobs[row]
            if not job.prerequisites and job.id not in waited_for:
                alone = replace(job, id=0, number="", customers_out=0)
                # One that has a crew, or was rejected for one, may do less than its like.
                same[alone, screening.blame[row].tobytes()].append(row)
        found += [tuple(sorted(rows, key=lambda row: -problem.jobs[row].customers_out)) for rows in same.values()]
    return tuple(rows for rows in found if len({problem.jobs[row].customers_out for row in rows}) > 1)


def settled(routes: Routes, twins: Twins) -> Routes:
    """The same stops at the same times, the twins in their order."""
    named = np.arange(len(routes.after), dtype=np.int64)
    for rows in twins:
        by_start = sorted(rows, key=lambda row: (routes.shift[row] < 0, routes.early[row]))
        named[by_start] = rows
    return routes if (named == np.arange(len(named))).all() else _renamed(routes, named)


def _renamed(routes: Routes, named: Ids) -> Routes:
    # Each node with what is known of it becomes the one that it is `named`; each shift and its budget stay.
    def moved(each: Ids) -> Ids:
        result = each.copy()
        result[named[: len(each)]] = each
        return result

    def linked(each: Ids) -> Ids:
        return moved(np.where(each >= 0, named[each], each))

    by_node = {
        name: moved(getattr(routes, name))
        for name in ("shift", "early", "late", "cap", "ready", "waits", "early_by", "late_by")
    }
    return routes._replace(after=linked(routes.after), before=linked(routes.before), **by_node)
