"""Emergency page: crews that could be there sooner if a manager answered for a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assignments.engine.emergencies import calls
from assignments.presenters.review import override_form
from assignments.presenters.shared import words
from assignments.queries import days
from assignments.services import emergencies
from assignments.services.runs import explaining


@dataclass(frozen=True, slots=True)
class CalledCrew:
    """A crew that a manager would have to answer for."""

    shift: int
    crew: str
    hours: words.Span
    on_call: bool
    how: str
    """`held over`"""
    arrives: words.ShownTime
    relative: str
    leaves: words.ShownTime
    travel: str
    tentative: bool
    broken: tuple[override_form.Broken, ...]


def crews(found: emergencies.Offers, *, now: datetime) -> list[CalledCrew]:
    """Crews that could be there before every other one, if a manager answered for a rule; the soonest first."""
    return [_called(found, call, now) for call in emergencies.call_outs(found)]


def _called(found: emergencies.Offers, call: calls.CallOut, now: datetime) -> CalledCrew:
    snapshot, day = found.snapshot, days.local_day(found.seen_at, found.snapshot.zone)
    shift, starts_at = snapshot.shifts[call.shift_id], snapshot.at(call.start)
    return CalledCrew(
        shift=shift.pk,
        crew=shift.crew.name,
        hours=words.span(shift.starts_at, shift.ends_at, snapshot.zone, day),
        on_call=shift.on_call,
        how=_how(call),
        arrives=words.moment(starts_at, snapshot.zone, day),
        relative=words.relative(starts_at, now),
        leaves=words.moment(snapshot.at(call.depart), snapshot.zone, day),
        travel=words.length(call.travel // 60),
        tentative=call.tentative,
        broken=tuple(override_form.broken(explaining.obstacle(one, snapshot)) for one in call.violations),
    )


def _how(call: calls.CallOut) -> str:
    if call.before_shift:
        return "called in early"
    return "held over" if call.after_shift else "while on shift"
