"""Work that other work waits for, once it is planned: when it is done, and which crew has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.ranking.teams import Team
from assignments.engine.rules import same_crew

Before = Mapping[int, tuple[Job, CrewShift, int]]
"""By id of jobs that are planned: the job, the lead crew's shift, when it is done."""


def of_teams(problem: Problem, placed: Mapping[int, Team]) -> Before:
    """The teams as work that other work may wait for."""
    jobs = {job.id: job for job in problem.jobs if job.id in placed}
    return {
        key: (job, problem.shifts[placed[key].visits[0].column], placed[key].start + job.duration)
        for key, job in jobs.items()
    }


def of_plan(problem: Problem, rest: Problem, plan: Plan) -> Before:
    """The stops of a plan of the rest."""
    jobs, shifts = {job.id: job for job in rest.jobs}, {shift.id: shift for shift in problem.shifts}
    return {
        stop.job_id: (jobs[stop.job_id], shifts[route.shift_id], stop.end)
        for route in plan.routes
        for stop in route.stops
        if stop.job_id in jobs
    }


def knowing(job: Job, before: Before) -> Job:
    """The job, knowing when what it waits for is done and which crew has the part before it, as far as is planned."""
    if not any(p.done is None and p.job_id in before for p in job.prerequisites):
        return job
    bound = same_crew.bound_by(job, {key: (other, shift) for key, (other, shift, _) in before.items()})
    ends = {key: end for key, (_, _, end) in before.items()}
    known = (replace(p, done=ends.get(p.job_id)) if p.done is None else p for p in job.prerequisites)
    return replace(bound, prerequisites=tuple(known))
