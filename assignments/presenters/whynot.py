"""The crews that cannot do an order: what stands in the way and the cheapest change that would help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments.presenters import overriding, words
from assignments.services import explaining


@dataclass(frozen=True, slots=True)
class Obstacle:
    title: str
    text: str
    mark: words.Mark
    """Whether a person may answer for it."""


@dataclass(frozen=True, slots=True)
class Excluded:
    shift_id: int
    crew: str
    part: str
    """What the crew would be in a team; empty where one crew is enough."""
    shift: words.Span
    on_call: bool
    obstacles: tuple[Obstacle, ...]
    fix: str
    can_be_overridden: bool


def excluded(answers: Iterable[explaining.CrewAnswer], *, zone: ZoneInfo, day: date) -> list[Excluded]:
    """Those of the answers that say no, nearest to a yes first."""
    return [
        Excluded(
            shift_id=answer.shift.pk,
            crew=answer.shift.crew.name,
            part=answer.part,
            shift=words.span(answer.shift.starts_at, answer.shift.ends_at, zone, day),
            on_call=answer.shift.on_call,
            obstacles=tuple(
                Obstacle(one.title, one.text, overriding.OVERRIDABLE if one.authority else overriding.FORBIDDEN)
                for one in answer.obstacles
            ),
            fix=answer.fix,
            can_be_overridden=answer.override_at is not None,
        )
        for answer in answers
        if not answer.is_legal
    ]
