"""The improving search from outside: pieces of a quarter of a second, and the best plan so far at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search import annealing, comparing, modelling, nearness, reading, relaying, staging, twins
from assignments.engine.search.comparing import Worth
from assignments.engine.search.improving import BEST, COST, STEPS, TEMPERATURE
from assignments.engine.search.kernel import Ids, Model, Routes
from assignments.engine.search.modelling import Layout
from assignments.engine.search.powers import power
from assignments.engine.search.sectors import Sectors
from assignments.engine.search.staging import SearchStage

# The one set of parameters for days of all sizes, beside those in `modelling`, `ruining` and `recreating`.
HOT, COLD = 100.0, 1.0
"""T0 and Tf in points, which are minutes of driving; the paper has the same numbers for units of distance."""
WARM = 10.0
"""T0 of a search that starts from the plan that people see: it was searched for before, and hotter steps would take it
apart and pay for every job that does not find its way back."""
CHUNK = 0.2
"""Seconds that a piece of the search is meant to take."""
LOOKS = 10
"""How often in a stage it is asked whether its classes are served in full, which ends it."""
_FIRST_STEPS = 16

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class SearchState:
    """Progress of an improving search."""

    iterations: int
    share: float
    """Of its time or its iterations, from 0 to 1."""
    plans: int
    """Number of plans that were the best so far; grows when the best has changed."""
    served_weight: float
    """Priority weight of the planned jobs in percent of all jobs'."""
    left_out: int
    travel_hours: float


