"""Allowed starts as sorted, disjoint, closed spans of seconds: (first, last) both allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assignments.engine.domain.problem import FOREVER, Job, Permit, Problem
from assignments.engine.domain.travel import GRAIN
from assignments.engine.rules import access

Span = tuple[int, int]
EVER: tuple[Span, ...] = ((-FOREVER, FOREVER),)


def intersect(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """The starts that are in both."""
    both = [(max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b]
    return [span for span in both if span[0] <= span[1]]


def unite(spans: Iterable[Span]) -> list[Span]:
    """The starts that are in any."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result


def _on_permit(permit: Permit, duration: int) -> Span:
    first, last = EVER[0]
    if permit.window is not None:
        first, last = permit.window.start, permit.window.end - duration
    return first, last if permit.begin_before is None else min(last, permit.begin_before - 1)


def of_job(problem: Problem, job: Job, *, tentative: bool) -> tuple[list[Span], str]:
    """When the job may start on any crew, and the rule that leaves no time at all, or ''.

    A prerequisite that is itself a job of the problem and has no end yet is taken as solvable: the plan orders the two.
    """
    # Whole minutes: a dispatcher says 08:13, never 08:12:47.
    now = -(-problem.now // GRAIN) * GRAIN
    spans: list[Span] = [(max(now, job.earliest), FOREVER)]
    if job.materials_at is None:
        return [], "materials"
    spans = intersect(spans, [(job.materials_at, FOREVER)])
    unplanned = unplanned_prerequisites(problem, job) if job.prerequisites else frozenset()
    for one in job.prerequisites:
        if one.done is not None:
            spans = intersect(spans, [(one.done, FOREVER)])
        elif one.job_id not in unplanned:
            return [], "prerequisite"
    if job.appointment is not None:
        spans = intersect(spans, [(job.appointment.start, job.appointment.end - 1)])
        if not spans:
            return [], "appointment"
    for kind in sorted(job.required_permits):
        usable = [p for p in job.permits if p.kind == kind and access.counts_as_live(p, tentative=tentative)]
        covered = (_on_permit(permit, job.duration) for permit in usable)
        spans = intersect(spans, unite(span for span in covered if span[0] <= span[1]))
        if not spans:
            return [], "clearance" if kind == access.CLEARANCE else "permit"
    return spans, ""


def unplanned_prerequisites(problem: Problem, job: Job) -> frozenset[int]:
    """Ids of the prerequisites that this problem's plan has to place first."""
    committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
    known = {other.id for other in problem.jobs} - committed
    return frozenset(p.job_id for p in job.prerequisites if p.done is None and p.job_id in known)
