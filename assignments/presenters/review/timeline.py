"""The readiness bar: every window that a job must lie in, drawn on one time axis with the crews that are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.review import time_axis
from assignments.presenters.review.time_axis import Axis, Bar
from assignments.presenters.shared import states, words
from assignments.queries import order_files, rests
from assignments.services.runs import comparing

_ROW = 28
_TOP = 24
_LEGEND = {
    "ok": "Valid, or this order as it is decided",
    "info": "Suggested or agreed",
    "pending": "Not issued yet",
    "bad": "Lapsed, or against a rule",
    "none": "Open window",
    "other": "Other work",
    "drive": "Drive",
    "rest": "Rest",
    "break": "Break",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A crew whose day is drawn below the order's windows."""

    file: order_files.CrewFile
    standing: comparing.ComparedShift | None
    """None where it has no shift in the plan of that day."""
    label: str
    """Label of its work on the order: `This order`, `Suggested`."""
    tone: str
    departs_at: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    label: str
    y: int
    middle: int
    bars: tuple[Bar, ...]
    note: str
    """Text shown where there is no bar."""
    note_x: int


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend."""

    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class Timeline:
    width: int
    height: int
    left: int
    lane_width: int
    bar_height: int
    bottom: int
    ticks: tuple[time_axis.Tick, ...]
    changes: tuple[time_axis.ClockChange, ...]
    lanes: tuple[Lane, ...]
    now_x: int | None
    now_text: str
    legend: tuple[Key, ...]


_Row = tuple[str, tuple[Bar, ...], str]


def timeline(file: order_files.OrderFile, shown: Sequence[Shown], *, now: datetime) -> Timeline:
    """The order's windows on its day, and below them the shift, rest, other work and this work of each crew shown."""
    axis = Axis(file.day, file.order.district.zone)
    found = [*_order_lanes(file.order, axis), *_permit_lanes(file.order, axis, now)]
    agreed = rests.Breaks(file.order.district.rules_in_force)
    found += [row for one in shown for row in _crew_lanes(one, file.order, axis, agreed)]
    lanes = tuple(
        Lane(label, _TOP + _ROW * row, _TOP + _ROW * row + time_axis.BAR // 2, bars, note, time_axis.LABELS + 6)
        for row, (label, bars, note) in enumerate(found)
    )
    bottom = _TOP + _ROW * len(lanes)
    is_today = axis.start <= now < axis.end
    drawn = {bar.tone for lane in lanes for bar in lane.bars}
    return Timeline(
        width=time_axis.WIDTH,
        height=bottom + 4,
        left=time_axis.LABELS,
        lane_width=time_axis.WIDTH - time_axis.LABELS,
        bar_height=time_axis.BAR,
        bottom=bottom,
        ticks=axis.ticks(),
        changes=axis.changes(),
        lanes=lanes,
        now_x=axis.x(now) if is_today else None,
        now_text=words.moment(now, axis.zone, axis.day).text if is_today else "",
        legend=tuple(Key(tone, word) for tone, word in _LEGEND.items() if tone in drawn),
    )


def _row(label: str, bars: Iterable[Bar | None], note: str = "") -> _Row:
    drawn = tuple(bar for bar in bars if bar)
    return label, drawn, "" if drawn else note


def _order_lanes(order: models.WorkOrder, axis: Axis) -> list[_Row]:
    start, due = order.earliest_start or axis.start, order.due_at or axis.end
    overdue = "Overdue" if due <= axis.start else "Not before " + words.moment(start, axis.zone).text
    rows = [_row("May be worked on", [axis.bar(start, due, "none")], overdue)]
    if order.appointment_starts_at and order.appointment_ends_at:
        window = order.appointment_starts_at, order.appointment_ends_at
        agreed = words.spoken(words.span(*window, axis.zone))
        rows.append(_row("Appointment", [axis.bar(*window, "info")], f"Agreed for {agreed}"))
    return rows


def _permit_lanes(order: models.WorkOrder, axis: Axis, now: datetime) -> list[_Row]:
    rows = []
    for permit in order.every_permit:
        mark = states.of_permit(permit, now)
        label = "Clearance" if permit.kind == models.Permit.Kind.CLEARANCE else permit.get_kind_display()
        bars = []
        if window := permit.window_in(order.district):
            bars.append(axis.bar(window[0], window[1], mark.tone, f"{permit.number}, {mark.word.lower()},"))
        rows.append(_row(label, bars, f"{mark.word}, no window on this day"))
    held = {permit.kind for permit in order.every_permit}
    missing = [kind for kind in order.required_permits if kind not in held]
    rows += [_row(models.Permit.Kind(kind).label, [], "Missing") for kind in missing]
    return rows


def _crew_lanes(one: Shown, order: models.WorkOrder, axis: Axis, agreed: rests.Breaks) -> list[_Row]:
    crew = one.file
    shifts = [
        axis.bar(shift.starts_at, shift.ends_at, "none", "on call" if shift.on_call else "") for shift in crew.shifts
    ]
    rows = [_row(f"Shift of {crew.crew.name}", shifts, "No shift on this day")]
    if one.standing:
        rows.append(_row("Rest", _rest(one.standing, axis), "None due on this day"))
    others = [row for row in crew.assignments if row.order_id != order.pk]
    if any(agreed.owes(shift) for shift in crew.shifts):
        rows.append(_row("Breaks", _breaks(one, order, axis, agreed), "No room for any"))
    if others:
        rows.append(_row("Its other work", [bar for row in others for bar in _other(row, axis)], "None on this day"))
    work = [
        axis.bar(one.departs_at, one.starts_at, "drive", "drive there", thin=True),
        axis.bar(one.starts_at, one.ends_at, one.tone, "work"),
    ]
    if one.standing and one.standing.ends_at == one.ends_at:
        onward = "drive home" if one.standing.goes_home else "drive on"
        work.append(axis.bar(one.ends_at, one.standing.onward_at, "drive", onward, thin=True))
    return [*rows, _row(one.label, work, "Not on this day")]


def _rest(standing: comparing.ComparedShift, axis: Axis) -> list[Bar | None]:
    owed = [axis.bar(start, end, "rest", "earned by earlier duty", thin=True) for start, end in standing.rest]
    if standing.rest_due_at is None or standing.rest_due_at >= axis.end:
        return owed
    return [*owed, axis.bar(standing.rest_due_at, axis.end, "rest", "must not work")]


def _breaks(one: Shown, order: models.WorkOrder, axis: Axis, agreed: rests.Breaks) -> list[Bar | None]:
    others = (row for row in one.file.assignments if row.order_id != order.pk)
    work = [rests.KnownWork(row.order, row.departs_at, row.starts_at, row.ends_at) for row in others]
    work.append(rests.KnownWork(order, one.departs_at, one.starts_at, one.ends_at))
    found = [laid for shift in one.file.shifts for laid in agreed.of(one.file.crew, shift, work)]
    return [axis.bar(laid.starts_at, laid.ends_at, "break", laid.name) for laid in found]


def _other(row: models.Assignment, axis: Axis) -> list[Bar | None]:
    drive = axis.bar(row.departs_at, row.starts_at, "drive", f"drive to {row.order.number}", thin=True)
    return [drive, axis.bar(row.starts_at, row.ends_at, "other", row.order.number)]


def zone_text(zone: ZoneInfo, now: datetime) -> str:
    """`America/Chicago (CDT)`"""
    return f"{zone.key} ({now.astimezone(zone):%Z})"
