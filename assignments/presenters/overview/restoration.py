"""The curve of customers still out, as a drawing and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from assignments import models
from assignments.models import Certainty
from assignments.presenters.shared import restoring, words
from assignments.queries.restoration_curve import Area, DarkOrder, RestorationCurve
from assignments.queries.restoring import DECIDED

WIDTH, HEIGHT = 360, 120
"""Of the plot, in the units of the drawing; margins beside it hold the labels."""
_LEFT, _TOP = 52, 10
_SHORTEST, _LONGEST = timedelta(hours=2), timedelta(hours=24)
_TICKS = 6
_SHOWN = 40
"""Rows of the table; what is listed must be readable."""
_KINDS = {"": "", "feeder": "Feeder", "zone": "Zone"}


@dataclass(frozen=True, slots=True)
class AreaChoice:
    key: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AxisTick:
    at: float
    """Along the axis, in units of the drawing."""
    text: str


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One outage of the table."""

    number: str
    url: str
    cell: restoring.RestorationCell
    customers: str
    left: str
    """Customers still out once these are back; empty for those without a time."""


@dataclass(frozen=True, slots=True)
class CurveChart:
    sentence: str
    area: str
    choices: tuple[tuple[str, tuple[AreaChoice, ...]], ...]
    """By kind of area."""
    plan: str
    """Points of the line by decisions and plan, of the area below it, and of the line by decisions alone."""
    fill: str
    decided: str
    hours: tuple[AxisTick, ...]
    counts: tuple[AxisTick, ...]
    rows: tuple[CurveRow, ...]
    more: int

    @property
    def is_empty(self) -> bool:
        return not self.rows


def chart(curve: RestorationCurve, *, district: models.District, now: datetime) -> CurveChart:
    zone = district.zone
    planned = curve.steps(now, [*DECIDED, Certainty.PLANNED])
    decided = curve.steps(now, DECIDED)
    plot = _Plot(now, _end(planned, now), max(curve.customers, 1))
    line = plot.line(planned, curve.customers)
    return CurveChart(
        sentence=_sentence(curve, planned, decided, zone, now),
        area=_name(curve.area) or district.name,
        choices=_choices(curve, district),
        plan=plot.points(line),
        fill=plot.points([*line, (plot.end, 0), (now, 0)]),
        decided=plot.points(plot.line(decided, curve.customers)),
        hours=tuple(plot.hours(zone)),
        counts=tuple(plot.counts()),
        rows=tuple(_rows(curve, zone, now))[:_SHOWN],
        more=max(0, len(curve.orders) - _SHOWN),
    )


def _name(area: Area) -> str:
    return f"{_KINDS[area.kind]} {area.name}" if area.kind else ""


def _choices(curve: RestorationCurve, district: models.District) -> tuple[tuple[str, tuple[AreaChoice, ...]], ...]:
    found: list[tuple[str, tuple[AreaChoice, ...]]] = [("", (AreaChoice("", district.name, not curve.area.kind),))]
    for kind, label in _KINDS.items():
        parts = tuple(AreaChoice(one.key, one.name, one == curve.area) for one in curve.areas if one.kind == kind)
        if parts:
            found.append((f"{label}s", parts))
    return tuple(found)


def _sentence(
    curve: RestorationCurve,
    planned: Sequence[tuple[datetime, int]],
    decided: Sequence[tuple[datetime, int]],
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """`3,371 customers out; 1,200 are back by 11:20 as decided, 2,936 by 14:05 with the plan; 435 without a time`"""
    out = curve.customers
    if not out:
        return "Nobody is out"
    parts: list[str] = []
    for steps, how in ((decided, "as decided"), (planned, "with the plan")):
        if steps and (not parts or steps[-1] != decided[-1]):
            at = words.moment(steps[-1][0], zone, now.astimezone(zone).date()).text
            parts.append(f"{out - steps[-1][1]:,} are back by {at} {how}")
    left = planned[-1][1] if planned else out
    tail = [f"{left:,} without a time"] if left else []
    return "; ".join([f"{words.count(out, 'customer')} out", *([", ".join(parts)] if parts else []), *tail])


def _end(steps: Sequence[tuple[datetime, int]], now: datetime) -> datetime:
    last = steps[-1][0] if steps else now
    return now + min(max(last - now + timedelta(minutes=15), _SHORTEST), _LONGEST)


class _Plot:
    """From times and customers to the units of the drawing."""

    def __init__(self, start: datetime, end: datetime, most: int) -> None:
        self._start, self.end, self._most = start, end, most

    def x(self, at: datetime) -> float:
        share = (min(at, self.end) - self._start) / (self.end - self._start)
        return round(_LEFT + WIDTH * share, 1)

    def y(self, customers: int) -> float:
        return round(_TOP + HEIGHT * (1 - customers / self._most), 1)

    def line(self, steps: Iterable[tuple[datetime, int]], out: int) -> list[tuple[datetime, int]]:
        """Corners of the stairs."""
        corners, left = [(self._start, out)], out
        for at, after in steps:
            if at > self.end:
                break
            corners += [(at, left), (at, after)]
            left = after
        return [*corners, (self.end, left)]

    def points(self, corners: Iterable[tuple[datetime, int]]) -> str:
        return " ".join(f"{self.x(at)},{self.y(customers)}" for at, customers in corners)

    def hours(self, zone: ZoneInfo) -> Iterable[AxisTick]:
        """Full hours of the district's clock, as many as there is room for."""
        hours = (self.end - self._start) / timedelta(hours=1)
        step = next(one for one in (1, 2, 3, 4, 6, 12) if hours / one <= _TICKS)
        at = self._start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        while at.astimezone(self.end.tzinfo) <= self.end:
            if at > self._start and at.hour % step == 0:
                yield AxisTick(self.x(at), f"{at:%H:%M}")
            at = (at.astimezone(self.end.tzinfo) + timedelta(hours=1)).astimezone(zone)

    def counts(self) -> Iterable[AxisTick]:
        for customers in dict.fromkeys((0, self._most // 2, self._most)):
            yield AxisTick(self.y(customers), f"{customers:,}")


def _rows(curve: RestorationCurve, zone: ZoneInfo, now: datetime) -> Iterable[CurveRow]:
    left, today = curve.customers, now.astimezone(zone).date()
    for order in curve.orders:
        is_back = order.is_ahead(now, [*DECIDED, Certainty.PLANNED])
        left -= order.customers if is_back else 0
        yield _row(order, f"{left:,}" if is_back else "", restoring.cell(order.estimate, zone, today, now))


def _row(order: DarkOrder, left: str, cell: restoring.RestorationCell) -> CurveRow:
    url = reverse("assignments:order-review", args=[order.number])
    return CurveRow(order.number, url, cell, f"{order.customers:,}", left)
