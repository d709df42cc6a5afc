"""A job that needs several crews, as one job for each: part 0 is the lead crew's, the others are the further crews'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assignments.engine.domain import fingerprint
from assignments.engine.domain.problem import Job, Problem

LEAD = "lead crew"


def numbers(job: Job) -> range:
    """The parts of the job, the lead crew's first."""
    return range(len(job.further_crews) + 1)


def part_of(job: Job, number: int) -> Job:
    """One part as a job of its own: the same work, with the needs of that crew.

    The two qualified people of energised work are the lead crew's; a further crew that works on the line too says so in
    its own needs. Where work is done in turns of several days, it is the lead crew that has to stay the same.
    """
    if number == 0:
        return replace(job, further_crews=()) if job.further_crews else job
    need = job.further_crews[number - 1]
    return replace(
        job, needs=need.needs, crew_size=need.crew_size, equipment=need.equipment, energised=False, further_crews=(),
        part_of=None, bound=None,
    )  # fmt: skip


def title(job: Job, number: int) -> str:
    """Name of the part's crew: `lead crew`, or the title of a further crew."""
    return job.further_crews[number - 1].title if number else LEAD


def alone(problem: Problem, job: Job, number: int) -> Problem:
    """The problem with one part of one job and no other job."""
    shown = (replace(one, team=one.team[number : number + 1]) for one in problem.shown if one.job_id == job.id)
    return replace(problem, jobs=(part_of(job, number),), shown=tuple(shown))


def team_fingerprint(jobs: Sequence[str], shifts: Sequence[str], rules: str) -> str:
    """As `fingerprint.fingerprint`, from the digests of a job's parts and of the shifts that do them; that of the only
    crew where one is enough. The lead crew's part is the whole job."""
    each = [fingerprint.joined(job, shift, rules) for job, shift in zip(jobs, shifts, strict=True)]
    return each[0] if len(each) == 1 else fingerprint.joined(*each)
