"""Why not, the slow way: every conceivable start judged in full, every fix of every broken rule tried."""

from __future__ import annotations

from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Violation
from assignments.engine.ranking.explain import WhyNotAnswer
from assignments.engine.rules import checker, register
from assignments.engine.rules.case import Case
from assignments.engine.screening.conceivable import conceivable_starts

TRIES = 12
"""Of how many starts the fixes are tried, the least broken first."""


def why_not(problem: Problem, job: Job, shift: CrewShift) -> WhyNotAnswer:
    """Expected answer of `explain.why_not`."""
    judged = [(checker.check(problem, job, shift, at), at) for at in conceivable_starts(problem, job, shift)]
    judged.sort(key=lambda one: _harm(problem, job, shift, *one))
    violations, best = judged[0]
    fixes = []
    for broken, at in judged[:TRIES] if violations else []:
        case = Case(problem, job, shift, at, Travel.of(problem))
        proposes = [register.HARD[violation.rule].fix for violation in broken]
        proposed = [propose(case) for propose in proposes if propose]
        fixes += [fix for fix in proposed if fix and not checker.check(problem, fix.job, fix.shift, fix.start)]
    cheapest = min(fixes, key=lambda fix: (fix.cost, abs(fix.start - best)), default=None)
    override = next((at for _, at in judged if _may_be_overridden(problem, job, shift, at)), None)
    return WhyNotAnswer(job.id, shift.id, best, tuple(violations), cheapest, override if violations else None)


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
