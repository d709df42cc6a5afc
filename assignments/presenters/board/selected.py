"""The summary of what is to be done with the rows selected on a board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assignments import models
from assignments.presenters.board import rows
from assignments.presenters.shared import words

Act = models.Batch.Act


@dataclass(frozen=True, slots=True)
class ActWording:
    """How pages speak of an act."""

    title: str
    button: str
    icon: str
    help: str
    none: str
    """When it can be done with none of the selected."""


WORDING = {
    Act.APPROVE: ActWording(
        "Approve the selected", "Approve", "check-double",
        "Each is checked again when you approve; one that no longer fits is listed and left as it is.",
        "None of the selected orders has a suggestion to approve.",
    ),
    Act.REJECT: ActWording(
        "Reject the selected suggestions", "Reject", "x",
        "Later runs do not offer these crews for these orders again, until the facts change or you take it back.",
        "None of the selected orders has a suggestion to reject.",
    ),
    Act.HOLD: ActWording(
        "Hold the selected where they are", "Hold", "pin",
        "They are pinned: neither an emergency nor a colleague moves them until somebody unpins them.",
        "None of the selected orders has a crew that it could be held with.",
    ),
    Act.MOVE: ActWording(
        "Move the selected", "Move", "swap",
        "The rules are checked for each when you move; one that they refuse is listed and stays where it is.",
        "None of the selected orders has a crew to be moved from.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SelectedLine:
    """A selected order with what it is about: its suggestion, or its decision."""

    value: str
    """Key of the suggestion or decision."""
    number: str
    title: str
    priority: words.Mark
    crew: str
    when: words.Span
    remarks: tuple[str, ...]
    """To be read before it is approved."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A selected order with which it cannot be done."""

    number: str
    title: str
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class SelectedLines:
    able: tuple[SelectedLine, ...]
    left: tuple[LeftAlone, ...]
    field: str
    """Name under which the ticks are sent."""
    tentative: int
    """Number of suggestions that wait for a permit."""


def lines(found: Iterable[rows.OrderRow], act: str) -> SelectedLines:
    make = _of_suggestion if act in {Act.APPROVE, Act.REJECT} else _of_decision
    able, left, tentative = [], [], 0
    for row in found:
        made = make(row, act)
        if isinstance(made, str):
            left.append(LeftAlone(row.number, row.title, f"/orders/{row.number}/?day={row.day}", made))
            continue
        able.append(made)
        tentative += bool(row.suggestion and row.suggestion.tentative)
    field = "suggestion" if make is _of_suggestion else "assignment"
    return SelectedLines(tuple(able), tuple(left), field, tentative)


def _of_suggestion(row: rows.OrderRow, act: str) -> SelectedLine | str:
    if row.decision is not None:
        return f"It is with {row.decision.crew} already."
    if row.suggestion is None:
        return row.nothing.word if row.nothing else "Nothing is suggested."
    remarks = row.suggestion.warnings
    if row.suggestion.tentative:
        remarks = (*remarks, "Waits for a permit: approved tentatively.")
    shown = remarks if act == Act.APPROVE else ()
    return _line(row, str(row.suggestion.id), row.suggestion.crew, row.suggestion.when, shown)


def _of_decision(row: rows.OrderRow, act: str) -> SelectedLine | str:
    decision = row.decision
    if decision is None:
        return "No crew is decided yet."
    if decision.pinned:
        return "It is held already." if act == Act.HOLD else "It is pinned. Unpin it first if it may be moved."
    if act == Act.MOVE and decision.take_back is None:
        return "Its crew has been sent."
    return _line(row, decision.id, decision.crew, decision.when, ())


def _line(row: rows.OrderRow, value: str, crew: str, when: words.Span, remarks: tuple[str, ...]) -> SelectedLine:
    return SelectedLine(value, row.number, row.title, row.priority, crew, when, remarks)
