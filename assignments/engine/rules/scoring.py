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

from assignments.engine.domain.problem import Job, PriorityClass, RuleData
from assignments.engine.domain.shown import FAR, NEARLY
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

STAKE: Mapping[PriorityClass, float] = MappingProxyType(
    {
        PriorityClass.EMERGENCY: 2.0,
        PriorityClass.URGENT: 1.0,
        PriorityClass.HIGH: 0.5,
        PriorityClass.NORMAL: 0.25,
        PriorityClass.LOW: 0.125,
    }
)
"""Times that a minute of lateness counts, in step with the worth of the class: with one price for all, low work that is
late would count several times as much as low work that is not, and all of it would be late in the end."""

RUSHED = (PriorityClass.EMERGENCY, PriorityClass.URGENT)
"""Classes of which a late start costs more than waiting alone."""

SHOWN, READ = 1.0, 2.0
"""How much a change counts of work that people are shown, and of work that somebody has read."""

DAY = 24 * 3600
HALF_AGAIN = 5
"""Days overdue that make a job worth half as much again; twice as much is never reached."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Input of the terms: arrays that broadcast to one shape, a candidate in each place; times in seconds."""

    class_weight: Numbers
    haste: Numbers
    """Points that one minute until the start costs."""
    stake: Numbers
    """Times that one minute of lateness counts."""
    overdue: Numbers
    """Share of its class's worth that a job gains by being overdue; see `overdue`."""
    rushed: Numbers
    """1 for work of `RUSHED` classes."""
    wait: Numbers
    late: Numbers
    """Against the time by which it could be done; see `promised`."""
    detour: Numbers
    overtime: Numbers
    same_feeder: Numbers
    """1 where other work of the shift is on the job's feeder."""
    spare: Numbers
    """Qualifications the crew holds and the job does not need, each counted by its rarity among the shifts."""
    pending: Numbers
    """1 where a permit is not yet issued."""
    regard: Numbers
    """How much a change of the job counts: 0 where no plan showed it, `SHOWN` or `READ`."""
    another_crew: Numbers
    """1 where another crew than the shown one does the job."""
    another_day: Numbers
    """1 where it is done in a shift of another day."""
    off: Numbers
    """Seconds off the shown hour; see `off`."""


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
    meaning: str = ""
    """In the words of a utility, for the page of the objective."""


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
        """The amount as a person says it: `1 h 20 min`, `yes`; empty where it means nothing without the reckoning."""
        match self.unit:
            case "minutes":
                less = " less" if round(self.amount * 60) < 0 else ""
                return spoken_duration(round(self.amount * 60)) + less
            case "yes or no":
                return "yes" if self.amount else "no"
            case "work by priority" | "minutes by priority" | "scarce skills":
                return ""
        return f"{self.amount:g} {self.unit}"


def _of_the_work() -> tuple[SoftRule, ...]:
    return (
        SoftRule(
            "priority", "Work done, by priority", "work by priority", 30.0, lambda f: f.class_weight, "work",
            "The worth of doing work of its class.",
        ),
        SoftRule(
            "overdue", "Overdue", "work by priority", 30.0, lambda f: f.class_weight * f.overdue, "work",
            "Overdue work is worth more from day to day, and however old it is, less than the next class.",
        ),
        SoftRule(
            "wait", "Wait until start", "minutes by priority", -1.0, lambda f: f.wait / 60 * f.haste, "work",
            "Every minute until the start, by class and by customers out.",
        ),
        SoftRule(
            "rush", "Urgent work waits", "minutes", -1.0, lambda f: f.wait / 60 * f.rushed, "work",
            "Every minute until the start of emergencies and urgent work, on top.",
        ),
        SoftRule(
            "lateness", "Avoidable lateness", "minutes by priority", -0.5, lambda f: f.late / 60 * f.stake, "work",
            "Every minute after the due time or, for what cannot be done by then, after the soonest end; by class.",
        ),
    )  # fmt: skip


def _of_the_crew() -> tuple[SoftRule, ...]:
    return (
        SoftRule(
            "travel", "Added driving", "minutes", -1.0, lambda f: f.detour / 60, "every crew",
            "Every minute of driving more than without the work.",
        ),
        SoftRule(
            "overtime", "Overtime", "minutes", -3.0, lambda f: f.overtime / 60, "every crew",
            "Every minute that a crew is back after its shift.",
        ),
        SoftRule(
            "continuity", "Same feeder", "yes or no", 15.0, lambda f: f.same_feeder,
            meaning="The crew has other work on the feeder that day.",
        ),
        SoftRule(
            "spare", "Scarce skills left idle", "scarce skills", -5.0, lambda f: f.spare, "every crew",
            "Skills of the crew that the work does not need, each by how few crews have it.",
        ),
        SoftRule(
            "tentative", "Permit pending", "yes or no", -30.0, lambda f: f.pending, "work",
            "The work hangs on a permit that is not issued yet.",
        ),
    )  # fmt: skip


def _of_what_is_shown() -> tuple[SoftRule, ...]:
    return (
        SoftRule(
            "crew", "Another crew than shown", "times", -20.0, lambda f: f.regard * f.another_crew, "every crew",
            "Work that people saw with a crew goes to another; twice where somebody has read it.",
        ),
        SoftRule(
            "day", "Another day than shown", "times", -40.0, lambda f: f.regard * f.another_day,
            meaning="Work that people saw on a day is done on another; twice where somebody has read it.",
        ),
        SoftRule(
            "hour", "Another hour than shown", "minutes by priority", -0.1, lambda f: f.regard * f.off / 60, "work",
            f"Every minute off the shown hour from {NEARLY // 60} to {FAR // 60}; twice where somebody has read it.",
        ),
    )  # fmt: skip


SOFT: Mapping[str, SoftRule] = by_code((*_of_the_work(), *_of_the_crew(), *_of_what_is_shown()))


def weight(rules: RuleData, code: str) -> float:
    """The rule's weight, as the district has set it."""
    return float(rules.weights.get(code, SOFT[code].weight))


def haste(priority: PriorityClass, customers_out: int) -> float:
    """Points a minute of waiting costs: each 200 customers out add as much again, however many there are."""
    return HASTE[priority] * (1.0 + customers_out / 200)


def overdue(due: int, now: int) -> float:
    """Share of its class's worth that a job gains: by whole days, and less than all of it however old it is, so that
    no age makes it worth as much as a job of the next class."""
    days = max(0, now - due) // DAY
    return days / (days + HALF_AGAIN)


def off(start: NDArray[np.int64], shown: NDArray[np.int64]) -> Numbers:
    """Seconds off the shown hour that count as a change."""
    return np.asarray(np.clip(np.abs(start - shown) - NEARLY, 0, FAR - NEARLY), dtype=np.float64)


def promised(job: Job, now: int) -> int:
    """When the job is to be done: when it is due or, where no plan could do it by then, as soon as it could be."""
    first = max(
        now,
        job.earliest,
        job.appointment.start if job.appointment else now,
        job.materials_at or now,
        *(p.done for p in job.prerequisites if p.done is not None),
    )
    return max(job.due, first + job.duration)


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
