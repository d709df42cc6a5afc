"""Simulated annealing over steps of ruin and recreate."""

from __future__ import annotations

from assignments.engine.search.compiling import compiled, inner
from assignments.engine.search.improving import (
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
from assignments.engine.search.kernel import Model, Routes
from assignments.engine.search.moves import accept, cost_after, reject
from assignments.engine.search.recreating import invite, put_in_order, recreate
from assignments.engine.search.ruining import ruin

OFTEN, OVER = 0.5, 5.0
"""Share of steps that put a job in at up to a random multiple of its gain, so that it may open a new area; the multiple
is at most 1 + OVER."""
# Points below which two plans are the same but for rounding.
_SAME = 1e-6


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


@inner
def _note_best(m: Model, r: Routes, s: Search, cost: float) -> None:
    s.totals[BEST_COST] = cost
    s.counts[BEST] += 1
    # Whole slices would compile ten times as long.
    for node in range(len(r.after)):
        s.best_after[node], s.best_shift[node] = r.after[node], r.shift[node]
    for job in range(m.jobs):
        s.best_cap[job] = r.cap[job]


@compiled
def anneal(m: Model, r: Routes, g: Scope, s: Search, steps: int, cooling: float) -> None:
    """Make `steps` steps; after each the temperature T is multiplied by `cooling`."""
    for _ in range(steps):
        before = s.totals[COST]
        if _ruined_and_recreated(m, r, g, s):
            cost = cost_after(m, r, s)
            chance = g.exponential[below(s.random, len(g.exponential))]
            if cost < before + s.totals[TEMPERATURE] * chance:
                accept(m, r, s, cost)
                if cost < s.totals[BEST_COST] - _SAME:
                    _note_best(m, r, s, cost)
            else:
                reject(m, r, g, s, before)
        else:
            reject(m, r, g, s, before)
        s.totals[TEMPERATURE] *= cooling
    s.counts[STEPS] += steps


@inner
def _ruined_and_recreated(m: Model, r: Routes, g: Scope, s: Search) -> bool:
    seed = int(g.seeds[below(s.random, len(g.seeds))])
    invite(r, g, s, seed)
    if not ruin(m, r, g, s, seed):
        return False
    put_in_order(m, g, s)
    over = OVER * draw(s.random) if draw(s.random) < OFTEN else 0.0
    recreate(m, r, g, s, 1.0 + over)
    return True
