"""A first plan of a day that is not too large: of all jobs of a class, the one that gains most goes in next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.compiling import allocating, inner
from assignments.engine.search.kernel import CLASSES, IMPOSSIBLE, Ids, Model, Routes, best_insertion, insert
from assignments.engine.search.linking import LINK, is_linked

# A second choice that does not exist counts as this much dearer than the first, in points.
_NO_CHOICE = 1e5


class InsertionOrder(NamedTuple):
    """Order of the jobs of a class: the job with the greatest value goes in next."""

    regret: float
    cost: float
    duration: float
    """Points a second."""


class InsertionCosts(NamedTuple):
    """Costs of each job on each shift, kept from one insertion to the next, and the choice of the next job."""

    choice: InsertionOrder
    noise: Numbers
    """Points added to a job's value."""
    cost: Numbers
    """Shape (jobs, shifts)."""
    best: Ids
    """By job: the cheapest shift, -1 if none."""
    first: Numbers
    """By job: what it costs there, and at the second cheapest."""
    second: Numbers
    known: NDArray[np.bool_]
    """By job: whether the rest has been looked up."""


@inner
def _two_best(o: InsertionCosts, job: int) -> None:
    o.best[job], o.first[job], o.second[job] = -1, IMPOSSIBLE, IMPOSSIBLE
    for shift in range(o.cost.shape[1]):
        value = o.cost[job, shift]
        if value < o.first[job]:
            o.best[job], o.second[job], o.first[job] = shift, o.first[job], value
        elif value < o.second[job]:
            o.second[job] = value


@inner
def _look_up(m: Model, r: Routes, o: InsertionCosts, job: int, changed: int) -> None:
    # Only the route that has changed, and those that share people with it, can offer something else than before.
    if not o.known[job]:
        for shift in range(m.shifts):
            o.cost[job, shift] = best_insertion(m, r, job, shift)[0]
        _two_best(o, job)
        o.known[job] = True
    else:
        was = o.cost[job, changed]
        o.cost[job, changed] = best_insertion(m, r, job, changed)[0]
        for k in range(m.links[changed], m.links[changed + 1], LINK):
            o.cost[job, m.links[k]] = best_insertion(m, r, job, m.links[k])[0]
        if min(was, o.cost[job, changed]) <= o.second[job] or is_linked(m, changed):
            _two_best(o, job)


@inner
def _next_job(m: Model, r: Routes, o: InsertionCosts, turn: int, changed: int) -> int:
    # The job of the class whose turn is worth most; -1 when nothing of the class fits any more.
    chosen, greatest = -1, -IMPOSSIBLE
    for job in range(m.jobs):
        if m.order[job] != turn or r.shift[job] >= 0 or r.waits[job] > 0:
            continue
        _look_up(m, r, o, job, changed)
        if o.best[job] < 0:
            continue
        regret = min(o.second[job] - o.first[job], _NO_CHOICE)
        value = o.choice.regret * regret - o.choice.cost * o.first[job] - o.choice.duration * m.duration[job]
        value += o.noise[job]
        if value > greatest:
            chosen, greatest = job, value
    return chosen


@allocating
def construct(m: Model, r: Routes, choice: InsertionOrder, noise: Numbers) -> None:
    """Fill the routes, class after class, until nothing more fits.

    A job of a class goes in before any job of a later class, and later ones are only put between: so what is left out
    of a class could not be served by taking later classes away.
    """
    offers = InsertionCosts(
        choice,
        noise,
        np.full((m.jobs, m.shifts), IMPOSSIBLE),
        np.full(m.jobs, -1, dtype=np.int64),
        np.full(m.jobs, IMPOSSIBLE),
        np.full(m.jobs, IMPOSSIBLE),
        np.zeros(m.jobs, dtype=np.bool_),
    )
    for turn in range(CLASSES):
        changed = -1
        chosen = _next_job(m, r, offers, turn, changed)
        while chosen >= 0:
            changed = offers.best[chosen]
            insert(m, r, chosen, changed, best_insertion(m, r, chosen, changed)[1])
            chosen = _next_job(m, r, offers, turn, changed)
