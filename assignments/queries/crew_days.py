"""Rows of the schedule: the crews of a district over some days, with shifts, absences, work and suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q

from assignments import models
from assignments.models import districts
from assignments.queries.rests import Breaks, KnownWork, ShiftBreak

Status = models.Assignment.Status
_SHOWN = (*models.Assignment.LIVE, Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class Away:
    """A person of the crew who is absent."""

    person: str
    absence: models.Absence


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """Work of the crew in the current plan, alone or beside others."""

    suggestion: models.Suggestion
    departs_at: datetime


@dataclass(frozen=True, slots=True)
class CrewDays:
    """One row of the schedule, each list in order of time."""

    crew: models.Crew
    shifts: list[models.Shift] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    assignments: list[models.Assignment] = field(default_factory=list)
    """Each says by annotation whether it is done `together` with other crews."""
    planned: list[PlannedWork] = field(default_factory=list)
    """Chosen by the current plan and not decided yet."""
    breaks: list[ShiftBreak] = field(default_factory=list)
    """Where all of this work leaves room for them."""


def crews(
    district: models.District, start: datetime, end: datetime, order_ids: Collection[int] | None = None
) -> list[CrewDays]:
    """The active crews of the district in [start, end), by name, by a constant number of queries.

    `order_ids` takes only the crews that have, or have had, to do with these orders.
    """
    rows = models.Crew.objects.filter(district=district, active=True)
    if order_ids is not None:
        rows = rows.filter(_concerned(order_ids))
    found = {crew.pk: CrewDays(crew) for crew in rows.order_by("name", "pk")}
    of_crews = Q(crew__in=found)
    for shift in models.Shift.objects.in_force().overlapping(start, end).filter(of_crews).order_by("starts_at"):
        found[shift.crew_id].shifts.append(shift)
    for crew_id, away in _away(found, start, end).items():
        found[crew_id].away.extend(away)
    work = models.Assignment.objects.overlapping(start, end).filter(of_crews, status__in=_SHOWN)
    others = models.Assignment.objects.live().filter(order=OuterRef("order")).exclude(pk=OuterRef("pk"))
    work = work.annotate(together=Exists(others))
    for assignment in work.select_related("lead", *districts.with_rules("order__district")).order_by("starts_at", "pk"):
        found[assignment.crew_id].assignments.append(assignment)
    for crew_id, one in _planned(found, start, end):
        found[crew_id].planned.append(one)
    agreed = Breaks(district.rules_in_force)
    for row in found.values():
        known = _work(row)
        row.breaks.extend(one for shift in row.shifts for one in agreed.of(row.crew, shift, known))
    return list(found.values())


def _work(row: CrewDays) -> list[KnownWork]:
    decided = [KnownWork(one.order, one.departs_at, one.starts_at, one.ends_at) for one in row.assignments]
    planned = ((one.departs_at, one.suggestion) for one in row.planned)
    return decided + [KnownWork(one.order, departs_at, one.starts_at, one.ends_at) for departs_at, one in planned]


def _concerned(order_ids: Collection[int]) -> Q:
    decided = models.Assignment.objects.filter(order__in=order_ids, crew=OuterRef("pk"))
    suggested = models.Suggestion.objects.filter(order__in=order_ids, in_plan=True, crew=OuterRef("pk"))
    beside = models.FurtherCrew.objects.filter(suggestion__order__in=order_ids, crew=OuterRef("pk"))
    return Q(Exists(decided)) | Q(Exists(suggested)) | Q(Exists(beside))


def _away(crew_ids: Collection[int], start: datetime, end: datetime) -> dict[int, list[Away]]:
    absences = models.Absence.objects.in_force().filter(starts_at__lt=end, ends_at__gt=start).order_by("starts_at")
    members = models.CrewMembership.objects.overlapping(start, end).filter(crew__in=crew_ids, employee__active=True)
    members = members.select_related("employee").order_by("employee__name", "pk")
    found: dict[int, list[Away]] = defaultdict(list)
    for row in members.prefetch_related(Prefetch("employee__absences", queryset=absences, to_attr="away")):
        for one in row.employee.away:  # type: ignore[attr-defined]  # a prefetch
            if row.starts_at < one.ends_at and (row.ends_at is None or row.ends_at > one.starts_at):
                found[row.crew_id].append(Away(row.employee.name, one))
    return found


def _planned(crew_ids: Collection[int], start: datetime, end: datetime) -> list[tuple[int, PlannedWork]]:
    live = models.Assignment.objects.live().filter(order=OuterRef("order"))
    rows = models.Suggestion.objects.proposed().filter(~Exists(live), in_plan=True, ends_at__gt=start)
    leads = rows.filter(crew__in=crew_ids, departs_at__lt=end)
    leads = leads.select_related(*districts.with_rules("order__district")).order_by("starts_at", "pk")
    found = [(row.crew_id, PlannedWork(row, row.departs_at)) for row in leads]
    beside = models.FurtherCrew.objects.filter(suggestion__in=rows, crew__in=crew_ids, departs_at__lt=end)
    beside = beside.select_related(*districts.with_rules("suggestion__order__district")).order_by(
        "suggestion__starts_at", "pk"
    )
    return found + [(row.crew_id, PlannedWork(row.suggestion, row.departs_at)) for row in beside]
