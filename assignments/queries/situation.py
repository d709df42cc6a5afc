"""Situation of a district at this moment of its local day, for the wall screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from assignments import models
from assignments.queries import crew_days, days, permit_needs, whereabouts, work_queue
from assignments.queries.whereabouts import CrewState

CREWLESS = (CrewState.EMERGENCY, CrewState.SUGGESTED, CrewState.UNASSIGNED)
Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """One order of the day's queue."""

    number: str
    title: str
    standing: str
    due_at: datetime | None
    customers_out: int


@dataclass(frozen=True, slots=True)
class CrewLoad:
    """Use of a crew's shifts of the day."""

    name: str
    on_call: bool
    """Whether it has no other shift than on call."""
    shift: timedelta
    work: timedelta
    travel: timedelta

    @property
    def free(self) -> timedelta:
        return self.shift - self.work - self.travel


@dataclass(frozen=True, slots=True)
class Situation:
    day: date
    day_ends_at: datetime
    standings: Mapping[str, int]
    emergencies: list[OpenOrder]
    """Without a crew."""
    due: list[OpenOrder]
    """Without a crew and due before the day is over, or late; emergencies have a list of their own."""
    red: list[models.Assignment]
    lapsing: list[permit_needs.PermitEntry]
    """Permits of open work that are over before the day is."""
    dead: int
    """Write-backs that need a person."""
    customers_out: int
    loads: list[CrewLoad]
    run: models.SuggestionRun | None


def situation(district: models.District, now: datetime) -> Situation:
    """By a constant number of queries."""
    day = days.today(district, now)
    start, end = days.period_of(day, district.zone)
    facts = ("number", "title", "standing", "due_at", "customers_out")
    queue = [OpenOrder(*row) for row in whereabouts.orders(district, day, now).values_list(*facts)]
    crewless = [one for one in queue if one.standing in CREWLESS]
    live = models.Assignment.objects.live().leads().filter(order__district=district)
    dead = models.WriteBack.objects.filter(assignment__order__district=district, status=models.WriteBack.Status.DEAD)
    out = models.WorkOrder.objects.open().filter(district=district).aggregate(total=Sum("customers_out"))
    return Situation(
        day=day,
        day_ends_at=end,
        standings={standing: sum(one.standing == standing for one in queue) for standing in CrewState},
        emergencies=[one for one in crewless if one.standing == CrewState.EMERGENCY],
        due=_due(crewless, end),
        red=list(live.exclude(red_cause="").with_teams().select_related("order").order_by("starts_at", "pk")),
        lapsing=[one for one in permit_needs.register(district, now) if _lapses(one, now, end)],
        dead=dead.count(),
        customers_out=out["total"] or 0,
        loads=[load for one in crew_days.crews(district, start, end) if (load := _load(one, (start, end)))],
        run=work_queue.latest_run(district, day),
    )


def _due(crewless: list[OpenOrder], end: datetime) -> list[OpenOrder]:
    timed = [(one.due_at, one) for one in crewless if one.due_at and one.standing != CrewState.EMERGENCY]
    return [one for due_at, one in sorted(timed, key=lambda each: each[0]) if due_at < end]


def _lapses(entry: permit_needs.PermitEntry, now: datetime, end: datetime) -> bool:
    ends = entry.need in (permit_needs.Need.EXPIRING, permit_needs.Need.VALID) and entry.ends_at
    return bool(ends and now < ends <= end)


def _load(crew: crew_days.CrewDays, day: Period) -> CrewLoad | None:
    regular = [one for one in crew.shifts if not one.on_call]
    shifts = _merged([(one.starts_at, one.ends_at) for one in regular or crew.shifts], day)
    if not shifts:
        return None
    return CrewLoad(
        name=crew.crew.name,
        on_call=not regular,
        shift=_together(shifts),
        work=_together(_within(_merged([(one.starts_at, one.ends_at) for one in crew.assignments], day), shifts)),
        travel=_together(_within(_merged([(one.departs_at, one.starts_at) for one in crew.assignments], day), shifts)),
    )


def _merged(periods: list[Period], day: Period) -> list[Period]:
    """Within the day, in order, without overlaps: a crew that is on shift twice is so once."""
    found: list[Period] = []
    for start, end in sorted((max(start, day[0]), min(end, day[1])) for start, end in periods):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def _within(periods: list[Period], shifts: list[Period]) -> list[Period]:
    pairs = ((max(start, begin), min(end, until)) for start, end in periods for begin, until in shifts)
    return [(start, end) for start, end in pairs if start < end]


def _together(periods: list[Period]) -> timedelta:
    return sum((end - start for start, end in periods), timedelta())
