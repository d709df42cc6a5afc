"""Why not, the slow way: every conceivable start judged in full, every fix of every broken rule tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Fix, Violation
from assignments.engine.ranking import remedies
from assignments.engine.ranking.explain import WhyNotAnswer
from assignments.engine.rules import checker, register
from assignments.engine.rules.case import Case
from assignments.engine.screening.conceivable import conceivable_starts


def why_not(problem: Problem, job: Job, shift: CrewShift) -> WhyNotAnswer:
    """Expected answer of `explain.why_not`."""
    judged = [(checker.check(problem, job, shift, at), at) for at in conceivable_starts(problem, job, shift)]
    judged.sort(key=lambda one: _harm(problem, job, shift, *one))
    violations, best = judged[0]
    cases = [(broken, Case(problem, job, shift, at, Travel.of(problem))) for broken, at in judged if violations]
    fixes = [fix for broken, case in cases[: remedies.TRIES] for fix in _single(broken, case)]
    fixes = fixes or [fix for broken, case in cases[: remedies.TRIES_FOR_TWO] for fix in _pairs(broken, case)]
    cheapest = min(fixes, key=lambda fix: (fix.cost, abs(fix.start - best)), default=None)
    override = next((at for _, at in judged if _may_be_overridden(problem, job, shift, at)), None)
    return WhyNotAnswer(job.id, shift.id, best, tuple(violations), cheapest, override if violations else None)


def _single(broken: list[Violation], case: Case) -> Iterator[Fix]:
    for violation in broken:
        if (fix := _proposed(violation, case)) and not checker.check(case.problem, fix.job, fix.shift, fix.start):
            yield fix


def _pairs(broken: list[Violation], case: Case) -> Iterator[Fix]:
    for one, other in permutations(broken, 2):
        if first := _proposed(one, case):
            after = replace(case, job=first.job, shift=first.shift, start=first.start)
            second = _proposed(other, after) if register.HARD[other.rule].explain(after) else None
            if second and not checker.check(case.problem, second.job, second.shift, second.start):
                yield first.followed_by(second)


def _proposed(violation: Violation, case: Case) -> Fix | None:
    propose = register.HARD[violation.rule].fix
    return propose(case) if propose else None


def _harm(
    problem: Problem, job: Job, shift: CrewShift, broken: list[Violation], at: int
) -> tuple[bool, bool, bool, int, int]:
    gone = Case(problem, job, shift, at, Travel.of(problem)).leaves < problem.now
    firm = not _only_pending(problem, job, shift, broken, at)
    return gone, firm, not _may_be_overridden(problem, job, shift, at), sum(one.severity for one in broken), at


def _may_be_overridden(problem: Problem, job: Job, shift: CrewShift, at: int) -> bool:
    lasting = checker.check(problem, job, shift, at, tentative=True)
    return bool(lasting) and all(violation.authority for violation in lasting)


def _only_pending(problem: Problem, job: Job, shift: CrewShift, broken: list[Violation], at: int) -> bool:
    if not all(register.HARD[violation.rule].may_wait for violation in broken):
        return False
    return not checker.check(problem, job, shift, at, tentative=True)
