"""From the search's arrays back to a plan: its stops, its figures, and why it leaves out what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assignments.engine.domain.plans import Figures, LeftOut, Plan, Route, Stop
from assignments.engine.domain.problem import Job
from assignments.engine.domain.restoring import restoration
from assignments.engine.domain.wording import Reason
from assignments.engine.ranking.explain import summary
from assignments.engine.rules import register
from assignments.engine.rules.scoring import CLASS_WEIGHT
from assignments.engine.screening.rows import blames
from assignments.engine.search import following, proving
from assignments.engine.search.kernel import Routes, drive, driven
from assignments.engine.search.modelling import Layout


def read_plan(layout: Layout, routes: Routes) -> Plan:
    """The routes as values, with every job that is on none."""
    problem, m = layout.problem, layout.model
    committed = [c for shift in problem.shifts for c in shift.commitments]
    found = []
    for column, shift in enumerate(problem.shifts):
        node = int(routes.after[m.jobs + m.commitments + column])
        stops = []
        while node < m.jobs + m.commitments:
            way = drive(m, int(routes.before[node]), node)
            start = int(routes.early[node])
            is_fixed = node >= m.jobs
            stops.append(
                Stop(
                    job_id=committed[node - m.jobs].job_id if is_fixed else problem.jobs[node].id,
                    start=start,
                    end=start + int(m.duration[node]),
                    travel=way,
                    fixed=is_fixed,
                    tentative=not is_fixed and bool(layout.screening.tentative[node, column]),
                )
            )
            node = int(routes.after[node])
        found.append(Route(shift.id, tuple(stops)))
    ends = {stop.job_id: stop.end for route in found for stop in route.stops}
    back = restoration(problem.jobs, ends, now=problem.now, horizon=problem.horizon)
    return Plan(tuple(found), tuple(_left_out(layout, routes)), replace(figures(layout, routes), restoration=back))


def seconds_driven(layout: Layout, routes: Routes) -> int:
    """Driving of all shifts, from the base and back to it."""
    return driven(layout.model, routes.after, routes.shift)


def _left_out(layout: Layout, routes: Routes) -> list[LeftOut]:
    has_crew = {c.job_id for shift in layout.problem.shifts for c in shift.commitments}
    rows = enumerate(layout.problem.jobs)
    left = [(row, job) for row, job in rows if routes.shift[row] < 0 and job.id not in has_crew]
    why = _Why(layout, routes) if left else None
    return [LeftOut(job.id, why.of(row, job)) for row, job in left] if why else []


class _Why:
    """Reasons why a plan leaves jobs out; what is said of other work is proved before."""

    def __init__(self, layout: Layout, routes: Routes) -> None:
        self._layout, self._routes = layout, routes
        jobs, leaders = layout.problem.jobs, layout.following.leaders
        self._planned = {job.id for row, job in enumerate(jobs) if routes.shift[row] >= 0}
        idle = {row for row, job in enumerate(jobs) if leaders[row] and job.id not in self._planned}
        self._own = np.array([job.priority for job in jobs], dtype=np.int64)
        self._handed_on = following.handed_on(layout.problem, leaders, idle)
        self._stripped: dict[tuple[bool, int], Routes] = {}

    def of(self, row: int, job: Job) -> Reason:
        """Why the plan leaves the job out."""
        legal = int((self._layout.screening.blame[row] == 0).sum())
        if not legal:
            return _refused(self._layout, row)
        if self._routes.waits[row] > 0:
            leaders = {self._layout.problem.jobs[one].id for one in self._layout.following.leaders[row]}
            missing = (p.number for p in job.prerequisites if p.job_id in leaders - self._planned)
            return Reason(register.waiting(), "Waits for {numbers}, left out too.", {"numbers": ", ".join(missing)})
        crews, their = ("One crew", "its") if legal == 1 else ("{legal} crews", "their")
        if not self._has_room(row, handed_on=False):
            why = f"but {their} time goes to work at least as urgent"
        elif not self._has_room(row, handed_on=True):
            why = f"but {their} time goes to work that is as urgent or that such work waits for"
        else:
            return Reason("no-place", f"{crews} may do it; this plan has no place for it.", {"legal": legal})
        return Reason("full", f"{crews} may do it, {why}.", {"legal": legal})

    def _has_room(self, row: int, *, handed_on: bool) -> bool:
        order = self._handed_on if handed_on else self._own
        key = handed_on, int(order[row])
        if key not in self._stripped:
            routes = Routes._make(one.copy() for one in self._routes)
            proving.strip(self._layout.model, routes, order, key[1])
            self._stripped[key] = routes
        return proving.has_room(self._layout.model, self._stripped[key], row)


def _refused(layout: Layout, row: int) -> Reason:
    codes, counts = np.unique(layout.screening.blame[row], return_counts=True)
    names = blames()
    refused = {names[code]: int(n) for code, n in zip(codes.tolist(), counts.tolist(), strict=True)}
    return summary(0, refused)


def figures(layout: Layout, routes: Routes) -> Figures:
    """Figures of the plan on the routes, from their order and their shifts alone."""
    weights = np.array([CLASS_WEIGHT[job.priority] for job in layout.problem.jobs], dtype=np.int64)
    planned = routes.shift[: len(weights)] >= 0
    whole = int(weights.sum())
    return Figures(
        jobs=len(weights),
        planned=int(planned.sum()),
        served_weight=round(100 * int(weights[planned].sum()) / whole, 1) if whole else 100.0,
        travel_hours=round(seconds_driven(layout, routes) / 3600, 1),
    )
