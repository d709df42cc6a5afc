"""The soonest that a job can be done by the hard rules, beside the work that is decided."""

from __future__ import annotations

from dataclasses import replace

from assignments.engine.domain import parts
from assignments.engine.domain.problem import CrewShift, Job, Permit, PermitState, Prerequisite, Problem
from assignments.engine.screening.pairs import screen


def end(problem: Problem, job: Job) -> int | None:
    """Seconds since the horizon's start when the job is done at the soonest; None where no crew may do it within the
    horizon.

    The job's own decision gives way, other decisions stay. A pending permit counts as issued. What the job waits for is
    done as decided, or as soon as it could be where the problem has it as a job. Of a job for several crews none can be
    there sooner; that all can at once is not said.
    """
    if job.ring:
        return None
    waits = tuple(_done(problem, one) for one in job.prerequisites)
    alone = replace(problem, jobs=(), shifts=tuple(_without(shift, job) for shift in problem.shifts))
    whole = replace(job, prerequisites=waits, permits=tuple(_issued(permit) for permit in job.permits))
    starts = [_start(alone, parts.part_of(whole, number)) for number in parts.numbers(whole)]
    found = [start for start in starts if start is not None]
    return max(found) + job.duration if len(found) == len(starts) else None


def _done(problem: Problem, one: Prerequisite) -> Prerequisite:
    job = next((job for job in problem.jobs if job.id == one.job_id), None) if one.done is None else None
    return one if job is None else replace(one, done=end(problem, job))


def _issued(permit: Permit) -> Permit:
    return replace(permit, state=PermitState.LIVE) if permit.state is PermitState.PENDING else permit


def _without(shift: CrewShift, job: Job) -> CrewShift:
    kept = tuple(one for one in shift.commitments if one.job_id != job.id)
    return shift if len(kept) == len(shift.commitments) else replace(shift, commitments=kept)


def _start(problem: Problem, part: Job) -> int | None:
    found = screen(replace(problem, jobs=(part,)))
    return min((span[0] for column in range(len(problem.shifts)) for span in found.spans(0, column)), default=None)
