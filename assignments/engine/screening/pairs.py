"""Every job-shift pair at once: which are legal beside the shift's commitments, and when the job may start.

A shift's commitments cut it into gaps. In a gap the place before, the place after and the two drives are known, so all
hard rules become bounds on the start, and numpy takes a whole column of jobs at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, CrewShift, Place, PriorityClass, Problem
from assignments.engine.domain.travel import GRAIN, Seconds, Travel, positions
from assignments.engine.rules import crew_day
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.starts import Span, of_job, unplanned_prerequisites

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]

BLAMES = (
    "",
    *("territory", "on-call", "two-person", "qualification", "qualified-people", "qualification-expiry", "rest"),
    *("absence", "equipment", "crew-size", "materials", "prerequisite", "appointment", "clearance", "permit"),
    *("shift", "overlap", "committed"),
)
"""What a pair may fail on, by code; `committed` is a job that already has its crew."""
_BLAME = {code: index for index, code in enumerate(BLAMES)}


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
    """Index into BLAMES of the first rule that fails; 0 where the pair is legal."""

    @property
    def feasible(self) -> Flags:
        return np.equal(self.blame, 0)


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
    pointer: Times
    first: Times
    last: Times

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


def _padded(spans: Sequence[Sequence[Span]]) -> tuple[Times, Times]:
    width = max([1, *(len(row) for row in spans)])
    first = np.full((len(spans), width), FOREVER, dtype=np.int64)
    last = np.full((len(spans), width), -FOREVER, dtype=np.int64)
    for at, row in enumerate(spans):
        for k, (a, b) in enumerate(row):
            first[at, k], last[at, k] = a, b
    return first, last


class _Rows:
    """What is the same for every shift: the jobs' own allowed starts and groups."""

    def __init__(self, problem: Problem, crewing: Crewing) -> None:
        jobs = problem.jobs
        self.jobs = jobs
        self.places = positions([job.place for job in jobs])
        self.duration = np.array([job.duration for job in jobs], dtype=np.int64)
        live = [of_job(problem, job, tentative=False) for job in jobs]
        pending = [
            of_job(problem, job, tentative=True) if job.required_permits else answer
            for job, answer in zip(jobs, live, strict=True)
        ]
        both = _padded([spans for spans, _ in (*live, *pending)])
        self.live = both[0][: len(jobs)], both[1][: len(jobs)]
        self.pending = both[0][len(jobs) :], both[1][len(jobs) :]
        self.differs = np.array([a[0] != b[0] for a, b in zip(live, pending, strict=True)], dtype=bool)
        committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
        blamed = ["committed" if j.id in committed else code for j, (_, code) in zip(jobs, pending, strict=True)]
        self.blame = np.array([_BLAME[code] for code in blamed], dtype=np.uint8)
        self.emergency = np.array([job.priority is PriorityClass.EMERGENCY for job in jobs], dtype=bool)
        territories = sorted({job.territory for job in jobs})
        self.territories = territories
        self.territory = np.array([territories.index(job.territory) for job in jobs], dtype=np.int64)
        signatures = [crewing.signature(job) for job in jobs]
        self.alike = _grouped([(signature, 0) for signature in signatures])
        self.alike_and_as_long = _grouped([(s, job.duration) for s, job in zip(signatures, jobs, strict=True)])


