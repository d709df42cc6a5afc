"""Which crews a review looks at more closely: on the time axis, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.presenters.review import comparison, timeline
from assignments.queries import order_files
from assignments.services.runs import comparing


@dataclass(frozen=True, slots=True)
class Looked:
    shown: tuple[timeline.Shown, ...]
    shifts: tuple[int, ...]
    """Of the crews on the time axis."""
    comparison: comparison.Comparison | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A shift's work on the order as known before the rules are checked."""

    asked: comparing.ShiftInQuestion
    crew_id: int | None
    """None until the shift is looked up."""
    label: str = "This order, at its best"
    tone: str = ""
    departs_at: datetime | None = None
    suggestion: models.Suggestion | None = None
    assignment: models.Assignment | None = None


def look(file: order_files.OrderFile, shifts: Sequence[models.Shift], *, is_comparing: bool, now: datetime) -> Looked:
    """The crews of these shifts, else those of the decision, else those of the best suggestion."""
    known = _known(file)
    wanted = [known.get(one.pk) or _Plan(comparing.ShiftInQuestion(one.pk), one.crew_id) for one in shifts]
    if not wanted:
        wanted = _default(file, known)
    found = comparing.standings(
        order=file.order, day=file.day, asked=[one.asked for one in wanted], now=now, scored=is_comparing
    )
    standings = {one.shift.pk: one for one in found}
    shown = [_shown(file, one, standings.get(one.asked.shift_id)) for one in wanted]
    pairs = [(one, standings[one.asked.shift_id]) for one in wanted if one.asked.shift_id in standings]
    both = None
    if is_comparing and len(pairs) == 2:
        both = comparison.comparison(
            file, *(comparison.ComparedCrew(stood, one.suggestion, one.assignment) for one, stood in pairs)
        )
    return Looked(tuple(one for one in shown if one), tuple(one.asked.shift_id for one in wanted), both)


def _known(file: order_files.OrderFile) -> Mapping[int, _Plan]:
    """By shift: the decision, or the best suggestion that wants it."""
    found: dict[int, _Plan] = {}
    for suggestion in file.suggestions:
        departures = [suggestion.departs_at, *(one.departs_at for one in suggestion.further_crews.all())]
        for part, (shift_id, crew, departs_at) in enumerate(
            zip(suggestion.shift_ids, suggestion.crews, departures, strict=True)
        ):
            asked = comparing.ShiftInQuestion(shift_id, suggestion.starts_at, part)
            plan = _Plan(asked, crew.pk, "Suggested", "info", departs_at, suggestion)
            found.setdefault(shift_id, plan)
    return found | {plan.asked.shift_id: plan for plan in _decided(file) if plan.asked.shift_id}


def _decided(file: order_files.OrderFile) -> list[_Plan]:
    if file.assignment is None:
        return []
    tone = "bad" if file.assignment.red_cause else "ok"
    return [
        _Plan(
            comparing.ShiftInQuestion(row.shift_id or 0, row.starts_at, part),
            row.crew_id, "This order", tone, row.departs_at, assignment=row,
        )
        for part, row in enumerate(file.assignment.team)
    ]  # fmt: skip


def _default(file: order_files.OrderFile, known: Mapping[int, _Plan]) -> list[_Plan]:
    if file.assignment is not None:
        return _decided(file)
    best = next((one for one in file.suggestions if one.status == models.Suggestion.Status.PROPOSED), None)
    return [known[shift_id] for shift_id in best.shift_ids] if best else []


def _shown(file: order_files.OrderFile, plan: _Plan, standing: comparing.ComparedShift | None) -> timeline.Shown | None:
    decided = plan.assignment or plan.suggestion
    if decided is not None and plan.departs_at is not None and plan.crew_id is not None:
        return timeline.Shown(
            file.crews[plan.crew_id], standing, plan.label, plan.tone, plan.departs_at, decided.starts_at,
            decided.ends_at,
        )  # fmt: skip
    if standing is None or plan.crew_id is None:
        return None
    tone = "bad" if standing.obstacles else "info"
    return timeline.Shown(
        file.crews[plan.crew_id], standing, plan.label, tone, standing.departs_at, standing.starts_at, standing.ends_at
    )
