"""A district's local days as periods of absolute time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assignments import models

YEARS = range(1900, 3000)
"""The first and the last day of the calendar have no day before or after them, nor a midnight in every zone."""


def named(text: str) -> date:
    """The day in ISO 8601. Raises ValueError for another text, and for a day that no page can show."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def period_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local day as [start, end) in UTC; 23 or 25 hours long when the clocks change."""
    # In UTC, because Python subtracts two times of the same zone by their clocks and would always find 24 hours.
    start, end = (datetime.combine(one, time.min, zone) for one in (day, day + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def horizon_of(district: models.District, day: date, now: datetime) -> tuple[datetime, datetime]:
    """Horizon of a run for the day, as [start, end) in UTC: the local day, or as far ahead as the rules say."""
    start, end = period_of(day, district.zone)
    hours = district.rules_in_force.horizon_hours
    return start, max(start, now.astimezone(UTC)) + timedelta(hours=hours) if hours else end


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day on the calendar of the zone."""
    return at.astimezone(zone).date()


def today(district: models.District, now: datetime) -> date:
    """The district's local day at this moment."""
    return local_day(now, district.zone)


def day_to_assign(district: models.District, now: datetime) -> date:
    """The local day a manager most likely assigns: today while a quarter of its crew time lies ahead, then the next.

    On-call shifts do not count: they wait for trouble, not for planned work.
    """
    day = today(district, now)
    start, end = period_of(day, district.zone)
    rows = models.Shift.objects.in_force().filter(crew__district=district, on_call=False)
    shifts = list(rows.filter(starts_at__gte=start, starts_at__lt=end).values_list("starts_at", "ends_at"))
    whole = sum((ends - starts for starts, ends in shifts), timedelta())
    ahead = sum((ends - max(starts, now) for starts, ends in shifts if ends > now), timedelta())
    return day if ahead * 4 >= whole else day + timedelta(days=1)
