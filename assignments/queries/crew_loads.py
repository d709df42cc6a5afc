"""Crews of a local day at this moment: who is on duty or on call, and what is left of each shift."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assignments import models
from assignments.queries import crew_days

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class CrewDuty:
    """A crew's shift that goes on, else its next one of the day, else its last one."""

    name: str
    on_call: bool
    starts_at: datetime
    ends_at: datetime
    now: datetime

    @property
    def is_now(self) -> bool:
        return self.starts_at <= self.now < self.ends_at

    @property
    def is_over(self) -> bool:
        return self.ends_at <= self.now


@dataclass(frozen=True, slots=True)
class CrewLoad:
    """Use of what is left of a crew's shifts of the day; those on call count in no sum."""

    duty: CrewDuty
    shift: timedelta
    """The whole of them."""
    left: timedelta
    work: timedelta
    """Of what is left."""
    travel: timedelta
    breaks: timedelta
    """As far as its work leaves room for them."""

    @property
    def free(self) -> timedelta:
        return max(timedelta(), self.left - self.work - self.travel - self.breaks)


@dataclass(frozen=True, slots=True)
class CrewsNow:
    loads: tuple[CrewLoad, ...]
    """By name of the crew."""
    on_call: tuple[CrewDuty, ...]
    """In order of their beginning, without those that are over."""

    @property
    def changes_at(self) -> Iterable[datetime]:
        """When shifts begin and end."""
        duties = [*(load.duty for load in self.loads), *self.on_call]
        return (at for one in duties for at in (one.starts_at, one.ends_at))


@dataclass(frozen=True, slots=True)
class CrewUse:
    """Use of a crew's regular shifts within some days: what they hold beside breaks, and how much of it has work."""

    shift: timedelta
    decided: timedelta
    """Work and drives of decisions."""
    planned: timedelta
    """The same with what the plan suggests beside them."""


def use_of(crew: crew_days.CrewDays, start: datetime, end: datetime) -> CrewUse:
    """Overtime counts in no part of it: the use of a shift ends with the shift."""
    shifts = _within(_merged((one.starts_at, one.ends_at) for one in crew.shifts if not one.on_call), [(start, end)])
    breaks = _together(_within(_merged((one.starts_at, one.ends_at) for one in crew.breaks), shifts))
    decided = [(one.departs_at, one.ends_at) for one in crew.assignments]
    planned = [(one.departs_at, one.suggestion.ends_at) for one in crew.planned]
    return CrewUse(
        shift=max(_together(shifts) - breaks, timedelta()),
        decided=_together(_within(_merged(decided), shifts)),
        planned=_together(_within(_merged(decided + planned), shifts)),
    )


def crews_now(district: models.District, start: datetime, end: datetime, now: datetime) -> CrewsNow:
    """The district's crews on the day [start, end), by the queries of its schedule."""
    found = crew_days.crews(district, start, end)
    regular = {one.crew.pk: [(s.starts_at, s.ends_at) for s in one.shifts if not s.on_call] for one in found}
    called = {one.crew.pk: [(s.starts_at, s.ends_at) for s in one.shifts if s.on_call] for one in found}
    duties = [_duty(one.crew.name, called[one.crew.pk], True, now) for one in found if called[one.crew.pk]]
    return CrewsNow(
        loads=tuple(_load(one, regular[one.crew.pk], (start, end), now) for one in found if regular[one.crew.pk]),
        on_call=tuple(sorted((one for one in duties if not one.is_over), key=lambda one: (one.starts_at, one.name))),
    )


def _duty(name: str, shifts: Sequence[Period], on_call: bool, now: datetime) -> CrewDuty:
    whole = _merged(shifts)
    shown = next((one for one in whole if one[1] > now), whole[-1])
    return CrewDuty(name, on_call, *shown, now)


def _load(crew: crew_days.CrewDays, shifts: Sequence[Period], day: Period, now: datetime) -> CrewLoad:
    today = _within(_merged(shifts), [day])
    left = _within(today, [(now, day[1])])
    work = _merged([(one.starts_at, one.ends_at) for one in crew.assignments])
    busy = _merged([(one.departs_at, one.ends_at) for one in crew.assignments])
    at_work = _together(_within(work, left))
    return CrewLoad(
        duty=_duty(crew.crew.name, shifts, False, now),
        shift=_together(today),
        left=_together(left),
        work=at_work,
        travel=_together(_within(busy, left)) - at_work,
        breaks=_together(_within([(one.starts_at, one.ends_at) for one in crew.breaks], left)),
    )


def _merged(periods: Iterable[Period]) -> list[Period]:
    """In order and without overlaps: a crew that is on shift twice is so once."""
    found: list[Period] = []
    for start, end in sorted(periods):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _within(periods: Iterable[Period], others: Sequence[Period]) -> list[Period]:
    pairs = ((max(start, begin), min(end, until)) for start, end in periods for begin, until in others)
    return [(start, end) for start, end in pairs if start < end]


def _together(periods: Iterable[Period]) -> timedelta:
    return sum((end - start for start, end in periods), timedelta())
