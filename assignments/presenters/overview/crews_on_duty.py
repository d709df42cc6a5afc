"""Crews on the wall screen: until when they are on duty or on call, and what is left of their shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from assignments.presenters.shared import words
from assignments.queries import crew_loads


@dataclass(frozen=True, slots=True)
class CrewDay:
    """A crew's shifts of the day: parts in percent, and the same in words."""

    name: str
    duty: str
    """From when, until when, or since when no more."""
    is_now: bool
    over: int
    """Gone by."""
    work: int
    """Of what is left, as are the others."""
    travel: int
    rest: int
    text: str
    free: str

    @property
    def travel_from(self) -> int:
        return self.over + self.work

    @property
    def rest_from(self) -> int:
        return self.travel_from + self.travel


@dataclass(frozen=True, slots=True)
class OnCall:
    name: str
    is_now: bool
    duty: str


def bar(load: crew_loads.CrewLoad, zone: ZoneInfo, day: date) -> CrewDay:
    parts = [f"{_hours(load.work)} work", f"{_hours(load.travel)} drive"]
    parts += [f"{_hours(load.breaks)} break"] if load.breaks else []
    parts.append(f"{_hours(load.free)} free")
    over = load.shift - load.left
    duty = _duty(load.duty, zone, day)
    return CrewDay(
        name=load.duty.name,
        duty=duty,
        is_now=load.duty.is_now,
        over=_percent(over, load.shift),
        work=_percent(load.work, load.shift),
        travel=_percent(load.travel, load.shift),
        rest=_percent(load.breaks, load.shift),
        text=f"{duty}; {', '.join(parts) if load.left else 'nothing left'}" + (" left" if over and load.left else ""),
        free=_hours(load.free) if load.left else "–",
    )


def on_call(duty: crew_loads.CrewDuty, zone: ZoneInfo, day: date) -> OnCall:
    start, end = (words.moment(at, zone, day).text for at in (duty.starts_at, duty.ends_at))
    return OnCall(duty.name, duty.is_now, f"{'since' if duty.is_now else 'from'} {start}, until {end}")


def use(loads: Sequence[crew_loads.CrewLoad]) -> str:
    """In one sentence what is left of all crews together."""
    if not loads:
        return ""
    left, free = (sum((getattr(one, name) for one in loads), timedelta()) for name in ("left", "free"))
    here = sum(one.duty.is_now for one in loads)
    if not left:
        return f"{words.count(len(loads), 'crew')}, all shifts of today are over"
    return f"{here} of {words.count(len(loads), 'crew')} on duty, {_hours(free)} of {_hours(left)} left are free"


def _duty(duty: crew_loads.CrewDuty, zone: ZoneInfo, day: date) -> str:
    start, end = (words.moment(at, zone, day).text for at in (duty.starts_at, duty.ends_at))
    if duty.is_over:
        return f"off since {end}"
    return f"until {end}" if duty.is_now else f"from {start}"


def _percent(part: timedelta, whole: timedelta) -> int:
    return round(100 * (part / whole)) if whole else 0


def _hours(span: timedelta) -> str:
    return words.length(span // timedelta(minutes=1))
