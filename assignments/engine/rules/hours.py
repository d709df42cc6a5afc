"""Of each person of a crew: how long on duty before a job, and until when they may go on."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from assignments.engine.domain.problem import Member, Window
from assignments.engine.rules import staffing
from assignments.engine.rules.case import Case

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Times in seconds since the horizon's start."""

    member: Member
    worked: int
    """Seconds of duty in the 24 hours before the work."""
    until: int
    """Until when the rest rule lets them work, to the minute; the start of the work when they are owed rest by then."""
    owed: tuple[Window, ...]
    """The rest that earlier duty earned, as far as it lies in the day before the shift ends."""


def of_people(case: Case) -> tuple[Hours, ...]:
    """Of each member, in the shift's order; how long they may go on is asked of the rule itself."""
    return tuple(_of(member, case) for member in case.shift.members)


def _of(member: Member, case: Case) -> Hours:
    shift, rules, start = case.shift, case.rules, case.start
    called = staffing.called_for(case)

    def is_too_long(minutes: int) -> bool:
        work = Window(start, start + minutes * _MINUTE)
        return not staffing.is_rested(member, shift, work, called, rules)

    allowed = bisect_left(range(staffing.DAY // _MINUTE + 1), True, key=is_too_long) - 1
    today = [] if shift.on_call else staffing.on_duty(shift, min(shift.window.start, start), start, rules)
    duty = [*member.worked, *today]
    worked = staffing.worked_within(staffing.merged(duty), start - staffing.DAY, start)
    earned = (Window(w.end, w.end + rules.min_rest) for w in staffing.merged(member.worked))
    owed = tuple(w for w in earned if shift.window.start - staffing.DAY < w.end and w.start < shift.window.end)
    return Hours(member, worked, start + max(0, allowed) * _MINUTE, owed)
