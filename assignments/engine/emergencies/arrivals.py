"""Emergencies: the crews that can be there first, the work this displaces, and where that work goes.

Only approved work of a later class that nobody pinned and no crew was sent to gives way. For each shift there is one
choice for each number of jobs that have to be touched, as long as touching more of them brings the crew there sooner.
A displaced job goes later on its own shift or to another crew, without touching anything further; where no rule allows
it anywhere it is given up. What changes is proved by the checker before anybody hears of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations

from assignments.engine.domain import sharing
from assignments.engine.domain.problem import (
    Commitment,
    CrewShift,
    Job,
    Place,
    PriorityClass,
    Problem,
    Window,
)
from assignments.engine.emergencies.slots import Opening, Slot, Slots, makes_late
from assignments.engine.rules import checker


@dataclass(frozen=True, slots=True)
class DayStop:
    """A stop of a shift; times are seconds since the horizon's start."""

    job_id: int
    number: str
    start: int
    end: int
    drive: int
    """Seconds of driving to it, from the stop before or the base."""


@dataclass(frozen=True, slots=True)
class ChangedShift:
    """A shift whose work changes, stop by stop."""

    shift_id: int
    before: tuple[DayStop, ...]
    after: tuple[DayStop, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Approved work that gives way."""

    job_id: int
    number: str
    priority: PriorityClass
    from_shift: int
    start: int
    end: int
    to_shift: int | None
    """None when no rule allows it anywhere: then it is given up, and its order needs a crew again."""
    to_start: int
    """As `start` when it is given up."""
    to_end: int
    tentative: bool = False
    """Legal there only if a pending permit is issued, as it was before."""
    late: bool = False
    """Done after it is due, which it would not have been."""

    @property
    def is_given_up(self) -> bool:
        return self.to_shift is None


@dataclass(frozen=True, slots=True)
class EmergencyChoice:
    """One way to have the job done: by which shift, when, and everything that would change for it."""

    job_id: int
    shift_id: int
    start: int
    end: int
    travel: int
    """Seconds of driving to the job, from the work before or the base."""
    tentative: bool
    """Legal only if a pending permit is issued."""
    moves: tuple[Move, ...]
    """Displaced work, most urgent first; nothing when the crew has the time anyway."""
    lanes: tuple[ChangedShift, ...]
    """Every shift whose work changes, its own first."""
    added_drive: int
    """Seconds that all shifts together drive more than before, the drives home included; may be negative."""

    @property
    def depart(self) -> int:
        return self.start - self.travel

    @property
    def given_up(self) -> int:
        return sum(move.is_given_up for move in self.moves)


def choices(problem: Problem, job: Job) -> tuple[EmergencyChoice, ...]:
    """Every choice of every shift that may do the job, ranked: who is there first; then what touches the fewest jobs,
    gives up the fewest, touches the least urgent, and moves them the least.

    The problem has, as jobs, the work that may give way; a movable commitment whose job it does not have stays.
    """
    planner = _Planner(problem, job)
    return tuple(sorted((one for shift in problem.shifts for one in planner.of(shift)), key=_rank))


def _rank(choice: EmergencyChoice) -> tuple[int, int, int, tuple[int, ...], int, int]:
    moved = sum(abs(move.to_start - move.start) for move in choice.moves)
    touched = _urgency([move.priority for move in choice.moves])
    return choice.start, len(choice.moves), choice.given_up, touched, moved, choice.shift_id


def _is_harmed(move: Move) -> bool:
    return move.is_given_up or move.late


def _harm(moves: Sequence[Move]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Jobs given up, the most urgent compared first, then late ones, then the seconds by which jobs move."""
    given_up = _urgency([move.priority for move in moves if move.is_given_up])
    late = _urgency([move.priority for move in moves if move.late])
    return given_up, late, sum(abs(move.to_start - move.start) for move in moves)


def _urgency(classes: Sequence[PriorityClass]) -> tuple[int, ...]:
    # Less is less urgent, the most urgent compared first.
    return tuple(-priority for priority in sorted(classes))


_EVERY_SEQUENCE = 4
"""Of so many displaced jobs every sequence is tried: 24 at most."""


class _Planner:
    """The choices for one job against one problem."""

    def __init__(self, problem: Problem, job: Job) -> None:
        self._problem, self._job = problem, job
        self._slots = Slots(problem)
        self._shifts = {shift.id: shift for shift in problem.shifts}
        held = Counter(c.job_id for shift in problem.shifts for c in shift.commitments)
        waited_for = {one.job_id for other in (*problem.jobs, job) for one in other.prerequisites}
        self._jobs = {
            other.id: other
            for other in problem.jobs
            # Work that lies on two shifts of a crew, or that other work waits for, holds more than its own place.
            if other.priority > job.priority and held[other.id] == 1 and other.id not in waited_for
        }
        self._linked: dict[int, set[int]] = defaultdict(set)
        for one in sharing.shared(problem.shifts):
            self._linked[one.shift.id].add(one.other.id)
        self._before: dict[int, tuple[DayStop, ...]] = {}

    def of(self, shift: CrewShift) -> Iterator[EmergencyChoice]:
        """The shift's choices, each later than the one before and touching fewer jobs; tentative if none is firm."""
        gives_way = [self._gives_way(c) for c in shift.commitments]
        for tentative in (False, True):
            openings = list(self._slots.openings(self._job, shift, gives_way, tentative=tentative))
            found = [self._choice(shift, one, tentative) for one in self._worth_it(shift, openings)]
            proved = [choice for choice in found if choice is not None]
            if proved:
                yield from proved
                return

    def _gives_way(self, commitment: Commitment) -> bool:
        known = commitment.movable and commitment.job_id in self._jobs
        return known and commitment.window.start > self._problem.now

    def _worth_it(self, shift: CrewShift, openings: list[Opening]) -> Iterator[Opening]:
        def order(one: Opening) -> tuple[int, int, tuple[int, ...], int]:
            gone = shift.commitments[one.begin : one.end]
            return one.start, len(gone), _urgency([self._jobs[c.job_id].priority for c in gone]), one.begin

        fewest = len(shift.commitments) + 1
        for one in sorted(openings, key=order):
            if one.end - one.begin < fewest:
                fewest = one.end - one.begin
                yield one

    def _choice(self, shift: CrewShift, opening: Opening, tentative: bool) -> EmergencyChoice | None:
        gone = shift.commitments[opening.begin : opening.end]
        rest = replace(shift, commitments=(*shift.commitments[: opening.begin], *shift.commitments[opening.end :]))
        if checker.check(self._problem, self._job, rest, opening.start, tentative=tentative):
            return None
        begun: dict[int, CrewShift] = {}
        self._put(begun, rest, self._job, opening.start)
        moves, state = self._placed(gone, shift.id, begun)
        changed = [after for after in state.values() if after.commitments != self._shifts[after.id].commitments]
        lanes = tuple(self._lane(after) for after in changed)
        return EmergencyChoice(
            job_id=self._job.id,
            shift_id=shift.id,
            start=opening.start,
            end=opening.start + self._job.duration,
            travel=opening.drive,
            tentative=tentative,
            moves=moves,
            lanes=lanes,
            added_drive=sum(self._driven(after) - self._driven(self._shifts[after.id]) for after in changed),
        )

    def _placed(
        self, gone: Sequence[Commitment], shift_id: int, begun: Mapping[int, CrewShift]
    ) -> tuple[tuple[Move, ...], dict[int, CrewShift]]:
        """The moves, most urgent first, and what the touched shifts hold after them; `begun` is what they hold before.

        Each job takes the best place that those before it have left. Where that gives one up or makes one late, a few
        jobs are placed in every other sequence too, and the best of them counts.
        """
        first = sorted(gone, key=lambda c: (self._jobs[c.job_id].priority, c.job_id))
        best = self._in_turn(first, shift_id, begun)
        # Others only take places away: a job that fares no better as the first of all is helped by no sequence.
        harmed = [c for c, move in zip(first, best[0], strict=True) if _is_harmed(move)]
        alone = (self._in_turn([c], shift_id, begun)[0][0] for c in harmed)
        if 2 <= len(first) <= _EVERY_SEQUENCE and not all(map(_is_harmed, alone)):
            others = (self._in_turn(sequence, shift_id, begun) for sequence in permutations(first))
            best = min((best, *others), key=lambda one: _harm(one[0]))
        return tuple(sorted(best[0], key=lambda move: (move.priority, move.job_id))), best[1]

    def _in_turn(
        self, sequence: Sequence[Commitment], shift_id: int, begun: Mapping[int, CrewShift]
    ) -> tuple[tuple[Move, ...], dict[int, CrewShift]]:
        state = dict(begun)
        return tuple(self._move(self._jobs[c.job_id], c, shift_id, state) for c in sequence), state

    def _move(self, job: Job, was: Commitment, shift_id: int, state: dict[int, CrewShift]) -> Move:
        """Where the job goes; `state` is what the touched shifts hold, and holds the job there from now on."""
        start = was.window.start
        tentative = not any(a <= start <= b for a, b in self._slots.own(job, tentative=False))
        slot = self._best(job, start, shift_id, state, tentative=tentative)
        move = Move(job.id, job.number, job.priority, shift_id, start, was.window.end, None, start, was.window.end)
        if slot is None:
            return move
        holder = state.get(slot.shift_id, self._shifts[slot.shift_id])
        if checker.check(self._problem, job, holder, slot.start, tentative=tentative):
            return move
        self._put(state, holder, job, slot.start)
        waits = tentative and bool(checker.check(self._problem, job, holder, slot.start))
        late = makes_late(job, slot.start, start)
        end = slot.start + job.duration
        return replace(move, to_shift=slot.shift_id, to_start=slot.start, to_end=end, tentative=waits, late=late)

    def _put(self, state: dict[int, CrewShift], holder: CrewShift, job: Job, start: int) -> None:
        """Give the shift the job, and tell those that share people with it."""
        work = Commitment(job.id, job.number, Window(start, start + job.duration), job.place, job.feeder)
        state[holder.id] = sharing.with_work(holder, [work])
        linked = [state.get(shift_id, self._shifts[shift_id]) for shift_id in sorted(self._linked[holder.id])]
        for other in sharing.told((holder, *linked), {holder.id: [work]})[1:]:
            state[other.id] = other

    def _best(
        self, job: Job, start: int, shift_id: int, state: dict[int, CrewShift], *, tentative: bool
    ) -> Slot | None:
        """Later on the same crew, which knows the work, unless that makes it late and another crew would not."""
        here = self._slots.on(job, state[shift_id], wanted=start, not_before=start, tentative=tentative)
        if here is not None and not makes_late(job, here.start, start):
            return here
        others = [other for other in state.values() if other.id != shift_id]
        found = [self._slots.on(job, other, wanted=start, tentative=tentative) for other in others]
        found.append(self._slots.elsewhere(job, wanted=start, without=state.keys(), tentative=tentative))
        there = min((slot for slot in found if slot), key=lambda slot: (slot.cost, slot.shift_id), default=None)
        if here is None or (there is not None and not makes_late(job, there.start, start)):
            return there
        return here

    def _lane(self, after: CrewShift) -> ChangedShift:
        if after.id not in self._before:
            self._before[after.id] = self._visits(self._shifts[after.id])
        return ChangedShift(after.id, self._before[after.id], self._visits(after))

    def _visits(self, shift: CrewShift) -> tuple[DayStop, ...]:
        stops = [shift.base, *(c.place for c in shift.commitments)]
        drives = [self._slots.drive(a, b) for a, b in pairwise(stops)]
        return tuple(
            DayStop(c.job_id, c.number, c.window.start, c.window.end, drive)
            for c, drive in zip(shift.commitments, drives, strict=True)
        )

    def _driven(self, shift: CrewShift) -> int:
        stops: list[Place] = [shift.base, *(c.place for c in shift.commitments), shift.base]
        return sum(self._slots.drive(a, b) for a, b in pairwise(stops))
