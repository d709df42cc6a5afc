"""Crews that could be there sooner if a person answered for a rule: held over, called back, called out, or lent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Violation
from assignments.engine.rules import crew_day, overrides, register
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import HardRule
from assignments.engine.screening.conceivable import conceivable_starts


@dataclass(frozen=True, slots=True)
class CallOut:
    """The soonest start of a crew at which a person may answer for every broken rule."""

    job_id: int
    shift_id: int
    start: int
    end: int
    travel: int
    """Seconds of driving to the job, from the work before or the base."""
    tentative: bool
    """Legal only if a pending permit is issued."""
    violations: tuple[Violation, ...]
    """Rules that the person answers for, the most severe first; never empty."""
    before_shift: bool
    """It sets out before its shift begins."""
    after_shift: bool
    """It sets out after its shift has ended, or comes back after that."""

    @property
    def depart(self) -> int:
        return self.start - self.travel

    @property
    def harm(self) -> int:
        """Severity of all that is broken."""
        return sum(violation.severity for violation in self.violations)


def calls(problem: Problem, job: Job, *, before: int = FOREVER) -> tuple[CallOut, ...]:
    """One for each crew that could start before `before`, the soonest first; of a crew's shifts the sooner one."""
    soonest: dict[int, CallOut] = {}
    for shift in problem.shifts:
        found = _of(problem, job, shift, before)
        known = soonest.get(shift.crew_id)
        if found and (known is None or _rank(found) < _rank(known)):
            soonest[shift.crew_id] = found
    return tuple(sorted(soonest.values(), key=_rank))


def _rank(call: CallOut) -> tuple[int, int, int]:
    return call.start, call.harm, call.shift_id


def _of(problem: Problem, job: Job, shift: CrewShift, before: int) -> CallOut | None:
    for case in _cases(problem, job, shift, before):
        objections = overrides.judge(case)
        if objections.overridable and not objections.forbidden:
            return CallOut(
                job_id=job.id,
                shift_id=shift.id,
                start=case.start,
                end=case.end,
                travel=case.drive_in,
                tentative=bool(objections.awaited),
                violations=objections.overridable,
                before_shift=case.leaves < shift.window.start,
                after_shift=crew_day.back(case) > shift.window.end,
            )
    return None


def _cases(problem: Problem, job: Job, shift: CrewShift, before: int) -> Iterator[Case]:
    """In order of time, those that have not gone by; none where a rule that holds at no time is nobody's to answer."""
    travel = Travel.of(problem)
    starts = conceivable_starts(problem, job, shift)
    cases = (Case(problem, job, shift, at, travel) for at in starts if problem.now <= at < before)
    for number, case in enumerate(case for case in cases if case.leaves >= problem.now):
        if number == 0 and any(rule.authority_in(case) is None for rule in _lasting(case)):
            return
        yield case


def _lasting(case: Case) -> Iterator[HardRule]:
    return (rule for rule in register.HARD.values() if rule.timeless and not rule.may_wait and rule.explain(case))
