"""Notes in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import words
from assignments.services.records import refusals


@dataclass(frozen=True, slots=True)
class ShownNote:
    id: int
    crew: str
    """The crew that it is about; empty for the page's own order or district."""
    text: str
    author: str
    author_id: int
    """The only person who is offered to take it back."""
    at: words.ShownTime


def shown(rows: Sequence[models.Note], *, zone: ZoneInfo, day: date) -> tuple[ShownNote, ...]:
    """`day` is the local day for which the clock alone is enough."""
    return tuple(
        ShownNote(
            id=row.pk,
            crew=row.crew.name if row.crew else "",
            text=row.text,
            author=refusals.person(row.written_by),
            author_id=row.written_by_id,
            at=words.moment(row.written_at, zone, day),
        )
        for row in rows
    )
