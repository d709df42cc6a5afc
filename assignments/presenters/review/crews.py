"""A crew as the review shows it: people with what they may do and until when, tools, shift, other work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import order_files

LAPSES_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Held:
    text: str
    """Name and level."""
    expiry: str
    mark: words.Mark | None
    """Set when it lapses soon or has lapsed."""


@dataclass(frozen=True, slots=True)
class CrewPerson:
    name: str
    is_foreman: bool
    held: tuple[Held, ...]
    away: str


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    code: str
    out: str


@dataclass(frozen=True, slots=True)
class OtherWork:
    number: str
    title: str
    when: words.Span


@dataclass(frozen=True, slots=True)
class CrewDetails:
    name: str
    shifts: tuple[words.Span, ...]
    on_call: bool
    members: tuple[CrewPerson, ...]
    equipment: tuple[Tool, ...]
    work: tuple[OtherWork, ...]


def details(file: order_files.CrewFile, *, order: models.WorkOrder, day: date, until: datetime) -> CrewDetails:
    """The crew on the day; `until` is when the work would end, from which on expiry dates are looked at."""
    zone = order.district.zone
    return CrewDetails(
        name=file.crew.name,
        shifts=tuple(words.span(shift.starts_at, shift.ends_at, zone, day) for shift in file.shifts),
        on_call=any(shift.on_call for shift in file.shifts),
        members=tuple(_member(one, file.crew, zone, day, until) for one in file.memberships),
        equipment=tuple(_tool(tool, zone, day) for tool in file.equipment),
        work=tuple(
            OtherWork(one.order.number, one.order.title, words.span(one.starts_at, one.ends_at, zone, day))
            for one in file.assignments
            if one.order_id != order.pk
        ),
    )


def _member(row: models.CrewMembership, crew: models.Crew, zone: ZoneInfo, day: date, until: datetime) -> CrewPerson:
    person = row.employee
    absences: list[models.Absence] = person.of_day  # type: ignore[attr-defined]  # prefetched by queries.review
    away = [
        f"{one.get_kind_display()} {words.spoken(words.span(one.starts_at, one.ends_at, zone, day))}"
        for one in absences
    ]
    held = tuple(_held(one, zone, day, until) for one in person.held_qualifications.all())
    return CrewPerson(person.name, person.pk == crew.foreman_id, held, "; ".join(away))


def _held(row: models.HeldQualification, zone: ZoneInfo, day: date, until: datetime) -> Held:
    text = f"{row.qualification.name}, {row.get_level_display().lower()}"
    if row.expires_at is None:
        return Held(text, "", None)
    local = row.expires_at.astimezone(zone)
    expiry = f"{local.day} {local:%b %Y}"
    if local.date() < day:
        return Held(text, expiry, words.Mark("bad", "x", f"lapsed {expiry}"))
    if row.expires_at <= until:
        return Held(text, expiry, words.Mark("bad", "x", f"lapses {expiry}", "before the work would end"))
    if row.expires_at <= until + LAPSES_SOON:
        return Held(text, expiry, words.Mark("pending", "alert", f"lapses {expiry}"))
    return Held(text, expiry, None)


def _tool(tool: models.Equipment, zone: ZoneInfo, day: date) -> Tool:
    outages: list[models.EquipmentOutage] = tool.of_day  # type: ignore[attr-defined]  # prefetched by queries.review
    out = [
        f"out of service {words.spoken(words.span(one.starts_at, one.ends_at, zone, day))}"
        + (f", {one.reason}" if one.reason else "")
        for one in outages
    ]
    return Tool(tool.name, tool.code, "; ".join(out))
