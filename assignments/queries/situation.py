"""Situation of a district at this moment of its local day, for the wall screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from assignments import models
from assignments.queries import crew_loads, days, permit_needs, whereabouts, work_queue
from assignments.queries.whereabouts import CrewState

CREWLESS = (CrewState.EMERGENCY, CrewState.SUGGESTED, CrewState.UNASSIGNED)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """One order of the day's queue."""

    number: str
    title: str
    standing: str
    due_at: datetime | None
    customers_out: int


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
    """Decisions of the day that no longer stand."""
    red_later: int
    """The number of those of later days."""
    lapsing: list[permit_needs.PermitEntry]
    """Permits of open work that are over before the day is."""
    dead: int
    """Write-backs that need a person."""
    customers_out: int
    crews: crew_loads.CrewsNow
    run: models.SuggestionRun | None


def situation(district: models.District, now: datetime) -> Situation:
    """By a constant number of queries."""
    day = days.today(district, now)
    start, end = days.period_of(day, district.zone)
    facts = ("number", "title", "standing", "due_at", "customers_out")
    queue = [OpenOrder(*row) for row in whereabouts.orders(district, day, now).values_list(*facts)]
    crewless = [one for one in queue if one.standing in CREWLESS]
    red = models.Assignment.objects.no_longer_standing().filter(order__district=district)
    dead = models.WriteBack.objects.about(district=district).filter(status=models.WriteBack.Status.DEAD)
    out = models.WorkOrder.objects.open().counted_once().filter(district=district).aggregate(total=Sum("customers_out"))
    return Situation(
        day=day,
        day_ends_at=end,
        standings={standing: sum(one.standing == standing for one in queue) for standing in CrewState},
        emergencies=[one for one in crewless if one.standing == CrewState.EMERGENCY],
        due=_due(crewless, end),
        red=list(red.overlapping(start, end).with_teams().select_related("order").order_by("starts_at", "pk")),
        red_later=red.filter(departs_at__gte=end).count(),
        lapsing=[one for one in permit_needs.register(district, now) if _lapses(one, now, end)],
        dead=dead.count(),
        customers_out=out["total"] or 0,
        crews=crew_loads.crews_now(district, start, end, now),
        run=work_queue.latest_run(district, day),
    )


def _due(crewless: list[OpenOrder], end: datetime) -> list[OpenOrder]:
    timed = [(one.due_at, one) for one in crewless if one.due_at and one.standing != CrewState.EMERGENCY]
    return [one for due_at, one in sorted(timed, key=lambda each: each[0]) if due_at < end]


def _lapses(entry: permit_needs.PermitEntry, now: datetime, end: datetime) -> bool:
    ends = entry.need in (permit_needs.Need.EXPIRING, permit_needs.Need.VALID) and entry.ends_at
    return bool(ends and now < ends <= end)
