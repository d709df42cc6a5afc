"""Where one job may go beside what the shifts hold: the earliest starts on a shift, and the nearest on any other.

The sums are screening's, for one job and for shifts whose work is being shuffled; what the crews have and may do is
asked once for each kind of job and kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Place, Problem
from assignments.engine.domain.travel import Travel, positions
from assignments.engine.rules import register
from assignments.engine.rules.answers import OfPair, OfPeople
from assignments.engine.rules.spans import Span, intersect
from assignments.engine.screening import asking
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import Gap, gaps_of
from assignments.engine.screening.room import Room
from assignments.engine.screening.starts import of_job

Times = NDArray[np.int64]

# Seconds: being late after all outweighs any delay or detour.
_LATE = 10**9
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Slot:
    """A legal start on a shift."""

    shift_id: int
    start: int
    drive: int
    """Seconds to the job, from the work before or the base."""
    cost: int
    """Seconds that the job is moved by and that the shift drives more; more than any day when it makes the job late."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The earliest start on a shift once its commitments `begin` to `end` (a slice) are gone."""

    start: int
    drive: int
    begin: int
    end: int


class _Gaps:
    """The gaps of all ordinary shifts side by side, as arrays of one value a gap."""

    def __init__(self, shifts: Sequence[CrewShift], problem: Problem, drive: Callable[[Place, Place], int]) -> None:
        rows = [(row, gap) for row, shift in enumerate(shifts) for gap in gaps_of(shift, problem)]
        self.gaps = [gap for _, gap in rows]
        self.row = np.array([row for row, _ in rows], dtype=np.int64)
        """Which shift it is of."""
        self.leave = np.array([gap.leave for gap in self.gaps], dtype=np.int64)
        self.earliest = np.array([gap.earliest for gap in self.gaps], dtype=np.int64)
        self.due = np.array([gap.due for gap in self.gaps], dtype=np.int64)
        self.latest_end = np.array([gap.latest_end for gap in self.gaps], dtype=np.int64)
        self.direct = np.array([drive(gap.origin, gap.to) for gap in self.gaps], dtype=np.int64)
        """Seconds of driving across the gap as it is."""
        self._origins = positions([gap.origin for gap in self.gaps])
        self._onward = positions([gap.to for gap in self.gaps])

    def drives(self, place: Place, travel: Travel) -> tuple[Times, Times]:
        """Seconds from the place before each gap to this one, and from here to the place after it."""
        here = positions([place])
        if travel.is_symmetric:
            # One row of many columns is reckoned at once, a column of many rows piece by piece.
            inward = travel.between(here, self._origins)[0]
        else:
            inward = travel.between(self._origins, here)[:, 0]
        return inward.astype(np.int64), travel.between(here, self._onward)[0].astype(np.int64)


