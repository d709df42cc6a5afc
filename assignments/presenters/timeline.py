"""The readiness bar: every window that a job must lie in, drawn on one time axis. Positions are SVG units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters import states, words
from assignments.queries import days, review

LABELS = 168
WIDTH = 960
ROW = 28
BAR = 22
TOP = 24
_TICK = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    width: int
    tone: str
    text: str
    """The window in words, also the bar's tooltip."""
    label_x: int


@dataclass(frozen=True, slots=True)
class Lane:
    label: str
    y: int
    middle: int
    bars: tuple[Bar, ...]
    note: str
    """What to read where there is no bar."""
    note_x: int


@dataclass(frozen=True, slots=True)
class Tick:
    x: int
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    width: int
    height: int
    left: int
    lane_width: int
    bar_height: int
    bottom: int
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    now_x: int | None


class _Axis:
    """The local day, stretched over the drawing."""

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self.day, self.zone = day, zone
        self.start, self.end = days.period_of(day, zone)

    def x(self, at: datetime) -> int:
        share = (at - self.start) / (self.end - self.start)
        return LABELS + round((WIDTH - LABELS) * min(1.0, max(0.0, share)))

    def bar(self, start: datetime, end: datetime, tone: str) -> Bar | None:
        left, right = self.x(start), self.x(end)
        if right <= left:
            return None
        text = words.spoken(words.span(start, end, self.zone, self.day))
        return Bar(left, right - left, tone, text, left + 6)

    def ticks(self) -> tuple[Tick, ...]:
        count = (self.end - self.start) // _TICK
        moments = [self.start + _TICK * number for number in range(1, count)]
        return tuple(Tick(self.x(at), f"{at.astimezone(self.zone):%H:%M}") for at in moments)


def timeline(file: review.OrderFile, *, now: datetime) -> Timeline:
    """The order's windows on its day, and the chosen or best crew's shift and work at the bottom."""
    zone = file.order.district.zone
    axis = _Axis(file.day, zone)
    found = [*_order_lanes(file.order, axis), *_permit_lanes(file.order, axis, now), *_crew_lanes(file, axis)]
    lanes = tuple(
        Lane(label, TOP + ROW * row, TOP + ROW * row + BAR // 2, bars, note, LABELS + 6)
        for row, (label, bars, note) in enumerate(found)
    )
    bottom = TOP + ROW * len(lanes)
    is_today = axis.start <= now < axis.end
    return Timeline(
        width=WIDTH,
        height=bottom + 4,
        left=LABELS,
        lane_width=WIDTH - LABELS,
        bar_height=BAR,
        bottom=bottom,
        ticks=axis.ticks(),
        lanes=lanes,
        now_x=axis.x(now) if is_today else None,
    )


_Row = tuple[str, tuple[Bar, ...], str]


def _row(label: str, bars: Iterable[Bar | None], note: str = "") -> _Row:
    drawn = tuple(bar for bar in bars if bar)
    return label, drawn, "" if drawn else note


def _order_lanes(order: models.WorkOrder, axis: _Axis) -> list[_Row]:
    start, due = order.earliest_start or axis.start, order.due_at or axis.end
    overdue = "Overdue" if due <= axis.start else "Not before " + words.moment(start, axis.zone).text
    rows = [_row("May be worked on", [axis.bar(start, due, "none")], overdue)]
    if order.appointment_starts_at and order.appointment_ends_at:
        window = order.appointment_starts_at, order.appointment_ends_at
        agreed = words.spoken(words.span(*window, axis.zone))
        rows.append(_row("Appointment", [axis.bar(*window, "info")], f"Agreed for {agreed}"))
    return rows


def _permit_lanes(order: models.WorkOrder, axis: _Axis, now: datetime) -> list[_Row]:
    rows = []
    for permit in order.permits.all():
        mark = states.of_permit(permit, now)
        label = "Clearance" if permit.kind == models.Permit.Kind.CLEARANCE else permit.get_kind_display()
        bars = []
        if window := permit.window_in(order.district):
            bars.append(axis.bar(window[0], window[1], mark.tone))
        rows.append(_row(label, bars, f"{mark.word}, no window on this day"))
    held = {permit.kind for permit in order.permits.all()}
    missing = [kind for kind in order.required_permits if kind not in held]
    rows += [_row(models.Permit.Kind(kind).label, [], "Missing") for kind in missing]
    return rows


def _crew_lanes(file: review.OrderFile, axis: _Axis) -> list[_Row]:
    proposed = [one for one in file.suggestions if one.status == models.Suggestion.Status.PROPOSED]
    chosen = file.assignment or (proposed[0] if proposed else None)
    if chosen is None:
        return []
    team = [one.crew for one in file.assignment.team] if file.assignment else proposed[0].crews
    tone, rows = "ok" if file.assignment else "info", []
    for crew in (file.crews[one.pk] for one in team):
        shifts = [axis.bar(shift.starts_at, shift.ends_at, "none") for shift in crew.shifts]
        others = [one for one in crew.assignments if one.order_id != file.order.pk]
        taken = [axis.bar(one.departs_at, one.ends_at, "pending") for one in others]
        rows.append(_row(f"Shift of {crew.crew.name}", shifts, "No shift on this day"))
        if any(taken):
            rows.append(_row("Its other work", taken))
    work = [axis.bar(chosen.starts_at, chosen.ends_at, tone)]
    return [*rows, _row("This order" if file.assignment else "Suggested", work, "Not on this day")]
