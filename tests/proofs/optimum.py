"""The best plan of a small day by the objective: every order of every set of jobs on every shift is looked at.

Exact for days by their prices alone: no work is given, waits for other work or is held by strict emergencies. There
every cost grows with the start, so each job begins as early as it can, and routes have nothing to do with each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from assignments.engine.domain.problem import PriorityClass, Problem
from assignments.engine.search.comparing import Worth
from assignments.engine.search.modelling import Layout

Set = int
"""Jobs as bits, by their place among those that some shift may do."""


def plain(problem: Problem) -> Problem:
    """The day by its prices alone."""
    return replace(
        problem,
        jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs),
        shifts=tuple(replace(shift, commitments=(), on_call=False) for shift in problem.shifts),
        rules=replace(problem.rules, strict_emergencies=False),
    )


@dataclass(frozen=True, slots=True)
class LeftThoughFitting:
    """A job that the best plan leaves out although some plan serves all that it does and the job too."""

    row: int
    price: float
    """Points by which the cheapest such plan drives longer, works overtime and delays other work."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """Worth of the best plan of a day."""

    worth: Worth
    whole: Worth
    """The same, also of the jobs that no shift may do: so days with more crews can be compared."""
    left_though_fitting: tuple[LeftThoughFitting, ...]
    """The jobs left out that could be served beside all that are."""


def of(layout: Layout) -> Optimum:
    """The best plan of a layout of a `plain` day."""
    jobs = layout.scope.seeds.tolist()
    every = (1 << len(jobs)) - 1
    cheapest = [0.0] + [inf] * every
    for shift in range(layout.model.shifts):
        route = _Shift(layout, jobs, shift).cheapest()
        cheapest = [
            min(cheapest[done ^ part] + route[part] for part in subsets(done) if route[part] < inf)
            for done in range(every + 1)
        ]
    best, chosen = max((_worth(layout, jobs, done, cost), done) for done, cost in enumerate(cheapest) if cost < inf)
    left = [(job, chosen | 1 << at) for at, job in enumerate(jobs) if not chosen >> at & 1]
    fits = [LeftThoughFitting(job, cheapest[w] - cheapest[chosen]) for job, w in left if cheapest[w] < inf]
    hopeless = [job for job in range(layout.model.jobs) if job not in jobs]
    return Optimum(best, _without(layout, hopeless, best), tuple(fits))


def subsets(of: Set) -> Iterator[Set]:
    """Every set of the jobs in `of`, none and all included."""
    part = of
    while part:
        yield part
        part = (part - 1) & of
    yield 0


def _worth(layout: Layout, jobs: list[int], done: Set, cost: float) -> Worth:
    left = [job for at, job in enumerate(jobs) if not done >> at & 1]
    return _without(layout, left, Worth((0,) * (len(PriorityClass) - 1), -cost))


def _without(layout: Layout, left: list[int], worth: Worth) -> Worth:
    costs, units = layout.leaving_out, [*worth.served, 0]
    for job in left:
        units[int(layout.model.order[job])] -= int(costs.units[job])
    return Worth(tuple(units[:-1]), worth.points - sum(float(costs.points[job]) for job in left))


class _Shift:
    """The routes of one shift."""

    def __init__(self, layout: Layout, jobs: list[int], shift: int) -> None:
        self._m: Any = layout.model
        self._jobs, self._shift = jobs, shift
        m = self._m
        self._departure = m.jobs + m.commitments + shift
        self._home = self._departure + m.shifts
        self._base = m.jobs + m.commitments + shift
        self._spans = [self._allowed(job) for job in jobs]
        self._price = [self._prices(job) for job in jobs]
        rows = [*jobs, self._base]
        self._drive = [[int(m.travel[a, b]) * m.unit for b in rows] for a in rows]
        self._per_second, self._overtime = float(m.weights[0]), float(m.weights[1])
        self._latest, self._end = int(m.fixed[self._home]), int(m.shift_end[shift])

    def _allowed(self, job: int) -> list[tuple[int, int]]:
        m, at = self._m, self._shift * self._m.jobs + job
        return [(int(m.first[k]), int(m.last[k])) for k in range(m.pointer[at], m.pointer[at + 1])]

    def _prices(self, job: int) -> tuple[int, float, float, float, int]:
        m = self._m
        fixed, wait, late = m.pair_cost[job, self._shift], m.wait_cost[job], m.late_cost[job]
        return int(m.duration[job]), float(fixed), float(wait), float(late), int(m.due[job])

    def cheapest(self) -> list[float]:
        """By set of jobs: the points of the cheapest route, infinite where none is legal."""
        found = [0.0] + [inf] * ((1 << len(self._jobs)) - 1)
        m = self._m
        self._extend(found, 0, len(self._jobs), int(m.leave[self._departure]), int(m.busy[self._departure]), 0.0)
        return [cost + self._together(done) if cost < inf else cost for done, cost in enumerate(found)]

    def _extend(self, found: list[float], done: Set, last: int, free: int, busy: int, cost: float) -> None:
        home = len(self._jobs)
        for at, spans in enumerate(self._spans):
            if done >> at & 1:
                continue
            way = self._drive[last][at]
            time = max(free + way, busy)
            start = next((max(time, first) for first, end in spans if end >= time), None)
            if start is None:
                continue
            duration, fixed, wait, late, due = self._price[at]
            end, after = start + duration, done | 1 << at
            its = cost + self._per_second * way + fixed
            its += wait * max(0, start - self._m.now) + late * max(0, end - due)
            back = end + self._drive[at][home]
            if back <= self._latest:
                whole = its + self._per_second * self._drive[at][home] + self._overtime * max(0, back - self._end)
                found[after] = min(found[after], whole)
            if end <= self._latest:
                self._extend(found, after, at, end, end, its)

    def _together(self, done: Set) -> float:
        # Points for jobs on one feeder; where a commitment is on it too, the pair has them already.
        m, on = self._m, [int(self._m.feeder[job]) for at, job in enumerate(self._jobs) if done >> at & 1]
        on = sorted(feeder for feeder in on if feeder >= 0 and not m.familiar[self._shift, feeder])
        counts = [len(list(same)) for _, same in itertools.groupby(on)]
        return float(m.weights[2]) * sum(count for count in counts if count > 1)
