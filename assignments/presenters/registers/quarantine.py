"""Records that were not taken, and gaps in those that were, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, quarantined

MOST_NAMED = 5
"""Rows of a gap that are named."""
_WAITS = words.Mark("pending", "clock", "Waits")
_GRAVE = words.Mark("bad", "alert", "Not taken")
_REFUSED = words.Mark("none", "alert", "Not taken")


@dataclass(frozen=True, slots=True)
class ShownRecord:
    id: int
    mark: words.Mark
    what: str
    """`order`, `crew`, …"""
    reference: str
    field: str
    reason: str
    raw: str
    first: words.ShownTime
    last: words.ShownTime
    can_be_tried: bool


@dataclass(frozen=True, slots=True)
class SystemPanel:
    code: str
    name: str
    total: int
    rows: tuple[ShownRecord, ...]

    @property
    def more(self) -> int:
        """Records that are not listed."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class DataGap:
    """Rows of one kind with which nothing can be planned as it should."""

    text: str
    about: str
    names: tuple[str, ...]
    more: int
    url: str
    """Of a page that lists them; empty where none does."""


def panels(
    found: Iterable[quarantined.RefusedOfSystem], *, district: models.District, now: datetime
) -> list[SystemPanel]:
    today = days.today(district, now)

    def shown(row: models.RefusedRecord) -> ShownRecord:
        return ShownRecord(
            id=row.pk,
            mark=_WAITS if row.waits else (_GRAVE if row.is_grave else _REFUSED),
            what=row.resource.removesuffix("s"),
            reference=row.reference,
            field=row.field,
            reason=row.reason,
            raw=_laid_out(row),
            first=words.moment(row.first_seen_at, district.zone, today),
            last=words.moment(row.last_seen_at, district.zone, today),
            can_be_tried=row.is_whole,
        )

    return [SystemPanel(one.system.code, one.system.name, one.total, tuple(map(shown, one.shown))) for one in found]


def _laid_out(row: models.RefusedRecord) -> str:
    if not row.is_whole:
        return f"{row.raw}…"
    try:
        return json.dumps(json.loads(row.raw), indent=1)
    except RecursionError:
        return row.raw


_KINDS = (
    ("unqualified", "person", "people", "without a qualification", "No work that needs one can be given to them."),
    ("no-shift", "crew", "", "without a shift", "Nothing can be planned for them."),
    ("no-foreman", "crew", "", "without a foreman", "Nobody answers for their work."),
    ("no-base", "crew", "", "whose base is at 0, 0", "Their drives cannot be reckoned."),
    ("outside", "order", "", "outside the district's boundary", "Their places may be wrong."),
    ("nowhere", "order", "", "at 0, 0", "Their places are missing."),
    ("unheld", "qualification", "", "that orders need and nobody holds", "These orders fit no crew."),
    ("ring", "order", "", "waiting for each other in a ring", "None of them can ever begin."),
)


def gaps(health: quarantined.Health, *, district: models.District) -> list[DataGap]:
    """The kinds of which there is any."""
    board, schedule = (reverse(f"assignments:{name}", args=[district.code]) for name in ("board", "schedule"))
    found = []
    for kind, one, many, what, about in _KINDS:
        names = health.names.get(kind, [])
        if not names:
            continue
        url = {"order": f"{board}?{urlencode({'q': names[0]})}", "crew": schedule}.get(one, "")
        text = f"{words.count(len(names), one, many)} {what}"
        found.append(DataGap(text, about, tuple(names[:MOST_NAMED]), max(0, len(names) - MOST_NAMED), url))
    return found
