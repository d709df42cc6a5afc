"""Steps of several tests of plans."""

from __future__ import annotations

from collections.abc import Mapping

from assignments.engine.domain.plans import Plan, Stop
from assignments.engine.domain.problem import Commitment, Job, Problem
from assignments.engine.rules import checker, same_crew
from assignments.engine.screening import conceivable
from tests.builders import a_commitment


def new_stops(plan: Plan) -> dict[int, tuple[int, Stop]]:
    """By job: its shift and its stop."""
    return {stop.job_id: (route.shift_id, stop) for route in plan.routes for stop in route.stops if not stop.fixed}


def as_urgent(jobs: Mapping[int, Job], plan: Plan, shift_id: int, job: Job) -> list[Commitment]:
    """The plan's other work on the shift of the job's class and of more urgent ones."""
    [route] = [route for route in plan.routes if route.shift_id == shift_id]
    return [
        a_commitment(s.job_id, s.start, s.end, place=jobs[s.job_id].place)
        for s in route.stops
        if not s.fixed and s.job_id != job.id and jobs[s.job_id].priority <= job.priority
    ]


def legal_beside_work_as_urgent(problem: Problem, plan: Plan) -> list[tuple[int, int, int]]:
    """Jobs left out that would be legal beside work of their own and more urgent classes alone: job, shift, start."""
    jobs = {job.id: job for job in problem.jobs}
    found: list[tuple[int, int, int]] = []
    shifts = {shift.id: shift for shift in problem.shifts}
    planned = {job_id: (jobs[job_id], shifts[shift_id]) for job_id, (shift_id, _) in new_stops(plan).items()}
    for job in (same_crew.bound_by(jobs[left.job_id], planned) for left in plan.left_out):
        for shift in problem.shifts:
            others = as_urgent(jobs, plan, shift.id, job)
            starts = conceivable.conceivable_starts(problem, job, shift)
            legal = (start for start in starts if not checker.check(problem, job, shift, start, others=others))
            found += [(job.id, shift.id, start) for start in legal]
    return found
