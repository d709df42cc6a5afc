"""When each shift has the people and the equipment that a job needs.

Between the few seconds at which somebody leaves or comes, expires or tires, the rules' answers cannot change: so the
rules' own functions are asked once for each such stretch, one requirement at a time, and the answers are kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import pairwise

from assignments.engine import shifts, staffing
from assignments.engine.case import Case
from assignments.engine.problem import CrewShift, Job, Member, Problem, Window
from assignments.engine.starts import EVER, Span, intersect, unite
from assignments.engine.travel import Travel

_CHECKS = {
    "two-person": staffing.check_two_person,
    "qualification": staffing.check_qualification,
    "qualified-people": staffing.check_people,
    "qualification-expiry": staffing.check_expiry,
    "rest": staffing.check_rest,
    "absence": staffing.check_absence,
    "equipment": shifts.check_equipment,
    "crew-size": staffing.check_crew_size,
}


class Crewing:
    """Answers for one problem; keeps them."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._travel = Travel.of(problem)
        self._kept: dict[Hashable, tuple[list[Span], str]] = {}
        self._changes = {shift.id: self._changes_of(shift) for shift in problem.shifts}

    def signature(self, job: Job) -> Hashable:
        """Jobs with the same signature need the same people and equipment."""
        return job.needs, job.crew_size, job.equipment, staffing.is_two_person(job, self._problem.rules)

    def varies(self, shift: CrewShift) -> bool:
        """Whether the answer depends on the time of day or the job's duration."""
        return bool(self._changes[shift.id]) or shift.on_call

    def of(self, job: Job, shift: CrewShift) -> tuple[list[Span], str]:
        """The allowed starts, and the rule that leaves none or ''. Ever, if the answer does not vary in the shift."""
        spans = list(EVER)
        for requirement, part in self._requirements(job):
            duration = job.duration if self.varies(shift) else 0
            key = (requirement, duration, shift.id)
            if key not in self._kept:
                self._kept[key] = self._evaluate(part, shift)
            allowed, blamed = self._kept[key]
            if blamed:
                return [], blamed
            spans = intersect(spans, allowed)
        return spans, "" if spans else "absence"

    def _requirements(self, job: Job) -> Iterator[tuple[Hashable, Job]]:
        # Each requirement stands alone: one person may answer several needs.
        bare = replace(job, needs=(), crew_size=0, equipment=frozenset(), energised=False)
        if staffing.is_two_person(job, self._problem.rules):
            yield "two-person", replace(bare, energised=True)
        for need in job.needs:
            yield need, replace(bare, needs=(need,))
        yield ("crew-size", job.crew_size), replace(bare, crew_size=job.crew_size)
        for code in sorted(job.equipment):
            yield ("equipment", code), replace(bare, equipment=frozenset({code}))

    def _evaluate(self, part: Job, shift: CrewShift) -> tuple[list[Span], str]:
        first, last = shift.window.start, shifts.latest_return(shift, self._problem.rules)
        if not self.varies(shift):
            whole = replace(part, duration=max(1, last - first))
            blamed = self._first_broken(whole, shift, first)
            return ([], blamed) if blamed else (list(EVER), "")
        # A period that begins or ends at t matters to work that starts at t or that would still run at t.
        at = {t for change in self._changes[shift.id] for t in (change, change - part.duration + 1)}
        stretches = sorted({first, *(t for t in at if first < t <= last)})
        found = [
            (span, self._first_broken(part, shift, span[0]))
            for span in ((a, b - 1) for a, b in pairwise([*stretches, last + 1]))
        ]
        spans = unite(span for span, blamed in found if not blamed)
        return spans, "" if spans else found[0][1]

    def _first_broken(self, part: Job, shift: CrewShift, start: int) -> str:
        case = Case(self._problem, part, shift, start, self._travel)
        return next((code for code, check in _CHECKS.items() if check(case)), "")

    def _changes_of(self, shift: CrewShift) -> list[int]:
        first, last = shift.window.start, shifts.latest_return(shift, self._problem.rules)
        at = [t for m in shift.members for w in m.absences for t in (w.start, w.end)]
        at += [t for m in shift.members for q in m.qualifications for t in (q.issued, q.expires)]
        at += [t for item in shift.equipment for w in item.out_of_service for t in (w.start, w.end)]
        at += [self._rested_until(shift, member) for member in shift.members if member.worked]
        return sorted({t for t in at if first < t < last})

    def _rested_until(self, shift: CrewShift, member: Member) -> int:
        # Duty only grows along an ordinary shift, so the last rested second is found by halving.
        first, last = shift.window.start, shifts.latest_return(shift, self._problem.rules)
        if shift.on_call:
            return last
        rested, tired = first, last + 1
        while tired - rested > 1:
            middle = (rested + tired) // 2
            work = Window(first, middle)
            if staffing.is_rested(member, shift, work, 0, self._problem.rules):
                rested = middle
            else:
                tired = middle
        return rested
