"""Reasons for a choice and warnings before it; every broken rule of a refusal and the cheapest fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from assignments.engine.domain.problem import (
    FOREVER,
    CrewShift,
    Job,
    Member,
    PermitState,
    Place,
    Problem,
    QualificationNeed,
)
from assignments.engine.domain.travel import Estimated, Travel
from assignments.engine.domain.wording import Fix, Note, Reason, Value, Violation
from assignments.engine.ranking import remedies
from assignments.engine.ranking.candidates import Candidate, Rivals
from assignments.engine.rules import access, checker, overrides, register, staffing
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import HardRule
from assignments.engine.screening.conceivable import conceivable_starts
from assignments.engine.screening.rows import COMMITTED, REJECTED

SOON = 7 * 24 * 3600
"""A certificate that ends this soon after the work is worth a warning; seconds."""
TIGHT = 30 * 60
"""A permit that ends this soon after the work is worth a warning; seconds."""
Drive = tuple[Place, Place]

_ESTIMATED = {
    Estimated.UNANSWERED: "Travel estimated: the routing server did not answer.",
    Estimated.NO_ROAD: "Travel estimated: the routing server knows no road for it.",
    Estimated.NOT_ASKED: "Travel estimated: the routing server was not asked for it.",
}
"""The worst first."""

_BESIDE_RULES = {COMMITTED: "already given the job", REJECTED: "rejected by a manager"}

AFTER, APPROVE_FIRST = "after", "Approve {number} first; this waits for it."
"""Code and words of the warning that a prerequisite has no crew yet."""


@dataclass(frozen=True, slots=True)
class WhyNotAnswer:
    """Why a shift may not do a job."""

    job_id: int
    shift_id: int
    start: int
    """Of the starts that a person may answer for, or else of all, the one that would break least."""
    violations: tuple[Violation, ...]
    """Every broken rule at that start, most severe first; none if the pair is legal after all."""
    fix: Fix | None
    """The cheapest change that the checker has proved to make it legal, maybe at another start; or two, where no single
    one does."""
    override: int | None = None
    """The start that breaks least of those at which a person may answer for every broken rule; None without one."""


def why_not(
    problem: Problem, job: Job, shift: CrewShift, *, start: int | None = None, kept: Set[int] = frozenset()
) -> WhyNotAnswer:
    """All violations at `start`, or at the best start, and the cheapest one or two changes that make it legal.

    The best start has not gone by. It is one that only waits for a permit, else one at which a person may answer for
    every broken rule, and among equals that which breaks least. No fix takes a job of `kept` off the shift.
    """
    travel = Travel.of(problem)
    judged: list[remedies.Judged] = []
    always: list[HardRule] | None = None
    for at in [start] if start is not None else conceivable_starts(problem, job, shift):
        case = Case(problem, job, shift, at, travel)
        if always is None:
            always = [rule for rule in register.HARD.values() if rule.timeless and rule.explain(case)]
        # In the register's order, the worst first.
        broken = [r for r in register.HARD.values() if (r in always if r.timeless else r.explain(case))]
        if not broken:
            return WhyNotAnswer(job.id, shift.id, at, (), None)
        judged.append((case, broken))
    judged.sort(key=_by_harm)
    case = judged[0][0]
    fix = _another_start(case) if start is not None else None
    fix = fix or remedies.cheapest(judged, case.start, kept=kept)
    override = overrides.first_allowed(judged)
    return WhyNotAnswer(job.id, shift.id, case.start, tuple(checker.judge(case)), fix, override)


def _by_harm(judged: remedies.Judged) -> tuple[bool, bool, bool, int, int]:
    case, broken = judged
    only_pending = all(rule.may_wait for rule in broken) and not checker.judge(replace(case, tentative=True))
    harm = sum(rule.severity for rule in broken)
    return case.leaves < case.now, not only_pending, not overrides.is_allowed(case, broken), harm, case.start


def _another_start(case: Case) -> Fix | None:
    starts = conceivable_starts(case.problem, case.job, case.shift)
    for at in sorted(starts, key=lambda one: abs(one - case.start)):
        if not checker.judge(replace(case, start=at)):
            values: dict[str, Value] = {"start": at}
            return Fix("start-at", "Start at {start:time}.", values, cost=5, job=case.job, shift=case.shift, start=at)
    return None


def reasons(problem: Problem, candidate: Candidate, rivals: Rivals | None = None) -> tuple[Reason, ...]:
    """Why the candidate is a good one, the most telling first."""
    return Explainer(problem).reasons(candidate, rivals)


def summary(legal: int, refused: Mapping[str, int]) -> Reason:
    """The number of crews that may do a job, or the two commonest grounds on which none may."""
    if legal:
        template = "One crew may do it." if legal == 1 else "{legal} crews may do it."
        return Reason("legal", template, {"legal": legal})
    grounds = ", ".join(f"{count} {_refusal(code)}" for code, count in Counter(refused).most_common(2))
    if not grounds:
        return Reason("no-crew", "No crew has a shift on this day.", {})
    return Reason("no-crew", "No crew may do it: {grounds}.", {"grounds": grounds})


def _refusal(code: str) -> str:
    return _BESIDE_RULES[code] if code in _BESIDE_RULES else register.HARD[code].refusal


class Explainer:
    """Says why, for the candidates of one problem."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._travel = Travel.of(problem)
        self._jobs = {job.id: job for job in problem.jobs}
        self._shifts = {shift.id: shift for shift in problem.shifts}
        self._last: tuple[tuple[int, int, int, bool], Case] | None = None

    def reasons(self, candidate: Candidate, rivals: Rivals | None = None) -> tuple[Reason, ...]:
        """Why the candidate is a good one, the most telling first."""
        case = self._case(candidate)
        return (*_of_plan(candidate), *_beside(candidate, rivals), *_of_work(case))

    def warnings(self, candidate: Candidate, back: int, drives: Sequence[Drive] | None = None) -> tuple[Note, ...]:
        """Warnings about what is legal; `back` is when the crew is done with the job and the drive after it.

        `drives` are those to the job and on from it, where a plan has put other work beside it.
        """
        case = self._case(candidate)
        found = [*_permit_notes(case), *_people_notes(case), *_time_notes(case, back)]
        found += _travel_notes(self._travel, case.drives if drives is None else drives)
        return tuple(Note(code, template, values) for code, template, values in found)

    def _case(self, candidate: Candidate) -> Case:
        # Reasons and warnings of the same candidate count the same people.
        asked = candidate.job_id, candidate.shift_id, candidate.start, candidate.tentative
        if self._last is None or self._last[0] != asked:
            job, shift = self._jobs[candidate.job_id], self._shifts[candidate.shift_id]
            case = Case(self._problem, job, shift, candidate.start, self._travel, tentative=candidate.tentative)
            self._last = asked, case
        return self._last[1]


