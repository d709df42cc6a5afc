"""Every job-shift pair at once: which are legal beside the shift's commitments, and when the job may start.

A shift's commitments cut it into gaps. In a gap the place before, the place after and the two drives are known, so all
hard rules become bounds on the start, and numpy takes a whole column of jobs at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, CrewShift, Place, Problem
from assignments.engine.domain.travel import GRAIN, Seconds, Travel, positions
from assignments.engine.rules import access, crew_day, register
from assignments.engine.rules.answers import OfPeople
from assignments.engine.rules.spans import Span, intersect
from assignments.engine.screening import asking
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.room import Drives, Room
from assignments.engine.screening.rows import Flags, Rows, Times, padded


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two neighbouring commitments of a shift, or the base."""

    leave: int
    """When the crew is free to set out."""
    earliest: int
    """No start before it: the shift's start, or the end of all earlier work."""
    due: int
    """When it must have arrived at `to`."""
    latest_end: int
    """No end after it: the shift's end."""
    origin: Place
    to: Place
    is_last: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One shift against all jobs. `first` and `last` bound the allowed starts, shape (jobs, gaps, spans);
    an empty span has last < first. Spans are in order of time.
    """

    gaps: tuple[Gap, ...]
    first: Times
    last: Times
    drive_in: Seconds
    """Shape (jobs, gaps), as `drive_out`."""
    drive_out: Seconds
    tentative: Flags
    """Jobs that are legal only if a pending permit is issued."""
    blame: NDArray[np.uint8]
    """Index into `blames()` of the rule that fails; 0 where the pair is legal."""

    @property
    def feasible(self) -> Flags:
        return np.equal(self.blame, 0)


Bounds = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Screening:
    """All pairs. The allowed starts of job row j on shift column s are `first[k], last[k]` (both allowed) for k from
    `pointer[s * jobs + j]` up to the next pointer.
    """

    feasible: Flags
    """Shape (jobs, shifts). A job that waits for another job of the problem counts as legal; see `waiting`."""
    tentative: Flags
    blame: NDArray[np.uint8]
    waiting: Flags
    """Shape (jobs,): jobs whose prerequisites the plan has to place first, so that no start can be promised yet."""
    pointer: Bounds
    first: Bounds
    last: Bounds

    def spans(self, job: int, shift: int) -> list[Span]:
        """The allowed starts of one pair, by row and column."""
        at = shift * self.feasible.shape[0] + job
        chosen = slice(int(self.pointer[at]), int(self.pointer[at + 1]))
        return list(zip(self.first[chosen].tolist(), self.last[chosen].tolist(), strict=True))


def gaps_of(shift: CrewShift, problem: Problem) -> tuple[Gap, ...]:
    """The gaps between the shift's commitments in order of time; one more than there are commitments."""
    now = -(-problem.now // GRAIN) * GRAIN
    begin, home = shift.window.start, crew_day.latest_return(shift, problem.rules)
    result = []
    free, busy_until, origin = begin, begin, shift.base
    for commitment in (*shift.commitments, None):
        due, to = (commitment.window.start, commitment.place) if commitment else (home, shift.base)
        leave = max(free, now)
        result.append(Gap(leave, busy_until, due, home, origin, to, commitment is None))
        if commitment is not None:
            busy_until = max(busy_until, commitment.window.end)
            free, origin = commitment.window.end, commitment.place
    return tuple(result)


# What a crew can is not looked up where other rules have refused every job that would ask for it.
_NOT_ASKED: tuple[list[Span], str] = [], ""


def columns(problem: Problem, crewing: Crewing | None = None) -> Iterator[Column]:
    """One column for each shift of the problem, in its order.

    `crewing` is what is known of the same shifts from an earlier screening of any jobs.
    """
    crewing, travel = crewing or Crewing(problem), Travel.of(problem)
    rows = Rows(problem, crewing)
    for shift in problem.shifts:
        yield _column(problem, shift, rows, crewing, travel)


def _column(problem: Problem, shift: CrewShift, rows: Rows, crewing: Crewing, travel: Travel) -> Column:
    gaps = gaps_of(shift, problem)
    blame = rows.blamed(shift)
    group, kinds = rows.alike_and_as_long if crewing.varies(shift) else rows.alike
    wanted = np.bincount(group[blame == 0], minlength=len(kinds))
    answers = [crewing.of(*kind, shift) if wanted[number] else _NOT_ASKED for number, kind in enumerate(kinds)]
    crew_blame = np.array([rows.number[blamed] for _, blamed in answers], dtype=np.uint8)
    blame = np.where(blame != 0, blame, crew_blame[group]).astype(np.uint8)
    kind, free, blame = _of_people(problem, shift, rows, (group, [spans for spans, _ in answers], blame))

    drive_in, drive_out = _drives(gaps, rows, travel)
    # Most pairs have fallen by now, and times are the dearest to reckon.
    able = np.flatnonzero(blame == 0)
    bounds = _gap_bounds(gaps, drive_in[able], drive_out[able], rows.duration[able])
    crewed = tuple(times[kind[able]] for times in padded(free))
    rest = _rests(Room(problem, shift), len(gaps), rows.duration[able], (drive_in[able], drive_out[able]))
    whole = _combined(bounds, tuple(times[able] for times in rows.live), crewed)
    narrow = _resting(whole, rest)
    again = rows.differs[able] & ~_any(narrow)
    tentative = np.zeros(len(rows.jobs), dtype=bool)
    if again.any():
        wider = _combined(bounds, tuple(times[able] for times in rows.pending), crewed)
        for times, wide in zip((*whole, *narrow), (*wider, *_resting(wider, rest)), strict=True):
            times[again] = wide[again]
        tentative[able] = again & _any(narrow)
    first, last = (np.full((len(rows.jobs), *narrow[0].shape[1:]), empty) for empty in (FOREVER, -FOREVER))
    first[able], last[able] = narrow
    nowhere = ~_any(narrow)
    short = rows.number[register.short_of_time(beside_work=bool(shift.commitments))]
    blame[able[nowhere]] = np.where(_any(whole)[nowhere], rows.number[register.short_of_room()], short)
    column = Column(gaps, first, last, drive_in, drive_out, tentative, blame)
    return _asked(problem, shift, rows, column) if asking.rules() else column


_Kinds = tuple[NDArray[np.int64], list[list[Span]], NDArray[np.uint8]]


def _of_people(problem: Problem, shift: CrewShift, rows: Rows, crewed: _Kinds) -> _Kinds:
    """By job a kind, by kind the starts that its crew allows, by job the rule that fails: each job is a kind of its own
    where people of the shift are wanted elsewhere."""
    kind, spans, blame = crewed
    for rule, answer in register.answered(OfPeople):
        if answer.applies(shift):
            of_job = [spans[number] for number in kind]
            for row in np.flatnonzero(blame == 0):
                job = rows.jobs[row]
                last = crew_day.latest_return(shift, problem.rules) - job.duration
                # Within the shift, so that the people are named where they leave no start there.
                if within := intersect(of_job[row], [(shift.window.start, last)]):
                    of_job[row] = intersect(within, answer.starts(problem, job, shift))
                    blame[row] = 0 if of_job[row] else rows.number[rule.code]
            kind, spans = np.arange(len(of_job), dtype=np.int64), of_job
    return kind, spans, blame


def _asked(problem: Problem, shift: CrewShift, rows: Rows, column: Column) -> Column:
    """The column without the starts that a rule forbids which has nothing but a check."""
    blame, kept = column.blame.copy(), {}
    for row in np.flatnonzero(column.feasible).tolist():
        asked = asking.Asking(problem, rows.jobs[row], shift, tentative=bool(column.tentative[row]))
        bounds = zip(column.first[row].tolist(), column.last[row].tolist(), strict=True)
        answers = [asked.allowed([s for s in zip(*ends, strict=True) if s[0] <= s[1]]) for ends in bounds]
        kept[row] = [allowed for allowed, _ in answers]
        if not any(kept[row]):
            blame[row] = rows.number[next(code for _, code in answers if code)]
    width = max([1, *(len(spans) for gaps in kept.values() for spans in gaps)])
    first, last = (np.full((*column.first.shape[:2], width), empty) for empty in (FOREVER, -FOREVER))
    for row, gaps in kept.items():
        first[row], last[row] = (
            np.pad(ends, ((0, 0), (0, width - ends.shape[1])), mode="edge") for ends in padded(gaps)
        )
    return replace(column, first=first, last=last, tentative=column.tentative & (blame == 0), blame=blame)


def _drives(gaps: Sequence[Gap], rows: Rows, travel: Travel) -> tuple[Seconds, Seconds]:
    """From the place before each gap to each job, and from there to the place after it, shape (jobs, gaps)."""
    stations = [*(gap.origin for gap in gaps), gaps[-1].to]
    if len(gaps) == 1 and stations[0] == stations[1]:
        return rows.drives(stations[0], travel)
    there = positions(stations)
    # A few rows of many columns are reckoned at once, many rows of a few columns piece by piece.
    inward = travel.between(there, rows.places).T
    # An estimate is as long back as it is there; what a routing server tells has to be asked for both ways.
    onward = inward if travel.is_symmetric else travel.between(rows.places, there)
    return inward[:, :-1], onward[:, 1:]


def _gap_bounds(gaps: Sequence[Gap], drive_in: Seconds, drive_out: Seconds, duration: Times) -> tuple[Times, Times]:
    leave, earliest = np.array([g.leave for g in gaps]), np.array([g.earliest for g in gaps])
    due, latest_end = np.array([g.due for g in gaps]), np.array([g.latest_end for g in gaps])
    first = np.maximum(leave[None, :] + drive_in, earliest[None, :])
    last = np.minimum(due[None, :] - drive_out, latest_end[None, :]) - duration[:, None]
    return first.astype(np.int64), last.astype(np.int64)


def _combined(bounds: tuple[Times, Times], own: tuple[Times, ...], crewed: tuple[Times, ...]) -> tuple[Times, Times]:
    # Products of sorted spans, gap by gap, stay sorted.
    shape = len(own[0]), 1, own[0].shape[1] * crewed[0].shape[1]
    first = np.maximum(own[0][:, :, None], crewed[0][:, None, :]).reshape(shape)
    last = np.minimum(own[1][:, :, None], crewed[1][:, None, :]).reshape(shape)
    return np.maximum(bounds[0][:, :, None], first), np.minimum(bounds[1][:, :, None], last)


_Spans = tuple[Times, Times]


def _any(spans: _Spans) -> Flags:
    """By job: whether it has any start."""
    return np.asarray((spans[0] <= spans[1]).any(axis=(1, 2)), dtype=bool)


def _rests(room: Room, gaps: int, duration: Times, drives: tuple[Seconds, Seconds]) -> _Spans | None:
    """The starts that leave room for breaks, shape (jobs, gaps, spans); None where none is owed."""
    if not room:
        return None
    inward, onward = drives
    # The first gap comes from the base, and the last one leads there.
    ways = [Drives(inward[:, gap], onward[:, gap], inward[:, 0], onward[:, -1]) for gap in range(gaps)]
    each = [room.spans(gap, duration, way) for gap, way in enumerate(ways)]
    width = max(first.shape[1] for first, _ in each)
    first, last = (np.full((len(duration), gaps, width), empty, dtype=np.int64) for empty in (FOREVER, -FOREVER))
    for gap, ends in enumerate(each):
        first[:, gap, : ends[0].shape[1]], last[:, gap, : ends[1].shape[1]] = ends
    return first, last


def _resting(spans: _Spans, rest: _Spans | None) -> _Spans:
    # Both are sorted, so the products are.
    if rest is None:
        return spans
    first = np.maximum(spans[0][..., None], rest[0][:, :, None, :])
    last = np.minimum(spans[1][..., None], rest[1][:, :, None, :])
    shape = *first.shape[:2], first.shape[2] * first.shape[3]
    return first.reshape(shape), last.reshape(shape)


def screen(problem: Problem, crewing: Crewing | None = None) -> Screening:
    """Every job of the problem against every shift of it."""
    shape = len(problem.jobs), len(problem.shifts)
    feasible, tentative = np.zeros(shape, dtype=bool, order="F"), np.zeros(shape, dtype=bool, order="F")
    blame, counts = np.zeros(shape, dtype=np.uint8, order="F"), np.zeros((shape[1], shape[0]), dtype=np.int32)
    ends: tuple[list[Bounds], list[Bounds]] = [], []
    for at, column in enumerate(columns(problem, crewing)):
        allowed = column.first <= column.last
        feasible[:, at], tentative[:, at], blame[:, at] = column.feasible, column.tentative, column.blame
        counts[at] = allowed.sum(axis=(1, 2))
        ends[0].append(column.first[allowed].astype(np.int32))
        ends[1].append(column.last[allowed].astype(np.int32))
    waiting = [bool(job.prerequisites and access.unplanned_prerequisites(problem, job)) for job in problem.jobs]
    pointer = np.zeros(counts.size + 1, dtype=np.int32)
    np.cumsum(counts, out=pointer[1:])
    del counts
    return Screening(
        feasible=feasible,
        tentative=tentative,
        blame=blame,
        waiting=np.array(waiting, dtype=bool).reshape(shape[0]),
        pointer=pointer,
        first=_joined(ends[0]),
        last=_joined(ends[1]),
    )


def _joined(ends: list[Bounds]) -> Bounds:
    # Emptied, so that a large day's bounds are not there twice.
    result = np.zeros(sum(map(len, ends)), dtype=np.int32)
    at = len(result)
    while ends:
        last = ends.pop()
        at -= len(last)
        result[at : at + len(last)] = last
    return result
