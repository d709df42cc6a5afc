"""Parts of a large day that are searched by themselves for a while, drawn anew again and again.

The cost of a step grows with the day: routes and allowed starts of thousands of jobs do not stay near the processor. Of
a sector they do, and sectors know nothing of each other, so as many are searched at once as there are cores. Where they
are cut depends on the seed and on the plan alone, and so does what is found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from assignments.engine.search import annealing, cutting, nearness, powers
from assignments.engine.search.cutting import Cut, Piece
from assignments.engine.search.improving import BEST, BEST_COST, COST, STEPS, TEMPERATURE, Scope, Search
from assignments.engine.search.kernel import Model, Routes

TOGETHER = 400
"""Jobs of a sector."""
DIVIDED = 2
"""Times as many jobs are searched in sectors."""
ROUND = 4
"""Steps for each job, after which sectors are drawn anew."""


_Found = TypeVar("_Found")


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class Sector:
    """A part of the day with a search of its own."""

    piece: Piece
    scope: Scope
    search: Search
    steps: int
    """In a round."""
    done: int = 0

    def go(self, upto: int, cooling: float) -> None:
        """Search on until so many steps of the round are done; after each the temperature is multiplied."""
        piece, steps = self.piece, upto - self.done
        if steps > 0:
            annealing.anneal(piece.model, piece.routes, self.scope, self.search, steps, cooling)
            self.done = upto


class Sectors:
    """The search of a large day by sectors, with the state of the whole in `search` and `routes`.

    As many searches run at once as `threads` says; what they find does not depend on it.
    """

    def __init__(
        self, model: Model, routes: Routes, scope: Scope, search: Search, *, seed: int, threads: int | None = None
    ) -> None:
        self._model, self._routes, self._scope, self._search = model, routes, scope, search
        self._seed, self._threads = seed, threads or cores()
        self._draw = np.random.default_rng(seed)
        self._grouping = cutting.Grouping(model)
        self._of_round = max(1, ROUND * len(scope.seeds))
        self._done = self._of_round
        self._sectors: list[Sector] = []
        self._hot = 0.0

    @property
    def is_fit(self) -> bool:
        """Whether the day is large enough to be divided."""
        return len(self._scope.seeds) >= DIVIDED * TOGETHER

    def anneal(self, steps: int, cooling: float, *, timed: bool) -> None:
        """As `annealing.anneal`, at most to the end of the round.

        `timed` takes the temperature of the whole as it is now; otherwise it goes on as it has cooled in the round.
        """
        self.prepare()
        steps = min(steps, self._of_round - self._done)
        self._done += steps
        todo = []
        for one in self._sectors:
            if timed:
                one.search.totals[TEMPERATURE] = self._search.totals[TEMPERATURE]
            todo.append((one, one.steps * self._done // self._of_round, self._cooling(one, cooling)))
        self._at_once(Sector.go, todo)
        self._search.counts[STEPS] += steps
        self._note_best()
        if self._done >= self._of_round:
            self._search.totals[TEMPERATURE] = self._hot * powers.power(cooling, self._of_round, 1)
            self._merge()

    def _cooling(self, one: Sector, cooling: float) -> float:
        # In fewer steps than the whole day's a sector cools as far.
        return powers.power(cooling, self._of_round, max(1, one.steps))

    def _at_once(self, work: Callable[..., _Found], todo: Iterable[Sequence[Any]]) -> list[_Found]:
        if self._threads == 1:
            return [work(*one) for one in todo]
        with ThreadPoolExecutor(self._threads) as pool:
            return [one.result() for one in [pool.submit(work, *one) for one in todo]]

    def prepare(self) -> None:
        """Draw the sectors anew where a round begins; a moment in which no step is made."""
        if self._done < self._of_round or not self.is_fit:
            return
        scope = self._scope
        count = max(1, round(len(scope.seeds) / TOGETHER))
        drawn = self._grouping.drawn(self._routes, scope.seeds, count, self._draw)
        self._done, self._hot = 0, float(self._search.totals[TEMPERATURE])
        numbers = self._draw.integers(2**62, size=len(drawn)).tolist()
        made = self._at_once(self._sector, zip(drawn, numbers, strict=True))
        self._sectors = [one for one in made if len(one.scope.seeds)]
        self._elsewhere = float(self._search.totals[COST]) - _sum(self._sectors, COST)

    def _sector(self, drawn: Cut, number: int) -> Sector:
        model, scope, jobs = self._model, self._scope, drawn[0]
        piece = cutting.cut(model, self._routes, *drawn)
        its = nearness.scope(piece.model, scope.gain[jobs], symmetric=scope.toward is model.travel)
        search = nearness.fresh(piece.model, number)
        annealing.begin(piece.model, piece.routes, its, search)
        search.totals[TEMPERATURE] = self._hot
        return Sector(piece, its, search, self._of_round * len(jobs) // len(scope.seeds))

    def _note_best(self) -> None:
        """Keep the best of all sectors if together they are the best plan so far."""
        cost, search = self._elsewhere + _sum(self._sectors, BEST_COST), self._search
        if cost >= search.totals[BEST_COST]:
            return
        search.totals[BEST_COST] = cost
        search.counts[BEST] += 1
        search.best_after[:], search.best_shift[:] = self._routes.after, self._routes.shift
        search.best_cap[:] = self._routes.cap
        for one in self._sectors:
            its, found = one.piece, one.search
            its.lay(search.best_after, search.best_shift, found.best_after, found.best_shift)
            search.best_cap[its.jobs] = found.best_cap

    def _merge(self) -> None:
        """Lay the plans of the sectors down in that of the whole."""
        for one in self._sectors:
            one.piece.merge(self._routes)
        self._search.totals[COST] = self._elsewhere + _sum(self._sectors, COST)


def _sum(sectors: Iterable[Sector], what: int) -> float:
    return float(sum(one.search.totals[what] for one in sectors))
