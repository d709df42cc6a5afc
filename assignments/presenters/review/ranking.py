"""In which sequence the crews of a review stand, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.review import effects
from assignments.presenters.shared import words
from assignments.services.records import refusals

Status = models.Suggestion.Status
_TWO = 2


@dataclass(frozen=True, slots=True)
class Rejected:
    """Crews that are not offered because a manager has rejected them."""

    id: int
    name: str
    when: words.ShownTime
    by: str
    at: words.ShownTime
    reason: str


def rejected(rejection: models.Rejection, zone: ZoneInfo, day: date) -> Rejected:
    return Rejected(
        id=rejection.pk,
        name=rejection.crew_names,
        when=words.moment(rejection.starts_at, zone, day),
        by=refusals.person(rejection.rejected_by),
        at=words.moment(rejection.rejected_at, zone, day),
        reason=rejection.reason,
    )


def sorted_by(suggestions: Sequence[models.Suggestion]) -> str:
    """The rule, true of the list as it stands; empty for a list of none."""
    rules = []
    if open_ones := _open(suggestions):
        by = "by what they cost and save"
        rules.append(f"the plan's crew first, the others {by}" if open_ones[0].in_plan else by)
    rest = {one.status for one in suggestions} - {Status.PROPOSED}
    gone = [word for status, word in ((Status.STALE, "out of date"), (Status.REJECTED, "rejected")) if status in rest]
    if gone:
        rules.append(f"then what is {' and what is '.join(gone)}" if rules else f"what is {' and what is '.join(gone)}")
    return ", ".join(rules)


def place(suggestion: models.Suggestion, suggestions: Sequence[models.Suggestion]) -> str:
    """Its number among those that are open."""
    ids = [one.pk for one in _open(suggestions)]
    return str(ids.index(suggestion.pk) + 1) if suggestion.pk in ids else "–"


def why_here(suggestion: models.Suggestion, suggestions: Sequence[models.Suggestion], order: models.WorkOrder) -> str:
    """Of the plan's crew, whether it would be the best without the plan, and what the best would save."""
    if not suggestion.in_plan or suggestion.status != Status.PROPOSED:
        return ""
    others = [one for one in _open(suggestions) if one.pk != suggestion.pk]
    best = max(others, key=lambda one: one.score, default=None)
    if best is None or best.score <= suggestion.score:
        return "As in the plan for the whole day, and best alone too"
    found = effects.than(effects.CrewOutcome.of(best), effects.CrewOutcome.of(suggestion), order)
    return f"As in the plan for the whole day; alone, {best.crew_names} would be better: {effects.sentence(found)}"


def beside_next(
    suggestion: models.Suggestion, suggestions: Sequence[models.Suggestion], order: models.WorkOrder
) -> str:
    """`Beside the next crew, Line 7: 1,200 customers back 40 min sooner, 18 min more driving`; of the others beside the
    first."""
    open_ones = _open(suggestions)
    if suggestion.status != Status.PROPOSED or len(open_ones) < _TWO:
        return ""
    is_first = suggestion.pk == open_ones[0].pk
    other = open_ones[1 if is_first else 0]
    found = effects.than(effects.CrewOutcome.of(suggestion), effects.CrewOutcome.of(other), order)
    return f"Beside {'the next crew, ' if is_first else ''}{other.crew_names}: {effects.sentence(found)}"


def _open(suggestions: Sequence[models.Suggestion]) -> list[models.Suggestion]:
    return [one for one in suggestions if one.status == Status.PROPOSED]
