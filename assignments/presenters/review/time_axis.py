"""One local day as an axis to draw on. Positions are SVG units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assignments.presenters.shared import words
from assignments.queries import days

LABELS = 168
WIDTH = 960
BAR = 22
THIN = 8
_STEP = timedelta(minutes=15)
"""Clocks change at a quarter of an hour everywhere."""
_EVERY = 2
"""Hours between ticks."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    width: int
    tone: str
    text: str
    """The period in words, also the bar's tooltip."""
    drop: int = 0
    """Offset below the lane's top."""
    height: int = BAR


@dataclass(frozen=True, slots=True)
class Tick:
    x: int
    text: str


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The moment at which the clocks change."""

    x: int
    text: str


class Axis:
    """The local day, 23 to 25 hours long, stretched over the drawing."""

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self.day, self.zone = day, zone
        self.start, self.end = days.period_of(day, zone)

    def x(self, at: datetime) -> int:
        share = (at - self.start) / (self.end - self.start)
        return LABELS + round((WIDTH - LABELS) * min(1.0, max(0.0, share)))

    def bar(self, start: datetime, end: datetime, tone: str, what: str = "", *, thin: bool = False) -> Bar | None:
        """The period where it lies on the day; None where it does not."""
        left, right = self.x(start), self.x(end)
        if right <= left:
            return None
        period = words.spoken(words.span(start, end, self.zone, self.day))
        text = f"{what} {period}".strip()
        drop, height = ((BAR - THIN) // 2, THIN) if thin else (0, BAR)
        return Bar(left, right - left, tone, text, drop, height)

    def ticks(self) -> tuple[Tick, ...]:
        """At every second hour of the clock, so twice where the clock shows one twice."""
        count = (self.end - self.start) // timedelta(hours=1)
        moments = [self.start + timedelta(hours=number) for number in range(1, count)]
        shown = [at for at in moments if at.astimezone(self.zone).hour % _EVERY == 0]
        return tuple(Tick(self.x(at), f"{at.astimezone(self.zone):%H:%M}") for at in shown)

    def changes(self) -> tuple[ClockChange, ...]:
        """The moments of the day at which the clocks change; mostly none."""
        found, at = [], self.start
        while at < self.end:
            before, after = at.astimezone(self.zone), (at + _STEP).astimezone(self.zone)
            if jump := (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta()):
                how = "forward" if jump > timedelta() else "back"
                length = words.length(abs(jump) // timedelta(minutes=1))
                told = f"The clocks go {how} {length}, to {after:%H:%M %Z}"
                found.append(ClockChange(self.x(at + _STEP), told))
            at += _STEP
        return tuple(found)
