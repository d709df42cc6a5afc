"""Stages of the improving search: a class and the more urgent ones by themselves, before the later ones join.

Otherwise the steps go to all jobs alike, and of two plans the search often ends at one that leaves out more of a class
than it would without the later ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assignments.engine.domain.problem import PriorityClass
from assignments.engine.search import modelling, nearness, proving, relaying
from assignments.engine.search.improving import Scope
from assignments.engine.search.kernel import Ids, Routes
from assignments.engine.search.modelling import Layout

SHARE = 0.7
"""Part of what is left of the search that a class gets before the later ones join."""


@dataclass(frozen=True, slots=True)
class SearchStage:
    """A piece of the search in which the jobs of some classes alone may move."""

    its: int
    """The latest of these classes."""
    is_last: bool
    begin: float
    """Of the whole search, from 0 to 1."""
    end: float

    def within(self, share: float) -> float:
        """Part of the stage that is done when `share` of the whole search is."""
        return min(1.0, (share - self.begin) / (self.end - self.begin)) if self.end > self.begin else 1.0


def whole(begin: float = 0.0) -> SearchStage:
    """All classes, to the end of the search."""
    return SearchStage(len(PriorityClass), True, begin, 1.0)


def after(layout: Layout, routes: Routes, its: int, begin: float) -> SearchStage:
    """The stage that follows the one of class `its`, when `routes` is the best plan so far.

    A class of which nothing is left out gets none.
    """
    order, jobs = layout.model.order, layout.scope.seeds
    left = order[jobs[routes.shift[jobs] < 0]]
    waiting = sorted({int(one) for one in left if its < one < order[jobs].max()})
    return SearchStage(waiting[0], False, begin, begin + SHARE * (1.0 - begin)) if waiting else whole(begin)


def scope(layout: Layout, stage: SearchStage) -> Scope:
    """The scope in which no job of a later class may be put in."""
    its = layout.scope
    if stage.is_last:
        return its
    is_in = layout.model.order <= stage.its
    counts = np.diff(its.pointer)
    return its._replace(
        pointer=np.concatenate([[0], np.cumsum(np.where(is_in, counts, 0))]).astype(np.int64),
        shift=its.shift[np.repeat(is_in, counts)],
        seeds=its.seeds[is_in[its.seeds]],
    )


def start(layout: Layout, routes: Routes, stage: SearchStage, queue: Ids) -> Routes:
    """The plan of `routes` without the jobs of later classes; `queue` is the order in which others are put in."""
    stripped = Routes._make(one.copy() for one in routes)
    if stage.is_last:
        return stripped
    model, only = layout.model, scope(layout, stage)
    proving.strip(model, stripped, model.order, stage.its)
    # Laid down anew, because work may wait for what was taken off.
    found, search = modelling.empty_routes(layout), nearness.fresh(model, 0)
    queue = queue[model.order[queue] <= stage.its]
    relaying.relay(model, found, only, search, stripped.after, stripped.cap, queue)
    return found


def serves_all(layout: Layout, on: Ids, stage: SearchStage) -> bool:
    """Whether nothing of the stage's classes is left out by a plan with each node's shift `on`."""
    jobs = layout.scope.seeds
    return bool((on[jobs[layout.model.order[jobs] <= stage.its]] >= 0).all())