class Improver:
    """A search that starts from a plan and can be read after each piece.

    Ends after `seconds` of `clock`, or after `iterations`; the same seed and iterations give the same plan, however the
    pieces fall. By default no job is left out for jobs of a later class, and each class is searched for a while without
    the later ones; with `gain`, points by job that its absence costs, only the sum counts. A large day is searched by
    sectors, in as many threads as there are cores or `threads` says: the plan does not depend on them.
    """

    def __init__(
        self,
        layout: Layout,
        routes: Routes,
        *,
        seed: int = 0,
        seconds: float | None = None,
        iterations: int | None = None,
        gain: Numbers | None = None,
        clock: Clock = time.monotonic,
        threads: int | None = None,
    ) -> None:
        if (seconds is None) == (iterations is None):
            raise ValueError("Give the seconds or the iterations.")
        self._layout, self._clock, self._seed, self._threads = layout, clock, seed, threads
        self._seconds, self._iterations = seconds or 0.0, iterations
        self._began, self._has_classes = clock(), gain is None
        # Without classes everything is of one.
        model = layout.model if gain is None else layout.model._replace(order=np.zeros_like(layout.model.order))
        self._model = model
        self._whole = layout.scope if gain is None else layout.scope._replace(gain=gain.astype(np.float64))
        self._search = nearness.fresh(model, seed)
        self._hot = WARM if layout.problem.shown else HOT
        self._steps = _FIRST_STEPS
        self._kept, self._kept_worth = routes, self._worth(copied(routes))
        self._latest = self._base = self._kept_worth, routes
        # The plan that people see has been through the stages.
        in_stages = self._has_classes and not layout.problem.shown
        self._enter(staging.after(layout, routes, -1, 0.0) if in_stages else staging.whole())
        self._seen = self._read = self.plans
        self._standing: SearchState | None = None

    @property
    def share(self) -> float:
        """Part of the search that is done, from 0 to 1."""
        if self._iterations is not None:
            return min(1.0, int(self._search.counts[STEPS]) / self._iterations) if self._iterations else 1.0
        return min(1.0, (self._clock() - self._began) / self._seconds) if self._seconds else 1.0

    @property
    def plans(self) -> int:
        """See `SearchState.plans`."""
        return int(self._search.counts[BEST])

    @property
    def is_done(self) -> bool:
        return self.share >= 1 or not len(self._whole.seeds) or not self._model.shifts

    @property
    def plans_read(self) -> int:
        """Number of plans that had been the best when `best` was last asked; see `SearchState.plans`."""
        return self._read

    def advance(self) -> SearchState:
        """Search on for at most about a quarter of a second."""
        if not self.is_done:
            self._sectors.prepare()
            began = self._clock()
            steps, cooling = self._pace()
            self._anneal(steps, cooling)
            took = max(self._clock() - began, 1e-4)
            # At most four times as many as before: the first steps are not like later ones.
            self._steps = max(1, min(int(steps * self._piece / took), 4 * steps))
            if not self._stage.is_last and self._ends_stage():
                self._keep()
                # The plan that a whole stage has found is not to be taken apart again.
                self._hot = min(WARM, self._hot) if self._is_over else self._hot
                self._base = max(self._base, self._latest, key=lambda one: one[0])
                self._enter(staging.after(self._layout, self._base[1], self._stage.its, self.share))
        return self.standing()

    def standing(self) -> SearchState:
        """Progress of the search and the worth of its best plan."""
        search, last = self._search, self._standing
        plans, iterations = int(search.counts[BEST]), int(search.counts[STEPS])
        if last is None or last.plans != plans:
            # What a stage has found lacks the later classes.
            found = self._routes._replace(after=search.best_after, shift=search.best_shift)
            figures = reading.figures(self._layout, found if self._stage.is_last else self._kept)
            worth = figures.served_weight, figures.jobs - figures.planned, figures.travel_hours
        else:
            worth = last.served_weight, last.left_out, last.travel_hours
        self._standing = SearchState(iterations, self.share, plans, *worth)
        return self._standing

    def best(self) -> Routes:
        """The best plan so far; by the objective never a worse one than the plan at the start."""
        self._keep()
        self._read = self._seen
        return self._kept

    def _keep(self) -> None:
        """Lay the search's best plan down with all jobs, and keep it if it is better than the one kept."""
        if self._seen == self.plans:
            return
        self._seen = self.plans
        routes = self._relaid()
        worth = self._worth(routes)
        self._latest = worth, routes
        if worth > self._kept_worth:
            self._kept, self._kept_worth = routes, worth

    def _worth(self, routes: Routes) -> Worth:
        search = nearness.fresh(self._model, 0)
        annealing.begin(self._model, routes, self._whole, search)
        charged = float(search.totals[COST])
        return comparing.by_class(self._layout, routes, charged) if self._has_classes else Worth((), -charged)

    def _enter(self, stage: SearchStage) -> None:
        """Go on with the jobs of the stage, from the best plan at the ends of stages alone."""
        self._stage = stage
        self._scope = staging.scope(self._layout, stage) if not stage.is_last else self._whole
        self._routes = staging.start(self._layout, self._base[1], stage, self._queue)
        annealing.begin(self._model, self._routes, self._scope, self._search)
        self._search.totals[TEMPERATURE] = self._hot
        self._sectors = Sectors(
            self._model, self._routes, self._scope, self._search, seed=self._seed, threads=self._threads
        )

    def _anneal(self, steps: int, cooling: float) -> None:
        if self._sectors.is_fit:
            self._sectors.anneal(steps, cooling, timed=self._iterations is None)
        else:
            annealing.anneal(self._model, self._routes, self._scope, self._search, steps, cooling)

    @property
    def _is_over(self) -> bool:
        """Whether the stage has had its time or its iterations."""
        if self._iterations is None:
            return self.share >= self._stage.end
        return int(self._search.counts[STEPS]) >= self._marks[1]

    def _ends_stage(self) -> bool:
        begin, _, every = self._marks
        looks = self._iterations is None or (int(self._search.counts[STEPS]) - begin) % every == 0
        return self._is_over or (looks and staging.serves_all(self._layout, self._search.best_shift, self._stage))

    @property
    def _marks(self) -> tuple[int, int, int]:
        """Of a search that counts iterations: where the stage begins, where it ends, and how often it is looked at."""
        begin, end = (round(share * (self._iterations or 0)) for share in (self._stage.begin, self._stage.end))
        return begin, end, max(1, end - begin if self._stage.is_last else (end - begin) // LOOKS)

    @property
    def _piece(self) -> float:
        # A short search is cut in more pieces, so that it cools evenly.
        return CHUNK if self._iterations is not None else min(CHUNK, self._seconds / 20)

    def _pace(self) -> tuple[int, float]:
        """Steps of the next piece, and the factor that each cools by."""
        stage = self._stage
        if self._iterations is not None:
            done, (begin, end, every) = int(self._search.counts[STEPS]), self._marks
            # Looks fall on the same steps, wherever pieces end.
            look = min(end, begin + ((done - begin) // every + 1) * every)
            return min(self._steps, look - done), power(COLD / self._hot, 1, max(1, end - begin))
        share = self.share
        here, then = stage.within(share), stage.within(min(1.0, share + self._piece / self._seconds))
        self._search.totals[TEMPERATURE] = self._hot * (COLD / self._hot) ** here
        return self._steps, (COLD / self._hot) ** ((then - here) / self._steps)

    def _relaid(self) -> Routes:
        routes = modelling.empty_routes(self._layout)
        search = nearness.fresh(self._model, 0)
        found = self._search
        relaying.relay(self._model, routes, self._whole, search, found.best_after, found.best_cap, self._queue)
        return twins.settled(routes, self._layout.twins)

    @cached_property
    def _queue(self) -> Ids:
        return most_for_its_time(self._layout)


def first_plan(layout: Layout, noise: Numbers | None = None) -> Routes:
    """A complete plan in one pass for each class, the most worth for its time first; for days too large for better.

    `noise`, seconds by job, changes the order.
    """
    scope, routes = layout.scope, modelling.empty_routes(layout)
    queue, search = most_for_its_time(layout, noise), nearness.fresh(layout.model, 0)
    relaying.relay(layout.model, routes, scope, search, routes.after.copy(), routes.cap.copy(), queue)
    return routes


def shortest_first(model: Model) -> Ids:
    """The jobs in order of their duration."""
    return np.argsort(model.duration[: model.jobs], kind="stable").astype(np.int64)


def most_for_its_time(layout: Layout, noise: Numbers | None = None) -> Ids:
    """The jobs in order of what their absence costs for each second of work, `noise` seconds added."""
    duration = layout.model.duration[: layout.model.jobs] + (0.0 if noise is None else noise)
    return np.argsort(duration / layout.leaving_out.points, kind="stable").astype(np.int64)


def copied(routes: Routes) -> Routes:
    """Routes of their own with the same stops."""
    return Routes._make(one.copy() for one in routes)
