"""The summary that is confirmed before many suggestions are approved at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters import states, words


@dataclass(frozen=True, slots=True)
class BulkLine:
    id: int
    number: str
    title: str
    priority: words.Mark
    crew: str
    when: words.Span
    travel: str


def lines(suggestions: Iterable[models.Suggestion], *, zone: ZoneInfo, day: date) -> list[BulkLine]:
    return [
        BulkLine(
            id=suggestion.pk,
            number=suggestion.order.number,
            title=suggestion.order.title,
            priority=states.of_priority(suggestion.order),
            crew=suggestion.crew_names,
            when=words.span(suggestion.starts_at, suggestion.ends_at, zone, day),
            travel=words.length(suggestion.travel_minutes),
        )
        for suggestion in suggestions
    ]
