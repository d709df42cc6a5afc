"""The orders that a run has moved of the plan before it, as its panel lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.shared import words

MOST = 40
"""Orders that the panel lists."""


@dataclass(frozen=True, slots=True)
class MovedLine:
    """One order, with crew and start before and now."""

    number: str
    shown: str
    shown_at: words.ShownTime
    crews: str
    """Empty when the plan leaves it out."""
    at: words.ShownTime | None
    why: str


@dataclass(frozen=True, slots=True)
class MovedOrders:
    """`3 of 632 orders moved: 2 more planned, 0.4 h less travel`, and which."""

    sentence: str
    lines: tuple[MovedLine, ...]
    more: int
    """Orders that the list leaves out."""


def told(run: models.SuggestionRun, zone: ZoneInfo) -> MovedOrders | None:
    """The orders that the run has moved, as far as the panel lists them; None before it has ended, and where there was
    no plan before it. They must be prefetched with their orders."""
    figures = run.figures.get("moved")
    if not figures or run.status not in run.USABLE:
        return None
    rows = list(run.moved.all())
    lines = tuple(_line(row, zone, run.day) for row in rows[:MOST])
    return MovedOrders(_sentence(figures), lines, len(rows) - len(lines))


def _sentence(figures: Mapping[str, Any]) -> str:
    if not figures["orders"]:
        return f"Nothing moved of the {words.count(figures['shown'], 'order')} shown before"
    moved = f"{figures['orders']:,} of {words.count(figures['shown'], 'order')} moved"
    gains = _gains(figures)
    return f"{moved}: {', '.join(gains)}" if gains else moved


def _gains(figures: Mapping[str, Any]) -> list[str]:
    planned, hours, minutes = (figures.get(key, 0) for key in ("planned", "travel_hours", "customer_minutes"))
    said = []
    if planned:
        said.append(f"{abs(planned):,} {'more' if planned > 0 else 'fewer'} planned")
    if minutes:
        outage = words.count(abs(minutes), "minute")
        said.append(f"customers {outage} {'less' if minutes < 0 else 'longer'} without power in all")
    if hours:
        said.append(f"{wording.measured(f'{abs(hours):.1f}', 'h')} {'less' if hours < 0 else 'more'} travel")
    return said


def _line(row: models.MovedOrder, zone: ZoneInfo, day: date) -> MovedLine:
    def at(moment: datetime) -> words.ShownTime:
        return words.moment(moment, zone, day)

    return MovedLine(
        number=row.order.number,
        shown=row.shown_crews,
        shown_at=at(row.shown_starts_at),
        crews=row.crews,
        at=at(row.starts_at) if row.starts_at else None,
        why=row.why,
    )