def _grouped(keys: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    # The group of each row, and the key of each group.
    numbers: dict[tuple[int, int], int] = {}
    group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    return group, list(numbers)


def columns(problem: Problem, crewing: Crewing | None = None) -> Iterator[Column]:
    """One column for each shift of the problem, in its order.

    `crewing` is what is known of the same shifts from an earlier screening of any jobs.
    """
    crewing, travel = crewing or Crewing(problem), Travel.of(problem)
    rows = _Rows(problem, crewing)
    for shift in problem.shifts:
        yield _column(problem, shift, rows, crewing, travel)


def _column(problem: Problem, shift: CrewShift, rows: _Rows, crewing: Crewing, travel: Travel) -> Column:
    gaps = gaps_of(shift, problem)
    group, kinds = rows.alike_and_as_long if crewing.varies(shift) else rows.alike
    idle = shift.on_call and not rows.emergency.any()
    answers = [([], "on-call") if idle else crewing.of(*kind, shift) for kind in kinds]
    crew_blame = np.array([_BLAME[blamed] for _, blamed in answers], dtype=np.uint8)[group]
    allowed = np.array([code in shift.territories for code in rows.territories], dtype=bool)[rows.territory]

    blame = np.where(rows.emergency | (not shift.on_call), crew_blame, _BLAME["on-call"])
    blame = np.where(allowed, blame, _BLAME["territory"])
    blame = np.where(rows.blame != 0, rows.blame, blame).astype(np.uint8)

    drive_in, drive_out = _drives(gaps, rows, travel)
    # Most pairs have fallen by now, and times are the dearest to reckon.
    able = np.flatnonzero(blame == 0)
    bounds = _gap_bounds(gaps, drive_in[able], drive_out[able], rows.duration[able])
    crewed = tuple(times[group[able]] for times in _padded([spans for spans, _ in answers]))
    narrow = _combined(bounds, tuple(times[able] for times in rows.live), crewed)
    again = rows.differs[able] & ~(narrow[0] <= narrow[1]).any(axis=(1, 2))
    tentative = np.zeros(len(rows.jobs), dtype=bool)
    if again.any():
        wider = _combined(bounds, tuple(times[able] for times in rows.pending), crewed)
        for times, wide in zip(narrow, wider, strict=True):
            times[again] = wide[again]
        tentative[able] = again & (narrow[0] <= narrow[1]).any(axis=(1, 2))
    first, last = (np.full((len(rows.jobs), *narrow[0].shape[1:]), empty) for empty in (FOREVER, -FOREVER))
    first[able], last[able] = narrow
    nowhere = ~(narrow[0] <= narrow[1]).any(axis=(1, 2))
    blame[able[nowhere]] = _BLAME["overlap" if shift.commitments else "shift"]
    return Column(gaps, first, last, drive_in, drive_out, tentative, blame)


def _drives(gaps: Sequence[Gap], rows: _Rows, travel: Travel) -> tuple[Seconds, Seconds]:
    """From the place before each gap to each job, and from there to the place after it, shape (jobs, gaps)."""
    stations = positions([*(gap.origin for gap in gaps), gaps[-1].to])
    # A few rows of many columns are reckoned at once, many rows of a few columns piece by piece.
    inward = travel.between(stations, rows.places).T
    # An estimate is as long back as it is there; what a routing server tells has to be asked for both ways.
    onward = inward if travel.is_symmetric else travel.between(rows.places, stations)
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


def screen(problem: Problem, crewing: Crewing | None = None) -> Screening:
    """Every job of the problem against every shift of it."""
    jobs, feasible, tentative, blame = len(problem.jobs), [], [], []
    first, last, counts = [], [], []
    for column in columns(problem, crewing):
        allowed = column.first <= column.last
        feasible.append(column.feasible)
        tentative.append(column.tentative)
        blame.append(column.blame)
        counts.append(allowed.sum(axis=(1, 2)))
        first.append(column.first[allowed])
        last.append(column.last[allowed])
    waiting = [bool(job.prerequisites and unplanned_prerequisites(problem, job)) for job in problem.jobs]
    empty, none = np.zeros((jobs, 0)), np.zeros(0, dtype=np.int64)
    return Screening(
        feasible=np.stack(feasible, axis=1) if feasible else empty.astype(bool),
        tentative=np.stack(tentative, axis=1) if feasible else empty.astype(bool),
        blame=np.stack(blame, axis=1) if feasible else empty.astype(np.uint8),
        waiting=np.array(waiting, dtype=bool).reshape(jobs),
        pointer=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate([none, *counts]))]),
        first=np.concatenate([none, *first]),
        last=np.concatenate([none, *last]),
    )
