"""The summary that is confirmed before many suggestions are approved at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import states, words


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


_REASONS: Mapping[str, tuple[str, str, str]] = {
    "warnings": ("With warnings", "alert", "Read them on the board, then approve one by one."),
    "permit": ("Waiting for a permit", "permit", "Approve tentatively, or wait until it is issued."),
    "crowded": ("Not in the plan", "clock", "Some crew may do it, but other work came first."),
    "rejected": ("Crews rejected", "x", "The review takes a rejection back, and says what else would help."),
    "stale": ("Suggestion out of date", "retry", "Press Suggest on the board."),
    "no-crew": ("No legal crew", "x", "The review says why no crew may, and what would help."),
    "left": ("No suggestion left", "minus", "Every crew that may was rejected or taken. Press Suggest."),
    "not-planned": ("Not planned yet", "sparkle", "Press Suggest on the board."),
    "elsewhere": ("Handled in work management", "truck", "Nothing is to be decided here."),
}
_NAMED = 8
"""Orders of a group that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Consequences of approving all of it."""

    orders: int
    priorities: tuple[tuple[words.Mark, int], ...]
    crews: tuple[tuple[str, int], ...]
    """With how many orders each gets."""
    work: str
    travel: str


@dataclass(frozen=True, slots=True)
class Open:
    """Orders that stay open for one reason."""

    title: str
    icon: str
    help: str
    count: int
    numbers: tuple[str, ...]
    more: int


def sums(suggestions: Sequence[models.Suggestion]) -> Sums:
    """Work and travel are those of all crews together."""
    marks = {one.order.urgency_in_force: states.of_priority(one.order) for one in suggestions}
    by_class = Counter(one.order.urgency_in_force for one in suggestions)
    by_crew = Counter(crew.name for one in suggestions for crew in one.crews)
    work = sum(round((one.ends_at - one.starts_at).total_seconds() / 60) * len(one.crews) for one in suggestions)
    travel = sum(
        one.travel_minutes + sum(beside.travel_minutes for beside in one.further_crews.all()) for one in suggestions
    )
    return Sums(
        orders=len(suggestions),
        priorities=tuple((marks[one], by_class[one]) for one in sorted(by_class)),
        crews=tuple(sorted(by_crew.items())),
        work=words.length(work),
        travel=words.length(travel),
    )


def left_open(orders: Mapping[str, Sequence[str]]) -> list[Open]:
    return [
        Open(*_REASONS[reason], len(numbers), tuple(numbers[:_NAMED]), max(0, len(numbers) - _NAMED))
        for reason, numbers in orders.items()
    ]
