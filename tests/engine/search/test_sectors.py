"""Large days are searched by sectors: pieces of the day that know nothing of each other for a while."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.engine.domain.problem import Problem
from assignments.engine.rules import checker
from assignments.engine.search import (
    annealing,
    anytime,
    around,
    comparing,
    cutting,
    modelling,
    nearness,
    reading,
    sectors,
    solver,
    ways,
)
from assignments.engine.search.improving import COST
from assignments.engine.search.kernel import Routes
from assignments.engine.search.linking import LINK
from assignments.engine.search.modelling import Layout
from tests.builders import a_random_problem
from tests.proofs.problems import a_rich_problem, with_breaks, with_parts

DAYS = {
    "plain": lambda seed: a_random_problem(seed, jobs=60, shifts=12),
    "rich": lambda seed: a_rich_problem(seed, jobs=60, shifts=12),
    "parts": lambda seed: with_parts(a_rich_problem(seed, jobs=60, shifts=12), seed),
    "breaks": lambda seed: with_breaks(a_rich_problem(seed, jobs=60, shifts=12), seed),
}


@pytest.fixture
def _small_sectors(monkeypatch):
    monkeypatch.setattr(sectors, "TOGETHER", 12)


def _planned(problem: Problem) -> tuple[Layout, Routes]:
    return solver.begin(modelling.lay_out(problem))


def _improved(layout: Layout, routes: Routes, *, threads: int = 1, pieces: int | None = None) -> Routes:
    improver = anytime.Improver(layout, routes, seed=3, iterations=2_000, threads=threads)
    while not improver.is_done:
        if pieces:
            improver._steps = pieces
        improver.advance()
    return improver.best()


@pytest.mark.usefixtures("_small_sectors")
@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("seed", range(3))
def test_a_plan_searched_by_sectors_is_legal_and_no_worse_than_the_first_one(kind, seed):
    problem = DAYS[kind](seed)
    layout, routes = _planned(problem)

    found = _improved(layout, routes)

    assert checker.check_plan(problem, reading.read_plan(layout, found)) == []
    assert comparing.of(layout, anytime.copied(found)) >= comparing.of(layout, anytime.copied(routes))


@pytest.mark.usefixtures("_small_sectors")
@pytest.mark.parametrize("seed", range(2))
def test_the_plan_depends_neither_on_the_threads_nor_on_the_pieces_of_the_search(seed):
    layout, routes = _planned(a_random_problem(seed, jobs=60, shifts=12))

    found = [_improved(layout, routes, threads=n, pieces=pieces) for n, pieces in ((1, None), (2, None), (2, 37))]

    assert all((one.after == found[0].after).all() for one in found)


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("seed", range(4))
def test_a_piece_costs_what_its_routes_cost_in_the_day_and_goes_back_to_its_place(kind, seed):
    layout, routes = _planned(DAYS[kind](seed))
    model, scope = layout.model, layout.scope
    drawn = cutting.Grouping(model).drawn(routes, scope.seeds, 4, np.random.default_rng(seed))
    whole = nearness.fresh(model, 0)
    annealing.begin(model, routes, scope, whole)
    before, elsewhere = anytime.copied(routes), _left(layout, routes)

    cost = 0.0
    for jobs, shifts in drawn:
        piece = cutting.cut(model, routes, jobs, shifts)
        search, its = nearness.fresh(piece.model, 0), nearness.scope(piece.model, scope.gain[jobs])
        annealing.begin(piece.model, piece.routes, its, search)
        left = its.seeds[piece.routes.shift[its.seeds] < 0]
        elsewhere -= set(jobs[left].tolist())
        cost += float(search.totals[COST])
        piece.merge(routes)

    assert cost + scope.gain[sorted(elsewhere)].sum() == pytest.approx(float(whole.totals[COST]))
    planned = before.shift >= 0
    for name in ("after", "before", "shift", "early", "cap"):
        was, now = getattr(before, name), getattr(routes, name)
        assert (was[planned[: len(was)]] == now[planned[: len(was)]]).all(), name


def _left(layout: Layout, routes: Routes) -> set[int]:
    seeds = layout.scope.seeds
    return set(seeds[routes.shift[seeds] < 0].tolist())


@pytest.mark.parametrize("seed", range(12))
def test_no_cut_parts_what_waits_for_each_other_or_shares_a_crew_or_people(seed):
    layout, routes = _planned(with_parts(a_rich_problem(seed, jobs=40, shifts=12), seed))
    model = layout.model

    drawn = cutting.Grouping(model).drawn(routes, layout.scope.seeds, 6, np.random.default_rng(seed))

    shift_in, job_in = ({row: n for n, cut in enumerate(drawn) for row in cut[which].tolist()} for which in (1, 0))
    for shift in shift_in:
        others = model.links[model.links[shift] : model.links[shift + 1] : LINK].tolist()
        others += np.flatnonzero(model.mates[model.jobs :] == model.mates[model.jobs + shift]).tolist()
        assert {shift_in[other] for other in others} == {shift_in[shift]}
    for job, its in job_in.items():
        assert routes.shift[job] < 0 or shift_in[int(routes.shift[job])] == its
        waiting = model.follower[model.follow_pointer[job] : model.follow_pointer[job + 1]].tolist()
        assert {job_in[other] for other in waiting if other in job_in} <= {its}


@pytest.mark.parametrize("seed", range(3))
def test_drives_that_are_not_kept_are_reckoned_the_same(monkeypatch, seed):
    problem = a_random_problem(seed, jobs=80, shifts=10)
    kept = solver.construct(problem)

    monkeypatch.setattr(ways, "SQUARE", 10)

    assert not len(modelling.lay_out(problem).model.travel)
    assert solver.construct(problem) == kept
    assert checker.check_plan(problem, solver.improve(problem, iterations=200)) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("jobs", [1, 2, 30, 300])
def test_the_nearest_by_a_grid_are_the_nearest_of_all(seed, jobs):
    layout = modelling.lay_out(a_random_problem(seed, jobs=jobs, shifts=2))
    axes = layout.model.axes[:, :jobs]

    near = around.nearest(layout.model, 20)

    apart = ((axes[:, :, None] - axes[:, None, :]) ** 2).sum(axis=0)
    np.fill_diagonal(apart, np.inf)
    found = np.take_along_axis(apart, near, axis=1)
    assert found == pytest.approx(np.sort(apart, axis=1)[:, : near.shape[1]])
