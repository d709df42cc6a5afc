"""Plans as people see them when the next one is made."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from assignments.engine.domain import parts
from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import Problem
from assignments.engine.domain.shown import ShownWork
from tests.builders import HOUR


def as_shown(plan: Plan, *, read: Collection[int] = ()) -> tuple[ShownWork, ...]:
    """The plan as people see it before a next one; `read` are the ids of jobs that somebody has opened."""
    stops = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            if not stop.fixed:
                stops[stop.job_id].append((stop.part, route.shift_id, stop.start))
    teams = {key: sorted(each) for key, each in stops.items()}
    return tuple(
        ShownWork(key, tuple(shift for _, shift, _ in each), each[0][2], key in read) for key, each in teams.items()
    )


def with_random_shown(problem: Problem, seed: int) -> Problem:
    """The problem with a plan that people see, right or wrong, of about half of its jobs."""
    draw = random.Random(seed)
    # One of them is not on the roster any more.
    shifts = [*(shift.id for shift in problem.shifts), 10**6]
    shown = tuple(
        ShownWork(
            job.id,
            tuple(draw.choice(shifts) for _ in parts.numbers(job)),
            draw.randrange(6, 16) * HOUR,
            draw.random() < 0.3,
        )
        for job in problem.jobs
        if draw.random() < 0.5
    )
    return replace(problem, shown=shown, unchanged=draw.random() < 0.5)
