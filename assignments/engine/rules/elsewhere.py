"""The hard rule about people who are in two crews: nobody works with both at once.

Unlike an absence, which a crew may do without, work with another crew is not a fact about the person but a decision
that took them: so nobody is given out twice, even where the rest of the crew would be enough. Who should stay with the
other crew is taken off this one for the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assignments.engine.domain.problem import FOREVER, Booking, CrewShift, Job, Member, Problem
from assignments.engine.domain.sharing import is_there
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Value
from assignments.engine.rules.case import Case, overlaps
from assignments.engine.rules.spans import EVER, Span, intersect, unite
from assignments.engine.rules.staffing import Broken


def is_shared(shift: CrewShift) -> bool:
    """Whether anybody of the crew has work with another one."""
    return any(member.booked for member in shift.members)


def clashes(case: Case) -> Iterator[tuple[Member, Booking]]:
    """The people that the work would want while they work with another crew, or drive from there or to it."""
    for member in case.shift.members:
        if member.booked and is_there(member, case.work):
            for other in member.booked:
                if other.job_id != case.job.id and not _has_time(case, other):
                    yield member, other


def _has_time(case: Case, other: Booking) -> bool:
    if other.window.end <= case.start:
        return other.window.end + case.travel.seconds(other.place, case.job.place) <= case.start
    onward = case.travel.seconds(case.job.place, other.place)
    return case.end + onward <= other.window.start


def check_elsewhere(case: Case) -> Broken | None:
    """Nobody with two crews at once, and time to drive from the work of the one to that of the other."""
    found = min(clashes(case), key=lambda one: (one[1].window, one[0].name, one[1].number), default=None)
    if found is None:
        return None
    member, other = found
    values: dict[str, Value] = {"name": member.name, "crew": other.crew, "number": other.number}
    values |= {"from": other.window.start, "until": other.window.end}
    if overlaps(other.window, case.work):
        return "{name} works with {crew} on {number} from {from:time} to {until:time}.", values
    if other.window.end <= case.start:
        template = "{name} finishes {number} with {crew} at {until:time} and needs {drive:duration} from there."
        return template, values | {"drive": case.travel.seconds(other.place, case.job.place)}
    template = "{name} starts {number} with {crew} at {from:time} and needs {drive:duration} to get there."
    return template, values | {"drive": case.travel.seconds(case.job.place, other.place)}


def free_starts(problem: Problem, job: Job, shift: CrewShift) -> Sequence[Span]:
    """The starts that the rule allows."""
    spans: Sequence[Span] = EVER
    travel, last = Travel.of(problem), job.duration
    for member in shift.members:
        # The rule leaves out those who are away then.
        away = [(w.start - last + 1, w.end - 1) for w in member.absences]
        for other in member.booked:
            if other.job_id == job.id:
                continue
            before = -FOREVER, other.window.start - travel.seconds(job.place, other.place) - last
            after = other.window.end + travel.seconds(other.place, job.place), FOREVER
            spans = intersect(spans, unite(one for one in (before, after, *away) if one[0] <= one[1]))
    return spans
