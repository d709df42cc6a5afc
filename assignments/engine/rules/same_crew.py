"""The hard rule about work that is longer than a shift: the crew that began it does its other parts too."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from assignments.engine.domain.problem import Binding, CrewShift, Job
from assignments.engine.rules.case import Case
from assignments.engine.rules.staffing import Broken


def check_same_crew(case: Case) -> Broken | None:
    """The crew of the other part, where a decision has bound the job to one."""
    bound = case.job.bound
    if bound is None or bound.crew_id == case.shift.crew_id:
        return None
    return "{crew} has {number}, and one crew does all parts.", {"crew": bound.crew, "number": bound.number}


def crew_of(job: Job) -> Hashable:
    """Id of the crew that the job is bound to, or None."""
    return job.bound.crew_id if job.bound else None


def is_of(crew_id: Hashable, shift: CrewShift) -> bool:
    """Whether the shift is one of this crew, or of any where there is none."""
    return crew_id is None or shift.crew_id == crew_id


def bound_by(job: Job, planned: Mapping[int, tuple[Job, CrewShift]]) -> Job:
    """The job, bound to the crew that has the part before it by a plan; `planned` is by id of job."""
    for prerequisite in job.prerequisites if job.part_of is not None else ():
        before, shift = planned.get(prerequisite.job_id, (None, None))
        if before and shift and before.part_of == job.part_of:
            return replace(job, bound=Binding(shift.crew_id, shift.crew, before.number))
    return job
