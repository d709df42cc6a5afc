"""When each shift has the people and the equipment that a job needs.

Between the few seconds at which somebody leaves or comes, expires or tires, the rules' answers cannot change: so the
rules' own functions are asked once for each such piece, one requirement at a time, and the answers are kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from assignments.engine.domain.problem import CrewShift, Job, Member, Problem, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import crew_day, register, staffing
from assignments.engine.rules.answers import OfNeeds
from assignments.engine.rules.case import Case
from assignments.engine.rules.spans import EVER, Span, intersect, unite

Answer = tuple[list[Span], str]


@dataclass(frozen=True, slots=True)
class _Part:
    """One requirement of a job, as a job that asks for nothing else."""

    number: int
    job: Job
    code: str | None = None
    """The qualification or equipment it is about."""
    is_equipment: bool = False


class Crewing:
    """Answers for one problem; keeps them. Requirements and their sets are numbered, so that looking up is quick."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._travel = Travel.of(problem)
        self._checks = [(rule.code, rule.explain) for rule, _ in register.answered(OfNeeds)]
        self._too_short = register.short_of_time(beside_work=False)
        self._numbers: dict[Hashable, int] = {}
        self._parts: list[tuple[_Part, ...]] = []
        self._part_numbers: dict[Hashable, int] = {}
        self._answers: dict[tuple[int, int, int], Answer] = {}
        self._kept: dict[tuple[int, int, int], Answer] = {}
        self._changes: dict[tuple[int, int], list[int]] = {}
        self._people: dict[int, list[int]] = {}
        self._broken: dict[tuple[int, int, int, int], str] = {}

    def signature(self, job: Job) -> int:
        """The number of what the job needs; jobs with the same number need the same people and equipment."""
        needs = job.needs, job.crew_size, job.equipment, staffing.is_two_person(job, self._problem.rules)
        number = self._numbers.setdefault(needs, len(self._parts))
        if number == len(self._parts):
            self._parts.append(tuple(self._split(job)))
        return number

    def varies(self, shift: CrewShift) -> bool:
        """Whether any answer may depend on the time of day or the job's duration."""
        return shift.on_call or bool(self._inside(shift, self._all_changes(shift)))

    def of(self, signature: int, duration: int, shift: CrewShift) -> Answer:
        """The allowed starts of work of that duration, and the rule that leaves none or ''.

        Ever, if the answer does not vary in the shift.
        """
        key = signature, duration, shift.id
        if key not in self._answers:
            self._answers[key] = self._join(signature, duration, shift)
        return self._answers[key]

    def _join(self, signature: int, duration: int, shift: CrewShift) -> Answer:
        spans = list(EVER)
        for part in self._parts[signature]:
            allowed, blamed = self._allowed(part, shift, duration)
            if blamed:
                return [], blamed
            if allowed == spans:
                continue
            both = intersect(spans, allowed)
            if not both:
                # Each requirement could be met, but not at one time: where the others are, this one is not.
                short = replace(part.job, duration=duration)
                return [], self._first_broken(short, shift, spans[0][0]) or self._too_short
            spans = both
        return spans, ""

    def _allowed(self, part: _Part, shift: CrewShift, duration: int) -> Answer:
        changes = self._changes_for(part, shift)
        # An on-call crew's duty is the work itself, so there the answer depends on how long it takes.
        by_duration = duration if changes or (shift.on_call and not part.is_equipment) else 0
        key = part.number, by_duration, shift.id
        if key not in self._kept:
            if shift.on_call and by_duration:
                self._kept[key] = self._by_start(replace(part.job, duration=duration), shift, changes)
            else:
                self._kept[key] = self._by_pieces(part, shift, duration, changes)
        return self._kept[key]

    def _split(self, job: Job) -> Iterator[_Part]:
        # Each requirement stands alone: one person may answer several needs.
        bare = replace(job, needs=(), crew_size=0, equipment=frozenset(), energised=False)
        yield self._part(("crew-size", job.crew_size), replace(bare, crew_size=job.crew_size))
        for need in job.needs:
            yield self._part(need, replace(bare, needs=(need,)), need.code)
        if staffing.is_two_person(job, self._problem.rules):
            code = self._problem.rules.two_person_qualification
            yield self._part("two-person", replace(bare, energised=True), code)
        for code in sorted(job.equipment):
            only = replace(bare, equipment=frozenset({code}))
            yield self._part(("equipment", code), only, code, is_equipment=True)

    def _part(self, key: Hashable, job: Job, code: str | None = None, *, is_equipment: bool = False) -> _Part:
        return _Part(self._part_numbers.setdefault(key, len(self._part_numbers)), job, code, is_equipment)

    def _by_pieces(self, part: _Part, shift: CrewShift, duration: int, changes: list[int]) -> Answer:
        # The changes cut the shift into pieces; all work that begins in one and ends in another meets the same people.
        first, last = shift.window.start, crew_day.latest_return(shift, self._problem.rules)
        pieces = list(pairwise([first, *changes, max(last, first + 1)]))
        if not changes:
            blamed = self._broken_between(part, shift, *pieces[0])
            return ([], blamed) if blamed else (list(EVER), "")
        spans, blamed = [], ""
        for begin in pieces:
            for finish in pieces:
                span = max(begin[0], finish[0] + 1 - duration), min(begin[1] - 1, finish[1] - duration)
                if span[0] > span[1]:
                    continue
                broken = self._broken_between(part, shift, begin[0], finish[1])
                blamed = blamed or broken
                spans += [] if broken else [span]
        return unite(spans), "" if spans else blamed or self._too_short

    def _broken_between(self, part: _Part, shift: CrewShift, start: int, end: int) -> str:
        key = (part.number, start, end, shift.id)
        if key not in self._broken:
            self._broken[key] = self._first_broken(replace(part.job, duration=end - start), shift, start)
        return self._broken[key]

    def _by_start(self, part: Job, shift: CrewShift, changes: list[int]) -> Answer:
        first, last = shift.window.start, crew_day.latest_return(shift, self._problem.rules)
        # A change at t matters to work that starts at t or that would still run at t.
        at = {t for change in changes for t in (change, change - part.duration + 1)}
        stretches = [
            (a, b - 1) for a, b in pairwise([*sorted({first, *(t for t in at if first < t <= last)}), last + 1])
        ]
        found = [(span, self._first_broken(part, shift, span[0])) for span in stretches]
        spans = unite(span for span, blamed in found if not blamed)
        return spans, "" if spans else found[0][1]

    def _first_broken(self, part: Job, shift: CrewShift, start: int) -> str:
        case = Case(self._problem, part, shift, start, self._travel)
        return next((code for code, check in self._checks if check(case)), "")

    def _changes_for(self, part: _Part, shift: CrewShift) -> list[int]:
        key = part.number, shift.id
        if key not in self._changes:
            if part.is_equipment:
                at = _outages(shift, part.code)
            else:
                at = [*self._comings_and_goings(shift), *_dates(shift, part.code)]
            self._changes[key] = self._inside(shift, at)
        return self._changes[key]

    def _all_changes(self, shift: CrewShift) -> list[int]:
        return [*self._comings_and_goings(shift), *_dates(shift, None), *_outages(shift, None)]

    def _inside(self, shift: CrewShift, at: list[int]) -> list[int]:
        first, last = shift.window.start, crew_day.latest_return(shift, self._problem.rules)
        return sorted({t for t in at if first < t < last})

    def _comings_and_goings(self, shift: CrewShift) -> list[int]:
        if shift.id not in self._people:
            at = [t for m in shift.members for w in m.absences for t in (w.start, w.end)]
            at += [self._rested_until(shift, member) for member in shift.members]
            self._people[shift.id] = at
        return self._people[shift.id]

    def _rested_until(self, shift: CrewShift, member: Member) -> int:
        # Duty only grows along an ordinary shift, so the last rested second is found by halving.
        first, last = shift.window.start, crew_day.latest_return(shift, self._problem.rules)
        if shift.on_call:
            return last
        if not member.worked and not self._problem.rules.breaks:
            return first + self._problem.rules.max_work_in_24h
        if staffing.is_rested(member, shift, Window(first, last), 0, self._problem.rules):
            return last
        rested, tired = first, last
        while tired - rested > 1:
            middle = (rested + tired) // 2
            if staffing.is_rested(member, shift, Window(first, middle), 0, self._problem.rules):
                rested = middle
            else:
                tired = middle
        return rested


def _dates(shift: CrewShift, code: str | None) -> list[int]:
    held = (q for member in shift.members for q in member.qualifications if code in (None, q.code))
    return [t for q in held for t in (q.issued, q.expires)]


def _outages(shift: CrewShift, code: str | None) -> list[int]:
    return [t for e in shift.equipment if code in (None, e.code) for w in e.out_of_service for t in (w.start, w.end)]
