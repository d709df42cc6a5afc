"""The re-proof: slow, plain, and sharing nothing with screening and search but the rules themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from assignments.engine.domain import parts, sharing
from assignments.engine.domain.plans import Plan, Stop
from assignments.engine.domain.problem import Commitment, CrewShift, Job, Problem, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Violation
from assignments.engine.rules import register, same_crew
from assignments.engine.rules.case import Case


def check(
    problem: Problem,
    job: Job,
    shift: CrewShift,
    start: int,
    *,
    others: Sequence[Commitment] = (),
    tentative: bool = False,
    beside: Sequence[CrewShift] = (),
) -> list[Violation]:
    """Every hard rule that is broken when `job` starts at `start` on `shift`, most severe first; [] when legal.

    `others` is work of the shift beside its commitments, `beside` the other crews of a team. A commitment of the job
    itself is taken as given up. With `tentative` a pending permit counts as if it were live, inside its window if that
    is known.
    """
    return judge(Case(problem, job, shift, start, Travel.of(problem), tuple(others), tentative, tuple(beside)))


def judge(case: Case) -> list[Violation]:
    """Every hard rule that the case breaks, most severe first; [] when it is legal."""
    found = (rule.check(case) for rule in register.HARD.values())
    return sorted((violation for violation in found if violation), key=lambda violation: -violation.severity)


def check_team(
    problem: Problem, job: Job, shifts: Sequence[CrewShift], start: int, *, tentative: bool = False
) -> list[Violation]:
    """Every hard rule that is broken when the shifts, the lead crew's first, begin the job together at `start`.

    Each part is judged beside the crews of the parts before it. Raises ValueError when there are more or fewer shifts
    than parts.
    """
    found = [
        violation
        for number, shift in zip(parts.numbers(job), shifts, strict=True)
        for violation in check(
            problem, parts.part_of(job, number), shift, start, tentative=tentative, beside=shifts[:number]
        )
    ]
    return sorted(found, key=lambda violation: -violation.severity)


def check_plan(problem: Problem, plan: Plan) -> list[Violation]:
    """Every hard rule that any stop of the plan breaks; [] when the whole plan is legal.

    A stop is judged beside all other stops of its shift, and of other shifts as far as these share people with it; its
    prerequisites by when the plan finishes them, and a part of longer work by the crew that has the part before.

    Raises ValueError when the plan is not one of this problem: a job twice or missing, a commitment moved or dropped,
    a team that is not whole or does not begin together.
    """
    _check_shape(problem, plan)
    jobs = {job.id: job for job in problem.jobs}
    planned = {
        route.shift_id: [_as_commitment(jobs[stop.job_id], stop) for stop in route.stops if not stop.fixed]
        for route in plan.routes
    }
    shifts = {shift.id: shift for shift in sharing.told(problem.shifts, planned)}
    teams = _teams(problem, plan)
    ends = {stop.job_id: stop.end for route in plan.routes for stop in route.stops}
    leads = {
        stop.job_id: (jobs[stop.job_id], shifts[route.shift_id])
        for route in plan.routes
        for stop in route.stops
        if not stop.fixed and stop.part == 0
    }
    violations: list[Violation] = []
    for route in plan.routes:
        for stop in (stop for stop in route.stops if not stop.fixed):
            others = [other for other in planned[route.shift_id] if other.job_id != stop.job_id]
            whole = same_crew.bound_by(jobs[stop.job_id], leads)
            job = _with_known_prerequisites(parts.part_of(whole, stop.part), ends)
            violations += check(
                problem,
                job,
                shifts[route.shift_id],
                stop.start,
                others=others,
                tentative=stop.tentative,
                beside=[shifts[shift_id] for shift_id in teams.get(stop.job_id, ())[: stop.part]],
            )
    return violations


def _teams(problem: Problem, plan: Plan) -> dict[int, list[int]]:
    """By job with further crews: the shifts of its parts. Raises ValueError for a team that is not whole."""
    teams = {job.id: job for job in problem.jobs if job.further_crews}
    found: dict[int, list[int]] = {}
    for job_id, stops in _stops_of_teams(plan, teams).items():
        stops.sort(key=lambda one: one[0].part)
        numbers = [stop.part for stop, _ in stops]
        if numbers != list(parts.numbers(teams[job_id])) or len({stop.start for stop, _ in stops}) != 1:
            raise ValueError("A team of the plan is not whole, or does not begin together.")
        found[job_id] = [shift_id for _, shift_id in stops]
    return found


def _stops_of_teams(plan: Plan, teams: Collection[int]) -> dict[int, list[tuple[Stop, int]]]:
    found: dict[int, list[tuple[Stop, int]]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            if stop.job_id in teams and not stop.fixed:
                found[stop.job_id].append((stop, route.shift_id))
    return found


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
    # The further crews of a team come on top of its lead crew; whether each team is whole is looked at elsewhere.
    ids = [stop.job_id for route in plan.routes for stop in route.stops if not stop.fixed and stop.part == 0]
    ids += [left.job_id for left in plan.left_out]
    expected = {job.id for job in problem.jobs} - {job_id for _, job_id, _, _ in committed}
    if len(ids) != len(set(ids)) or set(ids) != expected:
        raise ValueError("The plan does not hold every job exactly once.")
