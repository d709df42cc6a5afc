"""A crew's score in a dispatcher's words: customers and minutes that it costs or saves.

The points stay with the API and with docs/objective.md; pages say what lies behind them. What is the same for every
crew of an order, such as the worth of its class, is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assignments import models
from assignments.engine.rules import scoring
from assignments.presenters.shared import words

_MINUTE = timedelta(minutes=1)
_OF_THE_ORDER = frozenset({"priority", "overdue"})
_IN_TIMES = frozenset({"wait", "rush", "lateness"})
"""Parts that customers back and due time say better."""
Parts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ScoreEffect:
    """`18 min more driving`; tone is ok for what is saved, bad for what it costs."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class CrewOutcome:
    """The order done by one crew."""

    name: str
    starts_at: datetime
    ends_at: datetime
    parts: Parts
    """Of its score, by code, as suggestions keep them."""

    @classmethod
    def of(cls, suggestion: models.Suggestion) -> CrewOutcome:
        parts = {str(part["code"]): part for part in suggestion.parts}
        return cls(suggestion.crew_names, suggestion.starts_at, suggestion.ends_at, parts)

    def minutes(self, code: str) -> int:
        """Of a part that counts minutes."""
        return round(amount(self.parts[code])) if code in self.parts else 0

    def has(self, code: str) -> bool:
        return code in self.parts and bool(self.parts[code]["value"])

    def late(self, order: models.WorkOrder) -> int:
        """Minutes after the order is due."""
        return max(0, (self.ends_at - order.due_at) // _MINUTE) if order.due_at else 0


def amount(part: Mapping[str, Any]) -> float:
    """The amount that the part counts; reckoned from its points where an older run has kept nothing else."""
    if "amount" in part:
        return float(part["amount"])
    rule = scoring.SOFT.get(str(part["code"]))
    return float(part["value"]) / rule.weight if rule and rule.weight else 0.0


def of(one: CrewOutcome, order: models.WorkOrder, *, back: str = "") -> tuple[ScoreEffect, ...]:
    """Costs and savings of the crew by itself; `back` is the time by which customers are back, in words."""
    return tuple(_alone(one, order, back))


def than(one: CrewOutcome, other: CrewOutcome, order: models.WorkOrder) -> tuple[ScoreEffect, ...]:
    """Costs and savings of the crew compared with the other: customers first, then driving and the rest."""
    return tuple(_compared(one, other, order))


def sentence(effects: Sequence[ScoreEffect]) -> str:
    return ", ".join(effect.text for effect in effects)


def _alone(one: CrewOutcome, order: models.WorkOrder, back: str) -> Iterator[ScoreEffect]:
    if order.customers_out and back:
        yield ScoreEffect(f"{words.count(order.customers_out, 'customer')} back by {back}", "ok")
    if late := one.late(order):
        yield ScoreEffect(f"done {words.length(late)} after it is due", "bad")
    driving = one.minutes("travel")
    yield (
        ScoreEffect("no added driving", "ok")
        if driving <= 0
        else ScoreEffect(f"{words.length(driving)} more driving", "bad")
    )
    if overtime := one.minutes("overtime"):
        yield ScoreEffect(f"{words.length(overtime)} overtime", "bad")
    for code, (said, tone) in _YES.items():
        if one.has(code):
            yield ScoreEffect(said, tone)
    yield from _of_other_rules(one)


_YES: Mapping[str, tuple[str, str]] = {
    "continuity": ("other work on the same feeder that day", "ok"),
    "spare": ("leaves scarce skills idle", "bad"),
    "tentative": ("waits for a permit", "bad"),
    "crew": ("another crew than shown before", "bad"),
    "day": ("another day than shown before", "bad"),
    "hour": ("another hour than shown before", "bad"),
}


def _of_other_rules(one: CrewOutcome) -> Iterator[ScoreEffect]:
    """Parts that a utility has added to the register, by their own names."""
    told = {*_OF_THE_ORDER, *_IN_TIMES, *_YES, "travel", "overtime"}
    for code, part in one.parts.items():
        if code not in told and part["value"]:
            detail = f": {part['detail']}" if part.get("detail") else ""
            yield ScoreEffect(f"{str(part['label']).lower()}{detail}", "ok" if part["value"] > 0 else "bad")


def _compared(one: CrewOutcome, other: CrewOutcome, order: models.WorkOrder) -> Iterator[ScoreEffect]:
    if order.customers_out:
        who = words.count(order.customers_out, "customer")
        yield from _times(one.ends_at - other.ends_at, f"{who} back", f"{who} back at the same time")
    else:
        yield from _times(one.starts_at - other.starts_at, "begins", "begins at the same time")
    # Where both are late, the difference is that of their times.
    if one.late(order) and not other.late(order):
        yield ScoreEffect(f"late by {words.length(one.late(order))}", "bad")
    elif other.late(order) and not one.late(order):
        yield ScoreEffect("in time", "ok")
    driving = one.minutes("travel") - other.minutes("travel")
    yield from _more(driving, lambda length, more: f"{length} {more} driving")
    overtime = one.minutes("overtime") - other.minutes("overtime")
    yield from _more(overtime, lambda length, more: f"{length} {more} overtime")
    for code, (said, tone) in _YES.items():
        if one.has(code) and not other.has(code):
            yield ScoreEffect(said, tone)


def _times(later: timedelta, what: str, same: str) -> Iterator[ScoreEffect]:
    minutes = round(later / _MINUTE)
    if not minutes:
        yield ScoreEffect(same, "none")
    else:
        length = words.length(abs(minutes))
        yield ScoreEffect(f"{what} {length} {'later' if minutes > 0 else 'sooner'}", "bad" if minutes > 0 else "ok")


def _more(minutes: int, say: Callable[[str, str], str]) -> Iterator[ScoreEffect]:
    if minutes:
        more = minutes > 0
        yield ScoreEffect(say(words.length(abs(minutes)), "more" if more else "less"), "bad" if more else "ok")
