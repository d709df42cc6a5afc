"""Simulated annealing over steps of ruin and recreate."""

from __future__ import annotations

from assignments.engine.improving import (
    ABSENT,
    BEST,
    BEST_COST,
    COST,
    STEPS,
    TEMPERATURE,
    Scope,
    Search,
    below,
    draw,
    route_cost,
    settle,
)
from assignments.engine.kernel import Model, Routes, compiled
from assignments.engine.moves import accept, cost_after, reject
from assignments.engine.recreating import invite, put_in_order, recreate
from assignments.engine.ruining import ruin

OVER = 5.0
"""Half of the steps put a job in at up to a random multiple of its gain, at most 1 + this: it may open a new area."""


@compiled
def begin(m: Model, r: Routes, g: Scope, s: Search) -> None:
    """Start from the plan that the routes hold."""
    cost = 0.0
    for shift in range(m.shifts):
        settle(m, r, g, s, shift)
        s.cost[shift] = route_cost(m, r, s, shift)
        cost += s.cost[shift]
    for job in g.seeds:
        if r.shift[job] < 0:
            cost += g.gain[job]
    s.totals[COST] = cost
    _note_best(m, r, s, cost)


@compiled
def _note_best(m: Model, r: Routes, s: Search, cost: float) -> None:
    s.totals[BEST_COST] = cost
    s.counts[BEST] += 1
    s.best_after[:] = r.after
    s.best_shift[:] = r.shift
    s.best_cap[:] = r.cap


@compiled
def anneal(m: Model, r: Routes, g: Scope, s: Search, steps: int, cooling: float) -> None:
    """Make `steps` steps; after each the temperature T is multiplied by `cooling`."""
    for _ in range(steps):
        before = s.totals[COST]
        seed = g.seeds[below(s.random, len(g.seeds))]
        s.counts[ABSENT] = 0
        invite(r, g, s, seed)
        ruin(m, r, g, s, seed)
        put_in_order(m, g, s)
        most = 1.0
        if draw(s.random) < 0.5:
            most += OVER * draw(s.random)
        recreate(m, r, g, s, most)
        cost = cost_after(m, r, s)
        chance = g.exponential[below(s.random, len(g.exponential))]
        if cost < before + s.totals[TEMPERATURE] * chance:
            accept(m, r, s, cost)
            if cost < s.totals[BEST_COST] - 1e-6:
                _note_best(m, r, s, cost)
        else:
            reject(m, r, g, s, before)
        s.totals[TEMPERATURE] *= cooling
    s.counts[STEPS] += steps
