"""Differences between a plan and the plan that people saw before it, with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from assignments.engine.domain import parts
from assignments.engine.domain.plans import Plan, Stop
from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.domain.shown import NEARLY, ShownWork
from assignments.engine.domain.wording import Reason, Violation
from assignments.engine.rules import checker


@dataclass(frozen=True, slots=True)
class MovedJob:
    """Shown work that a plan does with another crew or at another hour, or leaves out."""

    shown: ShownWork
    team: tuple[int, ...]
    """Ids of the shifts, the lead crew's first; none where it is left out."""
    start: int | None
    why: Reason

    @property
    def job_id(self) -> int:
        return self.shown.job_id


def moved(problem: Problem, plan: Plan) -> tuple[MovedJob, ...]:
    """The shown work of the problem that the plan does otherwise, in order of the shown starts.

    Nothing is said of work that has a crew by now: somebody has decided on it.
    """
    return tuple(_Changes(problem, plan).moved()) if problem.shown else ()


@dataclass(frozen=True, slots=True)
class _Visit:
    shift_id: int
    stop: Stop


class _Changes:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem, self._plan = problem, plan
        self._jobs: Mapping[int, Job] = {job.id: job for job in problem.jobs}
        self._shifts: Mapping[int, CrewShift] = {shift.id: shift for shift in problem.shifts}
        self._shown: Mapping[int, ShownWork] = {one.job_id: one for one in problem.shown}
        self._ends = {stop.job_id: stop.end for route in plan.routes for stop in route.stops}
        self._now: dict[int, list[_Visit]] = {}
        for route in plan.routes:
            for stop in route.stops:
                if not stop.fixed:
                    self._now.setdefault(stop.job_id, []).append(_Visit(route.shift_id, stop))

    def moved(self) -> Iterator[MovedJob]:
        decided = {c.job_id for shift in self._problem.shifts for c in shift.commitments}
        for shown in sorted(self._problem.shown, key=lambda one: (one.start, one.job_id)):
            job = self._jobs.get(shown.job_id)
            if job is None or job.id in decided or self._is_kept(shown):
                continue
            visits = self._visits(shown.job_id)
            start = visits[0].stop.start if visits else None
            yield MovedJob(shown, tuple(one.shift_id for one in visits), start, self._why(job, shown, start))

    def _visits(self, job_id: int) -> list[_Visit]:
        return sorted(self._now.get(job_id, ()), key=lambda one: one.stop.part)

    def _is_kept(self, shown: ShownWork) -> bool:
        visits = self._visits(shown.job_id)
        same = bool(visits) and tuple(one.shift_id for one in visits) == shown.team
        return same and abs(visits[0].stop.start - shown.start) <= NEARLY

    def _why(self, job: Job, shown: ShownWork, start: int | None) -> Reason:
        """The first of these that holds: it may not be done as shown any more; its crew does other work then; what is
        better for it; and otherwise that the plan as a whole is better for it."""
        crew = self._shifts.get(shown.team[0])
        if crew is None:
            return Reason("shift-gone", "The shift is not on the roster any more.", {})
        if broken := self._broken(job, shown):
            return Reason(broken.code, broken.template, broken.values)
        if other := self._instead(job, shown):
            their, values = self._jobs.get(other.job_id), {"crew": crew.crew, "number": self._number(other)}
            if their is not None and their.priority < job.priority:
                return Reason("more-urgent", "{crew} does {number} then, which is more urgent.", values)
            return Reason("other-work", "{crew} does {number} then.", values)
        if start is not None and start < shown.start - NEARLY:
            return Reason("sooner", "It begins {by:duration} sooner.", {"by": shown.start - start})
        if start is None:
            return Reason("no-room", "Its time goes to work that is worth more.", {})
        return Reason("whole-plan", "The plan as a whole is better with it.", {})

    def _broken(self, job: Job, shown: ShownWork) -> Violation | None:
        shifts = [self._shifts[one] for one in shown.team if one in self._shifts]
        if len(shifts) != len(parts.numbers(job)):
            return None
        ends = ((p, self._ends.get(p.job_id) if p.done is None else p.done) for p in job.prerequisites)
        job = replace(job, prerequisites=tuple(replace(p, done=end) for p, end in ends))
        broken = None
        # A little later would be the shown hour all the same.
        for start in (shown.start + NEARLY, shown.start):
            found = checker.check_team(self._problem, job, shifts, start, tentative=True)
            if not found:
                return None
            broken = found[0]
        return broken

    def _instead(self, job: Job, shown: ShownWork) -> Stop | None:
        """The most urgent work that the shown crew does in that time and was not shown to do then."""
        end = shown.start + job.duration
        route = next((one for one in self._plan.routes if one.shift_id == shown.team[0]), None)
        found = [
            stop
            for stop in (route.stops if route else ())
            if stop.job_id != job.id and stop.start - stop.travel < end and stop.end > shown.start
            if not self._stayed(stop)
        ]
        return min(found, key=lambda stop: (self._urgency(stop), stop.start), default=None)

    def _stayed(self, stop: Stop) -> bool:
        shown = self._shown.get(stop.job_id)
        return shown is not None and self._is_kept(shown)

    def _urgency(self, stop: Stop) -> int:
        job = self._jobs.get(stop.job_id)
        return job.priority if job else -1

    def _number(self, stop: Stop) -> str:
        job = self._jobs.get(stop.job_id)
        if job is not None:
            return job.number
        every = (c for shift in self._problem.shifts for c in shift.commitments)
        return next(c.number for c in every if c.job_id == stop.job_id)
