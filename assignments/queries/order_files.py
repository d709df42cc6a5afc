"""Rows for the review of one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q

from assignments import models
from assignments.queries import days, followers, rings, true_reasons

_HISTORY = 50
_SEQUENCE = ("PROPOSED", "STALE", "REJECTED")
"""The states of the suggestions that a review lists."""


@dataclass(frozen=True, slots=True)
class CrewFile:
    """A crew on one local day."""

    crew: models.Crew
    memberships: tuple[models.CrewMembership, ...]
    """With the employee's held qualifications and the absences that touch the day."""
    equipment: tuple[models.Equipment, ...]
    """With the outages that touch the day."""
    shifts: tuple[models.Shift, ...]
    assignments: tuple[models.Assignment, ...]


@dataclass(frozen=True, slots=True)
class OrderFile:
    """An order as its review shows it, for one local day."""

    order: models.WorkOrder
    day: date
    suggestions: tuple[models.Suggestion, ...]
    """Of the newest run of the day that ranked the order: open, stale and rejected ones, best first."""
    rejections: tuple[models.Rejection, ...]
    """Rejections that hold on the day, the newest first."""
    assignment: models.Assignment | None
    prerequisites: tuple[models.WorkOrder, ...]
    ring: tuple[str, ...]
    """Numbers of the orders that wait for each other in a ring, its own first; empty where it is in none."""
    followers: tuple[followers.Follower, ...]
    history: tuple[models.AuditEntry, ...]
    permit_history: tuple[models.AuditEntry, ...]
    crews: Mapping[int, CrewFile]


def day_of(order: models.WorkOrder, now: datetime) -> date | None:
    """The local day of the order's live assignment, otherwise the first from today on for which a crew is suggested,
    otherwise the one for which crews were ranked for it last."""
    live = models.Assignment.objects.live().filter(order=order).values_list("starts_at", flat=True).first()
    if live:
        return days.local_day(live, order.district.zone)
    ranked = models.Suggestion.objects.filter(order=order)
    ahead = ranked.proposed().filter(run__day__gte=days.today(order.district, now)).order_by("run__day")
    day: date | None = ahead.values_list("run__day", flat=True).first()
    return day or ranked.order_by("-run__requested_at").values_list("run__day", flat=True).first()


def shifts_of(order: models.WorkOrder, shift_ids: Sequence[int]) -> list[models.Shift]:
    """The shifts on the roster of the order's district, in the sequence of their ids."""
    rows = models.Shift.objects.in_force().filter(crew__district=order.district_id) if shift_ids else None
    found = {} if rows is None else rows.select_related("crew").in_bulk(shift_ids)
    return [found[one] for one in dict.fromkeys(shift_ids) if one in found]


def order_file(order: models.WorkOrder, day: date, shifts: Collection[models.Shift] = ()) -> OrderFile:
    """The file of the order, and of the crews of `shifts` too, by a constant number of queries."""
    suggestions = _suggestions(order, day)
    period = days.period_of(day, order.district.zone)
    of_day = models.Rejection.objects.held().filter(order=order).between(*period)
    rejections = tuple(of_day.select_related("rejected_by"))
    held = {(one.shift_id, one.team) for one in rejections}
    live = models.Assignment.objects.live().leads().filter(order=order).with_teams()
    assignment = live.select_related("shift", "approved_by").first()
    crew_ids = {crew.pk for one in suggestions for crew in one.crews}
    crew_ids |= {one.crew_id for one in assignment.team} if assignment else set()
    crew_ids |= {one.crew_id for one in shifts}
    return OrderFile(
        order=order,
        day=day,
        suggestions=tuple(one for one in suggestions if (one.shift_id, one.team) not in held),
        rejections=rejections,
        assignment=assignment,
        prerequisites=(before := tuple(order.prerequisites.order_by("number"))),
        ring=rings.rings_of([order.pk] if before else []).get(order.pk, ()),
        followers=followers.followers(order),
        history=tuple(order.audit.exclude(object_type="permit")[:_HISTORY]),
        permit_history=_permit_history(order),
        crews=crew_files(crew_ids, day, order.district.zone),
    )


def _permit_history(order: models.WorkOrder) -> tuple[models.AuditEntry, ...]:
    """Of all its permits together, newest first."""
    ids = [str(permit.pk) for permit in order.every_permit]
    return tuple(models.AuditEntry.objects.filter(object_type="permit", object_id__in=ids)[:_HISTORY]) if ids else ()


def _suggestions(order: models.WorkOrder, day: date) -> tuple[models.Suggestion, ...]:
    shown = models.Suggestion.objects.filter(order=order, run__day=day, status__in=_SEQUENCE)
    newest = shown.order_by("-run__requested_at").values_list("run", flat=True).first()
    found = shown.filter(run=newest).with_teams().select_related("shift", "run")
    return tuple(true_reasons.pruned(sorted(found.ranked(), key=lambda one: _SEQUENCE.index(one.status))))


def crew_files(crew_ids: Collection[int], day: date, zone: ZoneInfo) -> Mapping[int, CrewFile]:
    """The crews on the day by id, by a constant number of queries."""
    start, end = days.period_of(day, zone)
    memberships = _memberships(crew_ids, start, end)
    equipment: dict[int | None, list[models.Equipment]] = defaultdict(list)
    outages = models.EquipmentOutage.objects.filter(starts_at__lt=end, ends_at__gt=start)
    for tool in models.Equipment.objects.filter(crew__in=crew_ids).prefetch_related(
        Prefetch("outages", queryset=outages, to_attr="of_day")
    ):
        equipment[tool.crew_id].append(tool)
    shifts: dict[int, list[models.Shift]] = defaultdict(list)
    for shift in models.Shift.objects.in_force().overlapping(start, end).filter(crew__in=crew_ids):
        shifts[shift.crew_id].append(shift)
    assignments: dict[int, list[models.Assignment]] = defaultdict(list)
    live = models.Assignment.objects.live().overlapping(start, end).filter(crew__in=crew_ids)
    for assignment in live.select_related("order").order_by("starts_at"):
        assignments[assignment.crew_id].append(assignment)
    return {
        crew.pk: CrewFile(
            crew=crew,
            memberships=tuple(memberships[crew.pk]),
            equipment=tuple(equipment[crew.pk]),
            shifts=tuple(shifts[crew.pk]),
            assignments=tuple(assignments[crew.pk]),
        )
        for crew in models.Crew.objects.filter(pk__in=crew_ids)
    }


def _memberships(
    crew_ids: Collection[int], start: datetime, end: datetime
) -> Mapping[int, list[models.CrewMembership]]:
    held = models.HeldQualification.objects.select_related("qualification").order_by("qualification__code")
    absences = models.Absence.objects.in_force().filter(starts_at__lt=end, ends_at__gt=start)
    found: dict[int, list[models.CrewMembership]] = defaultdict(list)
    rows = models.CrewMembership.objects.overlapping(start, end).filter(Q(crew__in=crew_ids), employee__active=True)
    for row in rows.order_by("employee__name").prefetch_related(
        "employee",
        Prefetch("employee__held_qualifications", queryset=held),
        Prefetch("employee__absences", queryset=absences, to_attr="of_day"),
    ):
        found[row.crew_id].append(row)
    return found
