"""The crews that cannot do an order: what stands in the way and the cheapest change that would help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments.presenters import words
from assignments.services import explaining


@dataclass(frozen=True, slots=True)
class Obstacle:
    title: str
    text: str
    authority: str


@dataclass(frozen=True, slots=True)
class Excluded:
    crew: str
    part: str
    """What the crew would be in a team; empty where one crew is enough."""
    shift: words.Span
    on_call: bool
    obstacles: tuple[Obstacle, ...]
    fix: str


def excluded(answers: Iterable[explaining.CrewAnswer], *, zone: ZoneInfo, day: date) -> list[Excluded]:
    """Those of the answers that say no, nearest to a yes first."""
    return [
        Excluded(
            crew=answer.shift.crew.name,
            part=answer.part,
            shift=words.span(answer.shift.starts_at, answer.shift.ends_at, zone, day),
            on_call=answer.shift.on_call,
            obstacles=tuple(Obstacle(one.title, one.text, one.authority or "") for one in answer.obstacles),
            fix=answer.fix,
        )
        for answer in answers
        if not answer.is_legal
    ]
