"""Starts that leave room for the breaks of a shift: the fast equal of `breaks.check_break`, for many jobs at once.

Beside the commitments, the breaks before a gap fit where they are laid as soon as possible, and those after it from the
first on with which the rest still fits. What lies between has to fit into the gap, before the work or after it: one
span of starts for each way to part them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, CrewShift, Place, Problem
from assignments.engine.domain.travel import Seconds, Travel
from assignments.engine.rules import breaks
from assignments.engine.rules.breaks import Pause, Resting
from assignments.engine.rules.spans import EVER, Span, unite

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drives:
    """Seconds of driving by job: from the work before the gap and on to that after it, and from the base and to it."""

    inward: Seconds
    onward: Seconds
    from_base: Seconds
    to_base: Seconds


@dataclass(frozen=True, slots=True)
class _Bound:
    """Bounds on the end of the work: to drive by, and to begin a break by."""

    drive_by: int
    end_by: int
    to_base: bool


class Room:
    """Room for breaks in the gaps between the commitments of one shift."""

    def __init__(self, problem: Problem, shift: CrewShift) -> None:
        self._shift, self._drive = shift, Travel.of(problem).seconds
        self._rests = [laid.rest for laid in breaks.of_shift(problem, shift)] if problem.rules.breaks else []
        if not self._rests:
            return
        self._pauses = list(breaks.pauses(shift, problem.rules, shift.commitments))
        self._before = [self._fit(0, self._pauses[:at]) for at in range(len(self._pauses))]
        after = [self._pauses[at + 1 :] for at in range(len(self._pauses))]
        total = len(self._rests)
        self._after = [next(n for n in count() if n + self._fit(n, rest) == total) for rest in after]

    def __bool__(self) -> bool:
        """Whether any break is owed."""
        return bool(self._rests)

    def _fit(self, first: int, pauses: list[Pause]) -> int:
        return len(breaks.laid(self._rests[first:], self._shift, pauses, self._drive))

    def spans(self, gap: int, duration: Times, drives: Drives) -> tuple[Times, Times]:
        """First and last starts in the gap, shape (jobs, spans): in order, disjoint, empty ones with last < first."""
        found = list(self._partings(gap, duration, drives))
        if not found:
            return np.full((len(duration), 1), FOREVER), np.full((len(duration), 1), -FOREVER)
        first, last = (np.stack(ends, axis=1) for ends in zip(*found, strict=True))
        empty = first > last
        first, last = np.where(empty, FOREVER, first), np.where(empty, -FOREVER, last)
        order = np.argsort(first, axis=1, kind="stable")
        first, last = np.take_along_axis(first, order, axis=1), np.take_along_axis(last, order, axis=1)
        reached = np.maximum.accumulate(last, axis=1)
        first[:, 1:] = np.maximum(first[:, 1:], reached[:, :-1] + 1)
        return first, last

    def _partings(self, gap: int, duration: Times, drives: Drives) -> Iterator[tuple[Times, Times]]:
        first, last = self._before[gap], self._after[gap]
        if first >= last:
            yield np.full(len(duration), EVER[0][0]), np.full(len(duration), EVER[0][1])
            return
        for parting in range(first, last + 1):
            before, after = self._resting(gap, first, parting), self._bound(gap, parting, last)
            if before is None or after is None:
                continue
            inward = drives.from_base if before.place is self._shift.base else drives.inward
            onward = drives.to_base if after.to_base else drives.onward
            soonest = np.maximum(before.free + inward, before.busy)
            if parting == first:
                # Without a break before it, the way to the work is the drive's own rule, which knows of work at once.
                soonest = np.full(len(duration), EVER[0][0])
            yield soonest.astype(np.int64), np.minimum(after.drive_by - onward, after.end_by) - duration

    def one(self, gap: int, duration: int, drives: tuple[int, int, int, int]) -> list[Span]:
        """The starts of one job in the gap; the drives are those of `Drives`."""
        alone = Drives(*(np.array([drive], dtype=np.int32) for drive in drives))
        first, last = self.spans(gap, np.array([duration]), alone)
        return unite((a, b) for a, b in zip(first[0].tolist(), last[0].tolist(), strict=True) if a <= b)

    def of_place(self, gap: int, duration: int, place: Place) -> list[Span]:
        """The starts of work at the place in the gap."""
        pause, base, drive = self._pauses[gap], self._shift.base, self._drive
        ways = (drive(pause.origin, place), drive(place, pause.to), drive(base, place), drive(place, base))
        return self.one(gap, duration, ways)

    def _resting(self, gap: int, first: int, parting: int) -> Resting | None:
        """The crew after the breaks before the work; None where they come too late."""
        pause = self._pauses[gap]
        state: Resting | None = Resting(pause.free, pause.free, pause.origin)
        for one in self._rests[first:parting]:
            state = state.after(one, self._shift, self._drive) if state else None
        return state

    def _bound(self, gap: int, parting: int, last: int) -> _Bound | None:
        """The bounds that the breaks after the work leave; None where these do not fit whatever the work."""
        due, begin = self._pauses[gap].due, self._shift.window.start
        drive_by, end_by, to_base, onward = due, due, False, self._pauses[gap].to
        for one in reversed(self._rests[parting:last]):
            end = end_by
            if one.at_base:
                end = min(end, drive_by - self._drive(self._shift.base, onward))
            if begin + one.earliest + one.length > end:
                return None
            end_by = min(begin + one.latest, end - one.length)
            drive_by = end_by if one.at_base else drive_by - one.length
            to_base, onward = to_base or one.at_base, self._shift.base if one.at_base else onward
        return _Bound(drive_by, end_by, to_base)
