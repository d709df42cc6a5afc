"""Orders and crews as the map and the list beside it show them, and the territory that is drawn below them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from assignments import models
from assignments.models import territory
from assignments.models.orders import WorkOrderQuerySet
from assignments.presenters.board import rows
from assignments.presenters.shared import words
from assignments.queries import whereabouts
from assignments.queries.whereabouts import CrewState

STANDINGS: Mapping[str, words.Mark] = {
    CrewState.EMERGENCY: words.Mark("bad", "siren", "Emergency, no crew"),
    CrewState.RED: words.Mark("bad", "alert", "No longer valid"),
    CrewState.UNASSIGNED: words.Mark("none", "minus", "No crew yet"),
    CrewState.SUGGESTED: words.Mark("info", "sparkle", "Suggested"),
    CrewState.ASSIGNED: words.Mark("ok", "check", "Assigned"),
    CrewState.ELSEWHERE: words.Mark("none", "link", "Handled elsewhere"),
}
"""In the order of the legend: what needs a manager first."""
_AT_BASE = words.Mark("none", "truck", "At its base")
_ON_THE_WAY = words.Mark("info", "truck", "On the way")
_AT_WORK = words.Mark("ok", "wrench", "At work")
_WORST_FIRST = ("bad", "pending", "ok")
_READY = {
    "bad": words.Mark("bad", "x", "Not ready"),
    "pending": words.Mark("pending", "clock", "Waits"),
    "ok": words.Mark("ok", "check", "Ready to start"),
}


@dataclass(frozen=True, slots=True)
class OrderPin:
    """An order on the map."""

    row: rows.OrderRow
    latitude: str
    longitude: str
    state: str
    standing: words.Mark
    ready: words.Mark
    """Permits, clearance, materials, appointment and earlier work in one mark; what is amiss stands in its detail."""


@dataclass(frozen=True, slots=True)
class CrewPlace:
    id: int
    name: str
    latitude: str
    longitude: str
    state: str
    """`base` or `job`."""
    mark: words.Mark
    shifts: tuple[words.Span, ...]
    on_call: bool
    number: str
    """Of the order that it works on or drives to."""
    title: str
    until: str


@dataclass(frozen=True, slots=True)
class LegendLine:
    state: str
    mark: words.Mark
    count: int
    is_current: bool


def of_orders(orders: WorkOrderQuerySet, *, day: date, now: datetime) -> list[OrderPin]:
    """The places of a `queries.places.orders`, by a constant number of queries."""
    at = {pk: rest for pk, *rest in orders.values_list("pk", "latitude", "longitude", "standing")}
    # The run only tells why a row has no suggestion, which the map does not say.
    shown = rows.rows(list(at), day=day, run=None, now=now)
    return [_place(row, *at[row.id]) for row in shown]


def _place(row: rows.OrderRow, latitude: float, longitude: float, standing: str) -> OrderPin:
    return OrderPin(row, _degrees(latitude), _degrees(longitude), standing, STANDINGS[standing], _ready(row))


def _ready(row: rows.OrderRow) -> words.Mark:
    # The crew has words of its own.
    marks = [mark for mark in row.readiness if mark.word != "Crew"]
    worst = min((mark.tone for mark in marks if mark.tone in _WORST_FIRST), key=_WORST_FIRST.index, default="ok")
    amiss = [f"{mark.word}: {mark.detail}" for mark in marks if mark.tone in ("bad", "pending")]
    found = _READY[worst]
    return words.Mark(found.tone, found.icon, found.word, "; ".join(amiss))


def of_crews(found: whereabouts.CrewsOfDay, *, zone: ZoneInfo, day: date, now: datetime) -> list[CrewPlace]:
    return [_crew(one, zone, day, now) for one in found.crews]


def _crew(one: whereabouts.CrewOfDay, zone: ZoneInfo, day: date, now: datetime) -> CrewPlace:
    job = one.current
    where = job.order if job else one.crew
    mark, until = _AT_BASE, ""
    if job:
        under_way = job.order.status == models.WorkOrder.Status.IN_PROGRESS or job.starts_at <= now
        mark = _AT_WORK if under_way else _ON_THE_WAY
        at = words.moment(job.ends_at if under_way else job.starts_at, zone, day).text
        until = f"until {at} by plan" if under_way else f"there at {at} by plan"
    return CrewPlace(
        id=one.crew.pk,
        name=one.crew.name,
        latitude=_degrees(where.latitude),
        longitude=_degrees(where.longitude),
        state="job" if job else "base",
        mark=mark,
        shifts=tuple(words.span(shift.starts_at, shift.ends_at, zone, day) for shift in one.shifts),
        on_call=all(shift.on_call for shift in one.shifts),
        number=job.order.number if job else "",
        title=job.order.title if job else "",
        until=until,
    )


def legend(counts: Mapping[str, int], current: str) -> list[LegendLine]:
    return [LegendLine(state, mark, counts.get(state, 0), state == current) for state, mark in STANDINGS.items()]


def drawing(district: models.District) -> dict[str, Any]:
    """The territory as the map draws it; a part that cannot be drawn is left out."""
    boundary, network = district.boundary, district.network
    return {
        "centre": [district.latitude, district.longitude],
        "boundary": boundary if _holds(territory.validate_boundary, boundary) else [],
        "network": network if _holds(territory.validate_network, network) else {},
    }


def _holds(validate: Any, value: Any) -> bool:
    # Rows that were written past the administration's forms are not checked by them.
    try:
        validate(value)
    except ValidationError:
        return False
    return True


def _degrees(value: float) -> str:
    return f"{value:.5f}"