def _of_plan(candidate: Candidate) -> Iterator[Reason]:
    if candidate.in_plan:
        yield Reason("in-plan", "The joint plan of all crews does it this way.", {})


def _beside(candidate: Candidate, rivals: Rivals | None) -> Iterator[Reason]:
    drive: dict[str, Value] = {"drive": candidate.travel}
    if rivals is not None and rivals.legal == 1:
        yield Reason("only", "The only crew that may do it.", {})
    elif rivals is not None and candidate.start <= rivals.soonest:
        yield Reason(
            "soonest", "Could start first of {legal} crews.", {"legal": rivals.legal, "start": candidate.start}
        )
    if rivals is not None and rivals.legal > 1 and candidate.travel <= rivals.nearest:
        template = "Nearest of {legal} crews, {drive:duration} away."
        yield Reason("nearest", template, {"legal": rivals.legal} | drive)
    else:
        yield Reason("drive", "{drive:duration} to drive.", drive)


def _of_work(case: Case) -> Iterator[Reason]:
    job = case.job
    if job.due < FOREVER and case.end <= job.due:
        yield Reason("on-time", "Done {slack:duration} before it is due.", {"slack": job.due - case.end})
    if job.feeder and any(c.feeder == job.feeder for c in case.shift.commitments):
        yield Reason("same-feeder", "Already works on feeder {feeder}.", {"feeder": job.feeder})
    for need, who in staffing.needs(case):
        held: dict[str, Value] = {"code": need.code, "names": staffing.names(who.available)}
        yield Reason("qualified", "{code}: {names}.", held)
    for permit in job.permits:
        wanted = permit.kind in job.required_permits and permit.state is PermitState.LIVE
        if wanted and permit.window and access.covers_work(permit, case):
            values: dict[str, Value] = {"kind": permit.kind.replace("_", " "), "until": permit.window.end}
            yield Reason("permit", "The {kind} permit holds until {until:time}.", values)


_Told = tuple[str, str, dict[str, Value]]


def _permit_notes(case: Case) -> Iterator[_Told]:
    for kind in sorted(case.job.required_permits):
        shown = kind.replace("_", " ")
        covering = [p for p in case.job.permits if p.kind == kind and access.covers_work(p, case)]
        live = [p for p in covering if p.state is PermitState.LIVE]
        if not live:
            for permit in covering[:1]:
                status = permit.status or permit.state.value
                template = "The {kind} permit {number} is {status}; an approval would be tentative."
                yield "permit-pending", template, {"kind": shown, "number": permit.number, "status": status}
        ends = [p.window.end if p.window else FOREVER for p in live]
        if ends and max(ends) - case.end < TIGHT:
            template = "The {kind} permit ends {slack:duration} after the work."
            yield "permit-tight", template, {"kind": shown, "slack": max(ends) - case.end}


def _people_notes(case: Case) -> Iterator[_Told]:
    for need, who in staffing.needs(case):
        lasting = [m for m in who.available if _valid_until(m, need) - case.end >= SOON]
        ending = [m for m in who.available if m not in lasting]
        if ending and len(lasting) < need.people:
            until = min(_valid_until(member, need) for member in ending)
            template = "{code} of {names} ends {until:time}."
            yield "expires-soon", template, {"code": need.code, "names": staffing.names(ending), "until": until}
    everybody = staffing.heads(case, None)
    missing = [m for m in everybody.valid if m not in everybody.available]
    if missing:
        yield "short-handed", "{names} cannot come.", {"names": staffing.names(missing)}


def _time_notes(case: Case, back: int) -> Iterator[_Told]:
    if back > case.shift.window.end:
        template = "Brings the crew back {over:duration} after its shift."
        yield "overtime", template, {"over": back - case.shift.window.end}
    if case.end > case.job.due:
        yield "late", "Done {late:duration} after it is due.", {"late": case.end - case.job.due}
    for prerequisite in case.job.prerequisites:
        if prerequisite.done is None:
            yield AFTER, APPROVE_FIRST, {"number": prerequisite.number}


def _travel_notes(travel: Travel, drives: Sequence[Drive]) -> Iterator[_Told]:
    causes = {travel.why_estimated(*drive) for drive in drives}
    for cause, template in _ESTIMATED.items():
        if cause in causes:
            yield "travel-estimated", template, {}
            return


def _valid_until(member: Member, need: QualificationNeed) -> int:
    return max(q.expires for q in member.qualifications if q.code == need.code and q.level >= need.level)
