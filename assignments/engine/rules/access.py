"""Hard rules about what the work waits for: permits, clearance, appointment, materials, other work, time itself."""

from __future__ import annotations

from collections.abc import Sequence

from assignments.engine.domain import rings
from assignments.engine.domain.problem import FOREVER, Job, Permit, PermitState, Problem
from assignments.engine.domain.wording import Value
from assignments.engine.rules.case import Case, covers
from assignments.engine.rules.spans import EVER, Span, intersect, unite
from assignments.engine.rules.staffing import Broken

CLEARANCE = "clearance"
"""The permit kind that is the switching clearance; it has a rule of its own."""


def counts_as_live(permit: Permit, *, tentative: bool) -> bool:
    """Whether work may be planned on the permit."""
    return permit.state is PermitState.LIVE or (tentative and permit.state is PermitState.PENDING)


def is_covered(case: Case, kind: str) -> bool:
    """Whether one permit of the kind covers the whole work."""
    return any(permit.kind == kind and covers_work(permit, case) for permit in case.job.permits)


def covers_work(permit: Permit, case: Case) -> bool:
    """Whether the permit may be worked on for the whole work; one without a window has no limits."""
    usable = counts_as_live(permit, tentative=case.tentative) and is_begun_in_time(permit, case)
    return usable and (permit.window is None or covers(permit.window, case.work))


def is_begun_in_time(permit: Permit, case: Case) -> bool:
    """Whether the work would begin while the permit still lets work begin."""
    return permit.begin_before is None or case.start < permit.begin_before


def missing_kinds(case: Case, *, clearance: bool) -> list[str]:
    """Required kinds without a permit that covers the work, in alphabetical order."""
    kinds = sorted(kind for kind in case.job.required_permits if (kind == CLEARANCE) == clearance)
    return [kind for kind in kinds if not is_covered(case, kind)]


def nearest_permit(permits: Sequence[Permit], kind: str) -> Permit | None:
    """The permit of the kind that is closest to being usable."""
    order = (PermitState.LIVE, PermitState.PENDING, PermitState.DEAD)
    of_kind = [permit for permit in permits if permit.kind == kind]
    return min(of_kind, key=lambda permit: (order.index(permit.state), permit.id), default=None)


def _uncovered(case: Case, kinds: Sequence[str]) -> Broken | None:
    if not kinds:
        return None
    kind = kinds[0]
    permit = nearest_permit(case.job.permits, kind)
    values: dict[str, Value] = {"kind": kind.replace("_", " "), "start": case.start, "end": case.end}
    more = "" if len(kinds) == 1 else " Also missing: {more}."
    values |= {"more": ", ".join(k.replace("_", " ") for k in kinds[1:])} if more else {}
    if permit is None:
        return "There is no {kind} permit." + more, values
    values |= {"number": permit.number, "status": permit.status or permit.state.value}
    if not counts_as_live(permit, tentative=case.tentative):
        return "The {kind} permit {number} is {status}." + more, values
    if permit.begin_before is not None and not is_begun_in_time(permit, case):
        values |= {"before": permit.begin_before}
        template = "Work on the {kind} permit {number} must begin before {before:time}, it would begin at {start:time}."
        return template + more, values
    # Only a window can keep a live permit from covering the work.
    window = permit.window or case.work
    values |= {"from": window.start, "until": window.end}
    template = (
        "The {kind} permit {number} holds from {from:time} to {until:time}, "
        "the work would be {start:time} to {end:time}."
    )
    return template + more, values


def check_permit(case: Case) -> Broken | None:
    return _uncovered(case, missing_kinds(case, clearance=False))


def check_clearance(case: Case) -> Broken | None:
    return _uncovered(case, missing_kinds(case, clearance=True))


def starts_on_permits(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    return _starts_on(job, [kind for kind in job.required_permits if kind != CLEARANCE], tentative)


def starts_on_clearance(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    return _starts_on(job, [kind for kind in job.required_permits if kind == CLEARANCE], tentative)


def _starts_on(job: Job, kinds: Sequence[str], tentative: bool) -> Sequence[Span]:
    spans: Sequence[Span] = EVER
    for kind in kinds:
        usable = [p for p in job.permits if p.kind == kind and counts_as_live(p, tentative=tentative)]
        covered = (_on_permit(permit, job.duration) for permit in usable)
        spans = intersect(spans, unite(span for span in covered if span[0] <= span[1]))
    return spans


def _on_permit(permit: Permit, duration: int) -> Span:
    first, last = EVER[0]
    if permit.window is not None:
        first, last = permit.window.start, permit.window.end - duration
    return first, last if permit.begin_before is None else min(last, permit.begin_before - 1)


def check_appointment(case: Case) -> Broken | None:
    window = case.job.appointment
    if window is None or window.start <= case.start < window.end:
        return None
    template = "The customer expects the crew between {from:time} and {until:time}; work would start at {start:time}."
    return template, {"from": window.start, "until": window.end, "start": case.start}


def starts_at_appointment(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    window = job.appointment
    return EVER if window is None else [span for span in [(window.start, window.end - 1)] if span[0] <= span[1]]


def check_earliest(case: Case) -> Broken | None:
    if case.leaves < case.now:
        template = "The crew would have had to leave at {leaves:time} to start at {start:time}."
        return template, {"leaves": case.leaves, "start": case.start}
    if case.start < case.job.earliest:
        return "The work may not start before {earliest:time}.", {"earliest": case.job.earliest}
    return None


def starts_from_earliest(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    return EVER if job.earliest <= problem.now else [(job.earliest, FOREVER)]


def check_materials(case: Case) -> Broken | None:
    if case.job.materials_at is None:
        return "Nobody knows when the materials will be on hand.", {}
    if case.start < case.job.materials_at:
        return "The materials are on hand from {at:time}.", {"at": case.job.materials_at}
    return None


def starts_with_materials(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    if job.materials_at is None:
        return []
    return EVER if job.materials_at <= problem.now else [(job.materials_at, FOREVER)]


def check_prerequisite(case: Case) -> Broken | None:
    if case.job.ring:
        return "{ring}: none of them can be first.", {"ring": rings.told(case.job.ring)}
    for prerequisite in case.job.prerequisites:
        if prerequisite.done is None:
            return "{number} must be finished first and is not planned.", {"number": prerequisite.number}
        if case.start < prerequisite.done:
            template = "{number} must be finished first; it is planned until {done:time}."
            return template, {"number": prerequisite.number, "done": prerequisite.done}
    return None


def starts_after_work(problem: Problem, job: Job, tentative: bool) -> Sequence[Span]:
    """After the prerequisites; one that the problem's plan has to place first counts as solvable. A ring is not."""
    if job.ring:
        return []
    if not job.prerequisites:
        return EVER
    unplanned, done = unplanned_prerequisites(problem, job), -FOREVER
    for prerequisite in job.prerequisites:
        if prerequisite.done is not None:
            done = max(done, prerequisite.done)
        elif prerequisite.job_id not in unplanned:
            return []
    return [(done, FOREVER)]


def unplanned_prerequisites(problem: Problem, job: Job) -> frozenset[int]:
    """Ids of the prerequisites that this problem's plan has to place first; none of what waits for itself."""
    if job.ring:
        return frozenset()
    committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
    known = {other.id for other in problem.jobs} - committed
    return frozenset(p.job_id for p in job.prerequisites if p.done is None and p.job_id in known)
