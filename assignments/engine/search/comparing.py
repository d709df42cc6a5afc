"""Which of two plans is the better one: asked wherever plans are compared, and answered here alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assignments.engine.domain.problem import PriorityClass
from assignments.engine.search import annealing, nearness
from assignments.engine.search.improving import COST
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout


class Worth(NamedTuple):
    """The greater, the better the plan: class after class, and then the points of everything."""

    served: tuple[int, ...]
    """Less the units left out of each class, the most urgent first; the last class is weighed in points."""
    points: float


def of(layout: Layout, routes: Routes) -> Worth:
    """The worth of the plan on the routes."""
    search = nearness.fresh(layout.model, 0)
    annealing.begin(layout.model, routes, layout.scope, search)
    return by_class(layout, routes, float(search.totals[COST]))


def by_class(layout: Layout, routes: Routes, charged: float) -> Worth:
    """The worth of a plan for which the search is charged so many points."""
    costs, jobs = layout.leaving_out, layout.scope.seeds
    left = jobs[routes.shift[jobs] < 0]
    units = np.bincount(layout.model.order[left], costs.units[left], minlength=len(PriorityClass))
    # In the search a class is dearer than in points, so that it comes before later ones.
    charged -= float((costs.gain[left] - costs.points[left]).sum())
    return Worth(tuple((-units[:-1].astype(np.int64)).tolist()), -charged)
