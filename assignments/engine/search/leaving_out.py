"""The cost of leaving a job out: its worth and its further waiting, in the currency of the work that is planned.

A job that is left out goes on waiting: it costs at least what doing it a day after the end of the horizon would. So its
customers out and its lateness count as they do for work that is planned, and the worse an order is, the more its
absence costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assignments.engine.domain.problem import PriorityClass, Problem
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.rules import scoring
from assignments.engine.rules.scoring import CLASS_WEIGHT, DAY, Numbers
from assignments.engine.search import prices
from assignments.engine.search.kernel import Ids

KEPT = 4.0
"""Times its worth that the absence of a job costs, so that one which fits is hardly ever left out to save driving."""
UNITS = 8
"""Units of class that a plain job of a class has; less than a unit is weighed against driving like anything else."""
OUTWEIGHS = 8
"""The least job of a class outweighs so many of the greatest of the next: more than it could displace."""


@dataclass(frozen=True, slots=True)
class LeavingOut:
    """Costs of leaving each job out."""

    points: Numbers
    units: Ids
    """The same in whole units of its class: by these, plans are compared class after class."""
    gain: Numbers
    """The search's charge: points in which a unit is dearer from class to class, as `OUTWEIGHS` says."""


def of(problem: Problem, appraiser: Appraiser, order: Ids) -> LeavingOut:
    """The costs of the problem's jobs, each in the class by which it is planned."""
    weights = np.array([CLASS_WEIGHT[one] for one in PriorityClass], dtype=np.float64)
    # Where a rule set gives the classes no worth, they still keep their order.
    plain = KEPT * weights * max(1.0, scoring.weight(problem.rules, "priority"))
    as_planned = prices.served(problem.rules, appraiser, class_weight=weights[order])
    worth = np.maximum(plain[order], KEPT * as_planned)
    points = worth + np.maximum(0.0, prices.postponed(problem.rules, appraiser, problem.horizon + DAY))
    unit = plain / UNITS
    units = np.floor(points / unit[order]).astype(np.int64)
    charged = units * unit[order]
    steep = _steepness(charged, points, plain, order)
    return LeavingOut(points, units, points + (steep[order] - 1) * charged)


def _steepness(charged: Numbers, points: Numbers, plain: Numbers, order: Ids) -> Numbers:
    # By class; that of the last is 1.
    steep = np.ones(len(plain))
    for its in range(len(plain) - 2, -1, -1):
        least = charged[order == its].min(initial=np.inf)
        greatest = points[order == its + 1].max(initial=plain[its + 1])
        dearer = OUTWEIGHS * greatest / (least if least < np.inf else plain[its])
        steep[its] = steep[its + 1] * max(OUTWEIGHS, np.ceil(dearer))
    return steep
