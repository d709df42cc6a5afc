"""The re-proof: slow, plain, and sharing nothing with screening and search but the rules themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assignments.engine import rules
from assignments.engine.case import Case
from assignments.engine.plans import Plan, Stop
from assignments.engine.problem import Commitment, CrewShift, Job, Problem, Window
from assignments.engine.travel import Travel
from assignments.engine.wording import Violation


def check(
    problem: Problem,
    job: Job,
    shift: CrewShift,
    start: int,
    *,
    others: Sequence[Commitment] = (),
    tentative: bool = False,
) -> list[Violation]:
    """Every hard rule that is broken when `job` starts at `start` on `shift`, most severe first; [] when legal.

    `others` is work of the shift beside its commitments. A commitment of the job itself is taken as given up. With
    `tentative` a pending permit counts as if it were live, inside its window if that is known.
    """
    return judge(Case(problem, job, shift, start, Travel.of(problem), tuple(others), tentative))


def judge(case: Case) -> list[Violation]:
    """Every hard rule that the case breaks, most severe first; [] when it is legal."""
    found = (rule.check(case) for rule in rules.HARD.values())
    return sorted((violation for violation in found if violation), key=lambda violation: -violation.severity)


def check_plan(problem: Problem, plan: Plan) -> list[Violation]:
    """Every hard rule that any stop of the plan breaks; [] when the whole plan is legal.

    A stop is judged beside all other stops of its shift, and its prerequisites by when the plan finishes them.

    Raises ValueError when the plan is not one of this problem: a job twice or missing, a commitment moved or dropped.
    """
    _check_shape(problem, plan)
    jobs = {job.id: job for job in problem.jobs}
    shifts = {shift.id: shift for shift in problem.shifts}
    ends = {stop.job_id: stop.end for route in plan.routes for stop in route.stops}
    violations: list[Violation] = []
    for route in plan.routes:
        free = [stop for stop in route.stops if not stop.fixed]
        for stop in free:
            others = [_as_commitment(jobs[other.job_id], other) for other in free if other is not stop]
            job = _with_known_prerequisites(jobs[stop.job_id], ends)
            violations += check(
                problem, job, shifts[route.shift_id], stop.start, others=others, tentative=stop.tentative
            )
    return violations


def _as_commitment(job: Job, stop: Stop) -> Commitment:
    return Commitment(job.id, job.number, Window(stop.start, stop.end), job.place, job.feeder)


def _with_known_prerequisites(job: Job, ends: dict[int, int]) -> Job:
    known = tuple(p if p.done is not None else replace(p, done=ends.get(p.job_id)) for p in job.prerequisites)
    return replace(job, prerequisites=known)


def _check_shape(problem: Problem, plan: Plan) -> None:
    committed = {(s.id, c.job_id, c.window.start, c.window.end) for s in problem.shifts for c in s.commitments}
    kept = {(r.shift_id, s.job_id, s.start, s.end) for r in plan.routes for s in r.stops if s.fixed}
    if committed != kept:
        raise ValueError("The plan has moved or dropped a commitment.")
    ids = [stop.job_id for route in plan.routes for stop in route.stops if not stop.fixed]
    ids += [left.job_id for left in plan.left_out]
    expected = {job.id for job in problem.jobs} - {job_id for _, job_id, _, _ in committed}
    if len(ids) != len(set(ids)) or set(ids) != expected:
        raise ValueError("The plan does not hold every job exactly once.")
