"""The schedule as it is kept up to date on open pages: its rows are crews."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.template.loader import render_to_string

from assignments import models
from assignments.live import addresses
from assignments.presenters.overview import schedule
from assignments.queries import crew_days, days
from notifications.streams.fanout.pages import (
    Changed,
    Everything,
    PageContent,
    PageKind,
    PageUnknown,
    Query,
    name_of,
    register_kind,
)

_KIND = "schedule"
_MANY = 40
"""Changed orders from which on every crew is looked at: most of them have to do with one."""


def register() -> None:
    register_kind(PageKind(_KIND, _channel, _changed, show))


def name(district: models.District, day: date, span: int) -> str:
    """The page by which its reader is kept up to date."""
    return name_of(_KIND, {"district": district.pk, "day": day.isoformat(), "span": span})


def _channel(query: Query) -> str:
    if query.get("span", "") not in map(str, schedule.SPANS):
        raise PageUnknown("There is no such span of days.")
    return addresses.channel_of_day(query)


def _changed(query: Query, told_on: str, event: str, data: Mapping[str, Any]) -> Changed | None:
    # Suggestions are drawn when their plan has ended; until then they move.
    return None if "orders" in data else addresses.planned(query, told_on, event, data)


def period_of(district: models.District, day: date, span: int) -> tuple[datetime, datetime]:
    """The days shown, from midnight to midnight in the district's zone."""
    last = day + timedelta(days=span - 1)
    return days.period_of(day, district.zone)[0], days.period_of(last, district.zone)[1]


def crews_of(
    district: models.District, day: date, span: int, orders: Collection[int] | None = None
) -> tuple[dict[int, dict[str, Any]], list[int]]:
    """Each crew as a script draws it, by id, and the crews that have nothing to draw.

    `orders` takes only the crews that have, or have had, to do with these.
    """
    period = period_of(district, day, span)
    found = crew_days.crews(district, *period, orders)
    rows = schedule.crew_rows(found, period=period, zone=district.zone, day=day)
    shown = {row.id: _drawn(row) for row in rows}
    return shown, [one.crew.pk for one in found if one.crew.pk not in shown]


def _drawn(row: schedule.CrewRow) -> dict[str, Any]:
    html = render_to_string("assignments/schedule/_crew.html", {"row": row})
    return {
        "id": row.id,
        "name": row.name,
        "items": row.items,
        "html": html,
        "use": asdict(row.use) if row.use else None,
    }


def _some(known: Mapping[str, Any], changed: Changed) -> list[int] | None:
    """The orders to whose crews it is enough to look; None for every crew."""
    if isinstance(changed, Everything) or not known or len(changed) > _MANY:
        return None
    return [int(one) for one in changed]


def show(query: Query, known: Mapping[str, Any], changed: Changed) -> PageContent:
    """The crews, with those that the changed orders concern drawn anew."""
    district, day, span = addresses.district_of(query), addresses.day_of(query), int(query["span"])
    some = (
        None if isinstance(changed, Everything) or not known or len(changed) > _MANY else [int(one) for one in changed]
    )
    shown, gone = crews_of(district, day, span, some)
    kept = {} if some is None else {key: row for key, row in known.items() if int(key) not in gone}
    return PageContent(parts={}, rows={**kept, **{str(key): row for key, row in shown.items()}})
