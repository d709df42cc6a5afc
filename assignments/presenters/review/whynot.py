"""The crews that cannot do an order: what stands in the way and the cheapest change that would help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments.presenters.review import override_form
from assignments.presenters.shared import words
from assignments.services.runs import explaining


@dataclass(frozen=True, slots=True)
class Excluded:
    shift_id: int
    crew: str
    part: str
    """The crew's part in a team; empty where one crew is enough."""
    shift: words.Span
    on_call: bool
    obstacles: tuple[override_form.Broken, ...]
    fix: str
    changes: int
    can_be_overridden: bool

    def mentions(self, text: str) -> bool:
        """Whether every word of the text stands somewhere in what is told of the crew."""
        told = [self.crew, self.part, self.fix, *(f"{one.title} {one.text}" for one in self.obstacles)]
        where = " ".join(told).casefold()
        return all(word in where for word in text.casefold().split())


@dataclass(frozen=True, slots=True)
class WhyNotGroup:
    """Crews that are equally far from a yes."""

    title: str
    crews: tuple[Excluded, ...]


def excluded(answers: Iterable[explaining.CrewAnswer], *, zone: ZoneInfo, day: date) -> list[Excluded]:
    """The refusing answers, nearest to a yes first."""
    return [
        Excluded(
            shift_id=answer.shift.pk,
            crew=answer.shift.crew.name,
            part=answer.part,
            shift=words.span(answer.shift.starts_at, answer.shift.ends_at, zone, day),
            on_call=answer.shift.on_call,
            obstacles=tuple(override_form.broken(one) for one in answer.obstacles),
            fix=answer.fix,
            changes=answer.changes,
            can_be_overridden=answer.override_at is not None,
        )
        for answer in answers
        if not answer.is_legal
    ]


def groups(crews: Iterable[Excluded]) -> list[WhyNotGroup]:
    """The crews by what it takes, what is nearest first; empty groups are left out."""
    sorted_in: dict[str, list[Excluded]] = {
        "A manager may override": [],
        "One change is enough": [],
        "Two changes are enough": [],
        "More than two changes, or nobody may": [],
    }
    over, one_change, two_changes, more = sorted_in.values()
    for crew in crews:
        fixed = {0: more, 1: one_change, 2: two_changes}[crew.changes]
        (over if crew.can_be_overridden else fixed).append(crew)
    return [WhyNotGroup(title, tuple(found)) for title, found in sorted_in.items() if found]
