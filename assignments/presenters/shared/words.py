"""Times, lengths and states as a manager reads them; every presenter speaks through this module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from assignments.engine.domain import wording


@dataclass(frozen=True, slots=True)
class ShownTime:
    """A time in the district's zone."""

    iso: str
    text: str
    """The clock; with the weekday and date when it is not the day that the page is about."""
    full: str
    """With date and zone, for the tooltip."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open period in the district's zone."""

    start: ShownTime
    end: ShownTime


@dataclass(frozen=True, slots=True)
class Mark:
    """A state: never a colour alone, always an icon and a word too.

    `tone` is one of ok, pending, bad, info, none.
    """

    tone: str
    icon: str
    word: str
    detail: str = ""


def moment(at: datetime, zone: tzinfo, day: date | None = None) -> ShownTime:
    """The time; `day` is the local day for which the clock alone is enough."""
    local = at.astimezone(zone)
    text = f"{local:%H:%M}" if local.date() == day else f"{local:%a} {local.day} {local:%b %H:%M}"
    return ShownTime(local.isoformat(), text, f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}")


def span(start: datetime, end: datetime, zone: tzinfo, day: date | None = None) -> Span:
    """The period; its end needs a date only when that is not the day of the start."""
    return Span(moment(start, zone, day), moment(end, zone, start.astimezone(zone).date()))


def spoken(period: Span) -> str:
    return f"{period.start.text}–{period.end.text}"


def day_text(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def length(minutes: int) -> str:
    return wording.spoken_duration(minutes * 60)


def relative(at: datetime, now: datetime) -> str:
    """Distance in time: `in 3 h`, `2 days ago`; coarser the farther."""
    distance = abs(at - now)
    if distance < timedelta(minutes=1):
        return "now"
    if distance < timedelta(hours=1):
        amount = wording.measured(distance // timedelta(minutes=1), "min")
    elif distance < timedelta(days=2):
        amount = wording.measured(distance // timedelta(hours=1), "h")
    else:
        amount = f"{distance // timedelta(days=1)} days"
    return f"in {amount}" if at > now else f"{amount} ago"


def count(number: int, one: str, many: str = "") -> str:
    """`1 warning`, `3 warnings`, `1,204 customers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(number: float, digits: int) -> str:
    """`96.4 %`, the parts of which no end of a line parts."""
    return wording.measured(f"{number:.{digits}f}", "%")


def volts(voltage: int) -> str:
    return wording.measured(f"{voltage / 1000:g}", "kV") if voltage >= 1000 else wording.measured(voltage, "V")
