"""Work that waits for other work: what must be done first is as urgent as the most urgent work that waits for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from assignments.engine.domain.problem import Problem
from assignments.engine.screening.pairs import Screening
from assignments.engine.search.kernel import Ids, Ints
from assignments.engine.search.starts import NEVER


class Following(NamedTuple):
    """Jobs that wait for others, by rows of the problem's jobs."""

    leaders: tuple[tuple[int, ...], ...]
    """By job: the jobs of the problem that it waits for."""
    pointer: Ints
    follower: Ids
    """Jobs that wait for job j, from `pointer[j]`."""
    order: Ids
    """By job: its class, or that of the most urgent work which waits for it."""


def of(problem: Problem, screening: Screening) -> Following:
    """The jobs that wait for each other; urgency is handed on by what a plan can do, or has committed."""
    committed = _committed(problem)
    row_of = {job.id: row for row, job in enumerate(problem.jobs) if job.id not in committed}
    leaders = tuple(
        tuple(sorted({row_of[p.job_id] for p in job.prerequisites if p.done is None and p.job_id in row_of}))
        for job in problem.jobs
    )
    followers: list[list[int]] = [[] for _ in leaders]
    for row, its in enumerate(leaders):
        for leader in its:
            followers[leader].append(row)
    pointer = np.concatenate([[0], np.cumsum([len(one) for one in followers])]).astype(np.int64)
    follower = np.array([row for one in followers for row in one], dtype=np.int64)
    idle = _hopeless(problem, screening, leaders) if len(follower) else ()
    return Following(leaders, pointer, follower, handed_on(problem, leaders, idle))


def mates(problem: Problem, leaders: Sequence[Sequence[int]]) -> Ints:
    """By job: the row of the part of the same work that it waits for, if one crew has to do both, or -1; then by shift:
    its crew."""
    found = [-1] * len(leaders)
    for row, its in enumerate(leaders):
        part_of = problem.jobs[row].part_of
        for leader in its if part_of is not None else ():
            if problem.jobs[leader].part_of == part_of:
                found[row] = leader
    return np.array([*found, *(shift.crew_id for shift in problem.shifts)], dtype=np.int64)


def handed_on(problem: Problem, leaders: Sequence[Sequence[int]], idle: Collection[int]) -> Ids:
    """By job: its class, or that of the most urgent work which waits for it; `idle` jobs hand nothing on."""
    order = [int(job.priority) for job in problem.jobs]
    pending = sorted((row for row in range(len(order)) if leaders[row]), key=lambda row: -order[row])
    while pending:
        row = pending.pop()
        for leader in () if row in idle else leaders[row]:
            if order[leader] > order[row]:
                order[leader] = order[row]
                pending.append(leader)
    return np.array(order, dtype=np.int64)


def _hopeless(problem: Problem, screening: Screening, leaders: Sequence[Sequence[int]]) -> set[int]:
    """Jobs that wait for others and that no crew could begin after them."""
    committed = _committed(problem)
    first, last = _bounds(screening)
    soonest: dict[int, int] = {}

    def start(row: int) -> int:
        # NEVER while it is looked for: jobs that wait for each other are never begun.
        if row not in soonest:
            soonest[row] = NEVER
            ready = max((start(one) + problem.jobs[one].duration for one in leaders[row]), default=-NEVER)
            begins = max(int(first[row]), ready)
            soonest[row] = begins if begins <= last[row] else NEVER
        return soonest[row]

    return {
        row for row, job in enumerate(problem.jobs) if leaders[row] and job.id not in committed and start(row) >= NEVER
    }


def _bounds(screening: Screening) -> tuple[Ints, Ints]:
    """Each job's first and last allowed start on any shift."""
    jobs = len(screening.feasible)
    first, last = np.full(jobs, NEVER, dtype=np.int64), np.full(jobs, -NEVER, dtype=np.int64)
    row = np.repeat(np.arange(len(screening.pointer) - 1), np.diff(screening.pointer)) % max(1, jobs)
    np.minimum.at(first, row, screening.first)
    np.maximum.at(last, row, screening.last)
    return first, last


def _committed(problem: Problem) -> set[int]:
    return {c.job_id for shift in problem.shifts for c in shift.commitments}


def in_vain(following: Following, problem: Problem, is_planned: Sequence[bool]) -> set[int]:
    """Jobs left out for the sake of which other work is planned as more urgent than it is without them."""
    committed = _committed(problem)
    idle = {
        row
        for row, its in enumerate(following.leaders)
        if its and not is_planned[row] and problem.jobs[row].id not in committed
    }
    without = handed_on(problem, following.leaders, idle)
    return {
        row
        for row in idle
        if any(is_planned[one] and following.order[one] < without[one] for one in following.leaders[row])
    }
