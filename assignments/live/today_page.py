"""The wall screen as it is kept up to date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from assignments import models
from assignments.live import addresses
from assignments.presenters.overview import restoration, today
from assignments.presenters.shared import notes
from assignments.queries import days, note_rows, restoration_curve, situation
from assignments.services.records import events, note_events
from notifications.streams.fanout.pages import EVERYTHING, Changed, PageContent, PageKind, Query, name_of, register_kind

_KIND = "today"
_CONCERNS = (events.ORDER_CHANGED.name, events.RUN_CHANGED.name, events.STORM_CHANGED.name)


def register() -> None:
    register_kind(PageKind(_KIND, addresses.channel, _changed, show))


def name(district: models.District, area: str) -> str:
    """The page by which its reader is kept up to date."""
    return name_of(_KIND, {"district": district.pk, "area": area})


def _changed(query: Query, told_on: str, event: str, data: Mapping[str, Any]) -> Changed | None:
    is_for_shifts = event == note_events.NOTE_CHANGED.name and data["about"] == models.Note.About.DISTRICT
    concerns = is_for_shifts or event in _CONCERNS
    return EVERYTHING if concerns and told_on == addresses.channel(query) else None


def situation_of(district: models.District, asked: str, now: datetime) -> dict[str, Any]:
    """The figures; of the area that was asked for, or of the district where nobody is out there."""
    wall = today.wall(situation.situation(district, now), district=district, now=now)
    found = restoration_curve.curve(district, asked, now) or restoration_curve.whole(district, now)
    key = found.area.key
    written = note_rows.for_shifts(district, now)
    return {
        "district": district,
        "wall": wall,
        "notes": notes.shown(written, zone=district.zone, day=days.today(district, now)),
        "changes_at": min(filter(None, (datetime.fromisoformat(wall.changes_at), note_rows.first_end(written)))),
        "zone": f"{now.astimezone(district.zone):%Z}",
        "curve": restoration.chart(found, district=district, now=now),
        "unknown_area": asked[:60] if key != asked else "",
    }


def show(query: Query, _known: Mapping[str, Any], _changed: Changed) -> PageContent:
    now = timezone.now()
    found = situation_of(addresses.district_of(query), query.get("area", ""), now)
    parts = {"today": "assignments/overview/_today.html", "notes": "assignments/shared/_notes.html"}
    shown = {part: addresses.rendered(template, found, query) for part, template in parts.items()}
    return PageContent(parts=shown, until=found["changes_at"])
