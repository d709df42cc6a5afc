"""Positions on the map of one district and one local day: its orders and its crews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Value, When

from assignments import models
from assignments.models.orders import WorkOrderQuerySet
from assignments.queries import days, work_queue


class CrewState(StrEnum):
    """State of an order's crewing; the first that is true counts."""

    RED = "red"
    """Assigned on something that no longer holds."""
    ASSIGNED = "assigned"
    ELSEWHERE = "elsewhere"
    """Scheduled or under way, though not by Lineup."""
    EMERGENCY = "emergency"
    """An emergency that has no crew."""
    SUGGESTED = "suggested"
    UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class CrewOfDay:
    crew: models.Crew
    shifts: tuple[models.Shift, ...]
    current: models.Assignment | None
    """The job the crew works on, or drives to, at this moment."""


@dataclass(frozen=True, slots=True)
class CrewsOfDay:
    crews: tuple[CrewOfDay, ...]
    changes_at: datetime | None
    """When the next crew sets out, begins or ends by its plan."""


def orders(district: models.District, day: date, now: datetime) -> WorkOrderQuerySet:
    """The board's queue of the day, each row with its `standing`."""
    red = models.Assignment.objects.no_longer_standing().filter(order=OuterRef("pk"))
    emergency = models.WorkOrder.Priority.EMERGENCY
    standing = Case(
        When(Exists(red), then=Value(CrewState.RED.value)),
        When(decided=True, then=Value(CrewState.ASSIGNED.value)),
        When(~Q(status__in=models.WorkOrder.ASSIGNABLE), then=Value(CrewState.ELSEWHERE.value)),
        When(urgency=emergency, then=Value(CrewState.EMERGENCY.value)),
        When(suggested=True, then=Value(CrewState.SUGGESTED.value)),
        default=Value(CrewState.UNASSIGNED.value),
        output_field=CharField(),
    )
    # The stubs forget the class of the queue, which knows annotated names.
    return work_queue.queue(district, day, now).annotate(standing=standing)  # type: ignore[return-value]


def counts(found: WorkOrderQuerySet) -> Mapping[str, int]:
    """Number of these orders in each state, by one query."""
    return dict(found.order_by().values_list("standing").annotate(Count("pk")))


def crews(district: models.District, day: date, now: datetime) -> CrewsOfDay:
    """The crews that have a shift on the day, by two queries; what they do at this moment, when that is the day."""
    start, end = days.period_of(day, district.zone)
    shifts: dict[models.Crew, list[models.Shift]] = defaultdict(list)
    rostered = models.Shift.objects.in_force().overlapping(start, end).filter(crew__district=district)
    for shift in rostered.select_related("crew").order_by("crew__name", "starts_at"):
        shifts[shift.crew].append(shift)
    live = models.Assignment.objects.live().overlapping(start, end)
    taken = list(live.filter(crew__district=district, order__district=district).select_related("order"))
    work: dict[int, list[models.Assignment]] = defaultdict(list)
    for one in taken:
        work[one.crew_id].append(one)
    is_today = start <= now < end
    moments = (at for one in taken for at in (one.departs_at, one.starts_at, one.ends_at))
    return CrewsOfDay(
        crews=tuple(
            CrewOfDay(crew, tuple(own), _current(work[crew.pk], now) if is_today else None)
            for crew, own in shifts.items()
        ),
        changes_at=min((at for at in moments if at > now), default=None) if is_today else None,
    )


def _current(work: list[models.Assignment], now: datetime) -> models.Assignment | None:
    """The job reported as under way, else the planned one at this moment."""
    reported = [one for one in work if one.order.status == models.WorkOrder.Status.IN_PROGRESS]
    planned = [one for one in work if one.departs_at <= now < one.ends_at]
    return max(reported or planned, key=lambda one: one.starts_at, default=None)
