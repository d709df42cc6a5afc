"""Frame of a board's rows: the days to move to, and the tabs with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, work_queue


@dataclass(frozen=True, slots=True)
class DaySwitch:
    iso: str
    text: str
    name: str
    """Today, Tomorrow, Yesterday or empty."""
    previous: str
    next: str
    today: str
    zone: str


@dataclass(frozen=True, slots=True)
class Tab:
    state: str
    label: str
    count: int
    is_current: bool


def day_switch(district: models.District, day: date, now: datetime) -> DaySwitch:
    today = days.today(district, now)
    names = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    return DaySwitch(
        iso=day.isoformat(),
        text=words.day_text(day),
        name=names.get((day - today).days, ""),
        previous=(day - timedelta(days=1)).isoformat(),
        next=(day + timedelta(days=1)).isoformat(),
        today=today.isoformat(),
        zone=f"{now.astimezone(district.zone):%Z}",
    )


def tabs(counts: work_queue.Counts, current: str) -> tuple[Tab, ...]:
    numbers = (
        ("", "All", counts.total),
        ("to-decide", "To decide", counts.to_decide),
        ("without-suggestion", "No suggestion", counts.without_suggestion),
        ("decided", "Approved", counts.decided),
        ("attention", "Needs attention", counts.attention),
    )
    return tuple(Tab(state, label, number, state == current) for state, label, number in numbers)
