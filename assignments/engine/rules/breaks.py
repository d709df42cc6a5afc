"""The hard rule about meal and rest breaks: the work of a shift leaves room for each that its agreement gives.

Breaks are taken one after another, in the order of their latest times. In the field a crew rests where it is, also on
its way, so a break may part a drive; for one at the base the time between two pieces of work holds the drives as well.
Each is laid at the first second that is left: for breaks in a fixed order nothing fits better.

What approved work has taken already, by an override or before the rule was set, is not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assignments.engine.domain.problem import Break, Commitment, CrewShift, Place, Problem, RuleData, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Value
from assignments.engine.rules import crew_day
from assignments.engine.rules.case import Case
from assignments.engine.rules.staffing import Broken

Drive = Callable[[Place, Place], int]
"""Seconds from place to place."""


class Pause(NamedTuple):
    """The time between two pieces of a shift's work, or its base."""

    free: int
    """When all work before it is over."""
    origin: Place
    due: int
    """When the crew must have arrived at `to`."""
    to: Place


@dataclass(frozen=True, slots=True)
class Resting:
    """Where a crew is after some breaks of a pause, and from when on it may drive or work."""

    free: int
    """When it would be ready to drive had it driven for as long as it waited for the breaks."""
    busy: int
    """End of the last break."""
    place: Place

    def after(self, one: Break, shift: CrewShift, drive: Drive) -> Resting | None:
        """Its state after one break more; None when that would begin too late."""
        begin = shift.window.start
        if one.at_base:
            home = max(self.busy, self.free + drive(self.place, shift.base), begin + one.earliest)
            end = home + one.length
            return Resting(end, end, shift.base) if home <= begin + one.latest else None
        at = max(self.busy, begin + one.earliest)
        return Resting(self.free + one.length, at + one.length, self.place) if at <= begin + one.latest else None

    def reaches(self, place: Place, drive: Drive) -> int:
        """The soonest arrival."""
        return max(self.free + drive(self.place, place), self.busy)


@dataclass(frozen=True, slots=True)
class Laid:
    """A break where there is room for it."""

    rest: Break
    window: Window


def pauses(shift: CrewShift, rules: RuleData, work: Sequence[Commitment]) -> Iterator[Pause]:
    """The pauses beside this work, which is in order of time; one more than there are pieces of it."""
    free, origin = shift.window.start, shift.base
    for one in work:
        yield Pause(free, origin, one.window.start, one.place)
        free, origin = max(free, one.window.end), one.place
    yield Pause(free, origin, crew_day.latest_return(shift, rules), shift.base)


def laid(rests: Sequence[Break], shift: CrewShift, found: Sequence[Pause], drive: Drive) -> list[Laid]:
    """The breaks as far as they fit into the pauses, one after another; what comes after the first that does not is not
    looked at."""
    result: list[Laid] = []
    for pause in found:
        state: Resting | None = Resting(pause.free, pause.free, pause.origin)
        tried: list[Laid] = []
        # Told roads may make the way by the base the shorter one: then several fit where the first alone does not.
        for one in rests[len(result) :]:
            state = state.after(one, shift, drive) if state else None
            if state is None:
                break
            tried.append(Laid(one, Window(state.busy - one.length, state.busy)))
            if state.reaches(pause.to, drive) <= pause.due:
                result += tried
                tried = []
    return result


def owed(shift: CrewShift, rules: RuleData, work: Sequence[Commitment], drive: Drive) -> tuple[Laid, ...]:
    """The breaks for which the work leaves room, where it does: those that further work may not take."""
    given = rules.breaks_of(shift)
    found: list[Laid] = []
    between = list(pauses(shift, rules, work)) if given else []
    for one in given:
        more = laid([*(it.rest for it in found), one], shift, between, drive)
        found = more if len(more) > len(found) else found
    return tuple(found)


def of_shift(problem: Problem, shift: CrewShift) -> tuple[Laid, ...]:
    """The breaks of the shift beside its commitments."""
    return owed(shift, problem.rules, shift.commitments, Travel.of(problem).seconds)


def first_missing(case: Case) -> Break | None:
    """The first break that the work leaves no room for, though the approved work of the shift does."""
    if not case.rules.breaks:
        return None
    shift, rules, drive = case.shift, case.rules, case.travel.seconds
    approved = [one for one in shift.commitments if one.job_id != case.job.id]
    wanted = [one.rest for one in owed(shift, rules, approved, drive)]
    if not wanted:
        return None
    work = Commitment(case.job.id, case.job.number, case.work, case.job.place)
    # What begins at the same second as the work comes before it, as `Case.before` has it.
    at = sum(one.window.start <= case.start for one in case.commitments)
    beside = [*case.commitments[:at], work, *case.commitments[at:]]
    room = laid(wanted, shift, list(pauses(shift, rules, beside)), drive)
    return wanted[len(room)] if len(room) < len(wanted) else None


def check_break(case: Case) -> Broken | None:
    """Room for every break that the shift owes."""
    missing = first_missing(case)
    if missing is None:
        return None
    begin = case.shift.window.start
    values: dict[str, Value] = {"crew": case.shift.crew, "break": missing.name, "length": missing.length}
    values |= {"from": begin + missing.earliest, "until": begin + missing.latest}
    where = " at its base" if missing.at_base else ""
    template = "{crew} would have no room for its {break}: {length:duration}" + where
    return template + ", begun between {from:time} and {until:time}.", values
