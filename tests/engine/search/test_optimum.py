"""On small days every arrangement can be looked at: nothing is better by the objective than what improving finds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain.problem import Problem
from assignments.engine.search import anytime, comparing, kernel, modelling, solver, starts
from assignments.engine.search.comparing import Worth
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout
from tests.builders import a_random_problem
from tests.examples import drawn

days = st.builds(a_random_problem, st.integers(0, 10**6), jobs=st.integers(1, 5), shifts=st.just(2), km=st.just(40))


@drawn(12)
@given(days)
def test_improving_finds_the_best_plan_of_a_small_day(problem):
    layout = modelling.lay_out(plain(problem))
    improver = anytime.Improver(layout, solver.first_routes(layout), iterations=500)
    while not improver.is_done:
        improver.advance()

    found, best = comparing.of(layout, anytime.copied(improver.best())), _best(layout)

    assert found.served == best.served
    assert found.points >= best.points - 1e-6


def plain(problem: Problem) -> Problem:
    """The day by its prices alone: emergencies wait at theirs, and no work is given."""
    return replace(
        problem,
        jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs),
        shifts=tuple(replace(shift, commitments=(), on_call=False) for shift in problem.shifts),
        rules=replace(problem.rules, strict_emergencies=False),
    )


def _best(layout: Layout) -> Worth:
    jobs = layout.scope.seeds.tolist()
    laid_down = (_laid_down(layout, order) for order in arrangements(jobs, layout.model.shifts))
    return max(comparing.of(layout, routes) for routes in laid_down if routes is not None)


def arrangements(jobs: Sequence[int], shifts: int) -> Iterator[list[tuple[int, ...]]]:
    """Any of the jobs on the shifts in any order."""
    for count in range(len(jobs) + 1):
        for chosen in itertools.permutations(jobs, count):
            for cuts in itertools.combinations_with_replacement(range(count + 1), shifts - 1):
                yield [chosen[a:b] for a, b in itertools.pairwise((0, *cuts, count))]


def _laid_down(layout: Layout, order: list[tuple[int, ...]]) -> Routes | None:
    """Each job as early as it can be after the one before; None where one does not fit."""
    routes, m = modelling.empty_routes(layout), layout.model
    for shift, jobs in enumerate(order):
        before = m.jobs + shift
        home = before + m.shifts
        for job in jobs:
            start = starts.next_allowed(m, job, shift, kernel.arrival(m, routes, before, job))
            if start >= starts.NEVER:
                return None
            routes.after[before], routes.before[job] = job, before
            routes.early[job], routes.shift[job] = start, shift
            before = job
        routes.after[before], routes.before[home] = home, before
        if jobs and routes.early[before] + m.duration[before] + kernel.drive(m, before, home) > m.fixed[home]:
            return None
    return routes
