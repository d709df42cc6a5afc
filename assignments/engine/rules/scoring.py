"""The SOFT register: what makes one legal assignment better than another, in one table of weights.

One point is worth one minute of driving. Every part is rounded to whole points before it is added, so the parts of a
score add up to it exactly. Terms are written once, for arrays of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import PriorityClass, RuleData
from assignments.engine.domain.wording import spoken_duration
from assignments.engine.rules.codes import by_code

Numbers = NDArray[np.float64]
Points = NDArray[np.int64]

CLASS_WEIGHT: Mapping[PriorityClass, int] = MappingProxyType(
    {
        PriorityClass.EMERGENCY: 32,
        PriorityClass.URGENT: 16,
        PriorityClass.HIGH: 8,
        PriorityClass.NORMAL: 4,
        PriorityClass.LOW: 2,
    }
)
"""Worth of serving one job of the class, in half hours of driving."""

HASTE: Mapping[PriorityClass, float] = MappingProxyType(
    {
        PriorityClass.EMERGENCY: 1.0,
        PriorityClass.URGENT: 0.2,
        PriorityClass.HIGH: 0.05,
        PriorityClass.NORMAL: 0.02,
        PriorityClass.LOW: 0.01,
    }
)
"""Points a minute of waiting costs before customers are counted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Input of the terms: arrays that broadcast to one shape, a candidate in each place; times in seconds."""

    class_weight: Numbers
    haste: Numbers
    """Points that one minute until the start costs."""
    wait: Numbers
    late: Numbers
    detour: Numbers
    overtime: Numbers
    same_feeder: Numbers
    """1 where other work of the shift is on the job's feeder."""
    spare: Numbers
    """Qualifications the crew holds and the job does not need, each counted by its rarity among the shifts."""
    pending: Numbers
    """1 where a permit is not yet issued."""


Share = Literal["work", "lead crew", "every crew"]


@dataclass(frozen=True, slots=True)
class SoftRule:
    """One entry of the register; points = round(weight x term)."""

    code: str
    name: str
    unit: str
    weight: float
    term: Callable[[Facts], Numbers]
    share: Share = "lead crew"
    """Of a team, what has the part: the work once, the lead crew alone, or every crew."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One line of a score."""

    code: str
    name: str
    unit: str
    amount: float
    points: int

    @property
    def words(self) -> str:
        """The amount as a person says it: `1 h 20 min`, `yes`, `610 weighted minutes`."""
        match self.unit:
            case "minutes":
                less = " less" if round(self.amount * 60) < 0 else ""
                return spoken_duration(round(self.amount * 60)) + less
            case "yes or no":
                return "yes" if self.amount else "no"
            case "weighted minutes":
                return f"{self.amount:,.0f} {self.unit}"
        return f"{self.amount:g} {self.unit}"


def _rules() -> tuple[SoftRule, ...]:
    return (
        SoftRule("priority", "Priority served", "class points", 30.0, lambda f: f.class_weight, "work"),
        SoftRule("wait", "Wait until start", "weighted minutes", -1.0, lambda f: f.wait / 60 * f.haste, "work"),
        SoftRule("lateness", "Late against due", "minutes", -0.5, lambda f: f.late / 60, "work"),
        SoftRule("travel", "Added driving", "minutes", -1.0, lambda f: f.detour / 60, "every crew"),
        SoftRule("overtime", "Overtime", "minutes", -3.0, lambda f: f.overtime / 60, "every crew"),
        SoftRule("continuity", "Same feeder", "yes or no", 15.0, lambda f: f.same_feeder),
        SoftRule("spare", "Rare skills left idle", "rarity", -5.0, lambda f: f.spare, "every crew"),
        SoftRule("tentative", "Permit pending", "yes or no", -30.0, lambda f: f.pending, "work"),
    )


SOFT: Mapping[str, SoftRule] = by_code(_rules())


def weight(rules: RuleData, code: str) -> float:
    """The rule's weight, as the district has set it."""
    return float(rules.weights.get(code, SOFT[code].weight))


def haste(priority: PriorityClass, customers_out: int) -> float:
    """Points a minute of waiting costs: each 200 customers out add as much again, up to five times."""
    return HASTE[priority] * min(5.0, 1.0 + customers_out / 200)


def points(rules: RuleData, facts: Facts) -> dict[str, tuple[Numbers, Points]]:
    """By rule: the amounts and the whole points, arrays that broadcast to the shape of `facts`."""
    result = {}
    for code, rule in SOFT.items():
        amount = np.asarray(rule.term(facts), dtype=np.float64)
        result[code] = (amount, np.rint(amount * weight(rules, code)).astype(np.int64))
    return result


def exact(rules: RuleData, facts: Facts) -> Numbers:
    """The scores before rounding, as the search reckons; in the shape of `facts`."""
    return np.asarray(sum(weight(rules, code) * rule.term(facts) for code, rule in SOFT.items()), dtype=np.float64)


def total(rules: RuleData, facts: Facts) -> Points:
    """The scores, in the shape of `facts`."""
    return np.asarray(sum(part for _, part in points(rules, facts).values()), dtype=np.int64)


def parts(rules: RuleData, facts: Facts, count: int) -> list[tuple[ScorePart, ...]]:
    """The score parts of `count` candidates in a row; a candidate's points add up to its score."""
    columns = []
    for code, (amount, whole) in points(rules, facts).items():
        rule = SOFT[code]
        amounts = np.broadcast_to(np.round(amount, 2), (count,)).tolist()
        wholes = np.broadcast_to(whole, (count,)).tolist()
        columns.append([ScorePart(code, rule.name, rule.unit, a, p) for a, p in zip(amounts, wholes, strict=True)])
    return list(zip(*columns, strict=True))