class Slots:
    """Answers for the shifts of one problem, and for the same shifts with other commitments."""

    def __init__(self, problem: Problem) -> None:
        # Without its jobs: what a job waits for is planned already or not at all, no plan will put the two in order.
        self._problem = replace(problem, jobs=())
        self._crewing = Crewing(self._problem)
        self._travel = Travel.of(problem)
        self.drive = functools.cache(self._travel.seconds)
        """Seconds from place to place."""
        self._own: dict[tuple[int, bool], list[Span]] = {}
        self._costs: dict[tuple[int, bool], tuple[Times, Times, Times]] = {}
        self._shifts = [shift for shift in problem.shifts if not shift.on_call]
        self._varies = [
            bool(asking.rules())
            or self._crewing.varies(shift)
            or bool(_about_people(shift))
            or bool(problem.rules.breaks_of(shift))
            for shift in self._shifts
        ]
        self._gaps = _Gaps(self._shifts, self._problem, self.drive)

    def spans(self, job: Job, shift: CrewShift, *, tentative: bool) -> list[Span]:
        """When the shift's people and tools, the permits and the rest allow the job to start, other work left aside."""
        if not all(answer.holds(answer.fact(job), shift) for _, answer in register.answered(OfPair)):
            return []
        own = self.own(job, tentative=tentative)
        # On call, the rest rules count the other work of the shift, which is not what it was.
        crewing = Crewing(self._problem) if shift.on_call else self._crewing
        crewed, _ = crewing.of(crewing.signature(job), job.duration, shift) if own else ([], "")
        spans = intersect(own, crewed)
        for answer in _about_people(shift):
            spans = intersect(spans, answer.starts(self._problem, job, shift))
        return asking.narrowed(self._problem, job, shift, spans, tentative=tentative)

    def own(self, job: Job, *, tentative: bool) -> list[Span]:
        """When the job itself may start, on whatever crew."""
        key = job.id, tentative
        if key not in self._own:
            self._own[key] = of_job(self._problem, job, tentative=tentative)[0]
        return self._own[key]

    def openings(self, job: Job, shift: CrewShift, gives_way: Sequence[bool], *, tentative: bool) -> Iterator[Opening]:
        """The earliest start for every run of the shift's commitments that may give way, the empty ones included."""
        gaps, drives = gaps_of(shift, self._problem), self.drive
        rests = bool(self._problem.rules.breaks_of(shift))
        inward = [drives(gap.origin, job.place) for gap in gaps]
        onward = [drives(job.place, gap.to) for gap in gaps]
        whole = self.spans(job, shift, tentative=tentative)
        for begin, before in enumerate(gaps):
            for end in range(begin, len(gaps)):
                if end > begin and not gives_way[end - 1]:
                    break
                spans: Sequence[Span] = whole
                if shift.on_call and end > begin:
                    left = (*shift.commitments[:begin], *shift.commitments[end:])
                    spans = self.spans(job, replace(shift, commitments=left), tentative=tentative)
                if rests:
                    left = (*shift.commitments[:begin], *shift.commitments[end:])
                    spans = self._with_room(job, replace(shift, commitments=left), begin, spans)
                first, last = _bounds(before, gaps[end], inward[begin], onward[end], job.duration)
                start = next((max(a, first) for a, b in spans if max(a, first) <= min(b, last)), None)
                if start is not None:
                    yield Opening(start, inward[begin], begin, end)

    def on(
        self, job: Job, shift: CrewShift, *, wanted: int, not_before: int = -FOREVER, tentative: bool
    ) -> Slot | None:
        """The slot beside the shift's commitments that costs least, measured from the start that is `wanted`."""
        allowed, drives, found = self.spans(job, shift, tentative=tentative), self.drive, []
        room = Room(self._problem, shift) if allowed else None
        for number, gap in enumerate(gaps_of(shift, self._problem) if allowed else ()):
            spans = intersect(allowed, room.of_place(number, job.duration, job.place)) if room else allowed
            inward, onward = drives(gap.origin, job.place), drives(job.place, gap.to)
            first, last = _bounds(gap, gap, inward, onward, job.duration)
            detour = max(0, inward + onward - drives(gap.origin, gap.to))
            for a, b in spans:
                low, high = max(a, first, not_before), min(b, last)
                if low <= high:
                    start = min(max(wanted, low), high)
                    found.append(Slot(shift.id, start, inward, self._cost(job, start, wanted) + detour))
        return min(found, key=lambda slot: (slot.cost, slot.start), default=None)

    def _with_room(self, job: Job, shift: CrewShift, gap: int, spans: Sequence[Span]) -> Sequence[Span]:
        """The spans as far as they leave room for breaks in the gap of the shift with this number."""
        room = Room(self._problem, shift)
        return intersect(spans, room.of_place(gap, job.duration, job.place)) if room else spans

    def elsewhere(self, job: Job, *, wanted: int, without: Collection[int], tentative: bool) -> Slot | None:
        """As `on`, on whichever ordinary shift costs least as the problem has them; those `without` are left aside."""
        best, looked_at = None, set(without)
        # Cheapest first, people and tools left aside: they are asked about only until no gap can cost less.
        order, costs, starts = self._costs_of(job, wanted, tentative=tentative)
        for at in order:
            cost = int(costs[at])
            if best is not None and cost >= best.cost:
                break
            row = int(self._gaps.row[at])
            shift = self._shifts[row]
            if shift.id in looked_at:
                continue
            if self._varies[row]:
                looked_at.add(shift.id)
                slot = self.on(job, shift, wanted=wanted, tentative=tentative)
                best = slot if slot and (best is None or slot.cost < best.cost) else best
            elif self.spans(job, shift, tentative=tentative):
                origin = self._gaps.gaps[at].origin
                best = Slot(shift.id, int(starts[at]), self.drive(origin, job.place), cost)
            else:
                looked_at.add(shift.id)
        return best

    def _costs_of(self, job: Job, wanted: int, *, tentative: bool) -> tuple[Times, Times, Times]:
        """The gaps of ordinary shifts in which the job could be done, cheapest first; and cost and start by gap."""
        key = job.id, tentative
        if key not in self._costs:
            g = self._gaps
            inward, onward = g.drives(job.place, self._travel)
            first = np.maximum(g.leave + inward, g.earliest)
            last = np.minimum(g.due - onward, g.latest_end) - job.duration
            detour = np.maximum(0, inward + onward - g.direct)
            costs, starts = np.full(len(first), _NEVER), np.zeros(len(first), dtype=np.int64)
            for a, b in self.own(job, tentative=tentative):
                low, high = np.maximum(first, a), np.minimum(last, b)
                start = np.minimum(np.maximum(wanted, low), high)
                late = (start + job.duration > job.due) & (wanted + job.duration <= job.due)
                cost = np.where(low <= high, np.abs(start - wanted) + detour + late * _LATE, _NEVER)
                starts = np.where(cost < costs, start, starts)
                costs = np.minimum(cost, costs)
            order = np.flatnonzero(costs < _NEVER)
            self._costs[key] = order[np.argsort(costs[order], kind="stable")], costs, starts
        return self._costs[key]

    @staticmethod
    def _cost(job: Job, start: int, wanted: int) -> int:
        return abs(start - wanted) + (_LATE if makes_late(job, start, wanted) else 0)


def _about_people(shift: CrewShift) -> list[OfPeople]:
    return [answer for _, answer in register.answered(OfPeople) if answer.applies(shift)]


def makes_late(job: Job, start: int, instead_of: int) -> bool:
    """Whether the job is done after it is due, and would not have been."""
    return start + job.duration > job.due >= instead_of + job.duration


def _bounds(before: Gap, after: Gap, inward: int, onward: int, duration: int) -> Span:
    first = max(before.leave + inward, before.earliest)
    return first, min(after.due - onward, after.latest_end) - duration
