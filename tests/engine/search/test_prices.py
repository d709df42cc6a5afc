"""Ranking and search want the same: the points of a plan's stops are the cost that the search minimises."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments.engine.domain.plans import Plan, Route
from assignments.engine.domain.problem import Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import shortlist
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.rules import scoring
from assignments.engine.rules.scoring import SoftRule
from assignments.engine.search import annealing, anytime, kernel, modelling, nearness, prices, reading, solver
from assignments.engine.search.improving import COST
from assignments.engine.search.modelling import Layout
from tests.builders import (
    HOUR,
    a_job,
    a_member,
    a_problem,
    a_random_problem,
    a_shift,
    with_random_roads,
)
from tests.proofs.problems import a_rich_problem
from tests.shown import with_random_shown

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(1, 25), shifts=st.integers(1, 6), km=st.just(40)
)
by_road = st.builds(with_random_roads, days, st.integers(0, 10**6))
rich_days = st.builds(a_rich_problem, st.integers(0, 10**6), jobs=st.integers(1, 20), shifts=st.integers(1, 6))
shown_days = st.builds(with_random_shown, days | rich_days, st.integers(0, 10**6))
every_day = days | by_road | rich_days | shown_days
quickly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WEIGHTS = {"travel": -2.5, "overtime": -7.0, "continuity": 33.0, "spare": -11.0, "wait": -1.7, "tentative": -45.0} | {
    "crew": -13.0,
    "day": -90.0,
    "hour": -0.35,
}


def cost_of(layout: Layout, routes) -> float:
    """The search's cost of the routes, without jobs left out and without the driving that was there before."""
    search = nearness.fresh(layout.model, 0)
    annealing.begin(layout.model, anytime.copied(routes), layout.scope, search)
    seeds = layout.scope.seeds
    absent = layout.scope.gain[seeds[routes.shift[seeds] < 0]].sum()
    before = reading.seconds_driven(layout, modelling.empty_routes(layout))
    return float(search.totals[COST] - absent - layout.model.weights[0] * before)


def points_of(problem: Problem, plan: Plan) -> float:
    """Points of the plan's stops by the soft register, before rounding and without the jobs' own worth."""
    appraiser = Appraiser(problem)
    stops = [stop for column, route in enumerate(plan.routes) for stop in stops_of(problem, appraiser, column, route)]
    if not stops:
        return 0.0
    rows, columns, start, detour, overtime, same_feeder, tentative = (
        np.array(each) for each in zip(*stops, strict=True)
    )
    facts = appraiser.facts(
        rows, columns, start=start, detour=detour, overtime=overtime, tentative=tentative, same_feeder=same_feeder
    )
    worth = appraiser.class_weight[rows] * scoring.weight(problem.rules, "priority")
    return float((scoring.exact(problem.rules, facts) - worth).sum())


def stops_of(problem: Problem, appraiser: Appraiser, column: int, route: Route):
    """Of each new stop: row, column, start, detour, overtime, whether its feeder is shared, whether it is tentative.

    Its driving is what it adds to the route of the commitments and of the stops before it.
    """
    shift, travel = problem.shifts[column], Travel.of(problem)
    rows = {job.id: row for row, job in enumerate(problem.jobs)}
    commitments = {c.job_id: c for c in shift.commitments}
    sites = [commitments[s.job_id] if s.fixed else problem.jobs[rows[s.job_id]] for s in route.stops]

    def driven(stops):
        places = [shift.base, *(sites[at].place for at in sorted(stops)), shift.base]
        return sum(travel.seconds(a, b) for a, b in pairwise(places))

    placed = [at for at, stop in enumerate(route.stops) if stop.fixed]
    for at, stop in enumerate(route.stops):
        if not stop.fixed:
            detour = driven([*placed, at]) - driven(placed)
            placed.append(at)
            is_last = at == len(sites) - 1
            back = stop.end + (travel.seconds(sites[at].place, shift.base) if is_last else 0)
            overtime = float(appraiser.overtime(np.array([column]), np.array([back]), is_last)[0])
            shared = bool(sites[at].feeder) and sum(site.feeder == sites[at].feeder for site in sites) > 1
            yield rows[stop.job_id], column, stop.start, detour, overtime, shared, stop.tentative


@quickly
@given(every_day, st.integers(0, 5), st.booleans())
def test_the_points_of_a_plan_s_stops_are_the_cost_that_was_minimised(problem, seed, weighted):
    if weighted:
        problem = replace(problem, rules=replace(problem.rules, weights=WEIGHTS))
    layout = modelling.lay_out(problem)
    improver = anytime.Improver(layout, solver.first_routes(layout, seed=seed), seed=seed, iterations=150)
    while not improver.is_done:
        improver.advance()

    routes = improver.best()

    plan = reading.read_plan(layout, routes)
    assert points_of(problem, plan) == pytest.approx(-cost_of(layout, routes), abs=1e-6)


ONE_LIMIT = "On call the search keeps a crew to the hours of its most tired member, also where the others would do."


@quickly
@given(every_day)
def test_a_candidate_scores_what_the_search_would_pay_for_it(problem):
    layout = modelling.lay_out(problem)
    routes = modelling.empty_routes(layout)
    rows, columns = ({one.id: at for at, one in enumerate(every)} for every in (problem.jobs, problem.shifts))
    for ranked in shortlist.rank(problem, k=99):
        row = rows[ranked.job_id]
        for one in ranked.candidates:
            cost, _ = kernel.best_insertion(layout.model, routes, row, columns[one.shift_id])
            if cost == kernel.IMPOSSIBLE:
                assert problem.shifts[columns[one.shift_id]].on_call, ONE_LIMIT
                continue
            score = sum(part.points for part in one.parts if part.code != "priority")
            # Each part is rounded to whole points.
            assert score == pytest.approx(-cost, abs=0.5 * len(one.parts))


@quickly
@given(every_day)
def test_candidates_are_ranked_by_what_the_search_would_pay(problem):
    layout = modelling.lay_out(problem)
    routes = modelling.empty_routes(layout)
    columns = {shift.id: at for at, shift in enumerate(problem.shifts)}
    for row, ranked in enumerate(shortlist.rank(problem, k=99)):
        asked = [kernel.best_insertion(layout.model, routes, row, columns[c.shift_id])[0] for c in ranked.candidates]
        costs = [cost for cost in asked if cost != kernel.IMPOSSIBLE]
        parts = len(scoring.SOFT)
        # Nobody is ranked above a crew that would be cheaper by more than the rounding of both.
        assert all(before <= after + parts for before, after in pairwise(costs))


class TestAnAddedPart:
    def test_of_the_pair_is_planned_for(self, monkeypatch):
        added = SoftRule("waste", "Skills wasted", "rarity", -500.0, lambda f: f.spare * f.spare)
        monkeypatch.setattr(scoring, "SOFT", MappingProxyType({**scoring.SOFT, "waste": added}))
        splicers = a_shift(1, members=(a_member(1, "LINE", "SPLICE"),))
        plain = a_shift(2, base=a_shift().base)
        problem = a_problem(a_job(), shifts=(splicers, plain))

        [ranked] = shortlist.rank(problem)
        layout = modelling.lay_out(problem)
        routes = solver.first_routes(layout)
        plan = reading.read_plan(layout, routes)

        assert [c.shift_id for c in ranked.candidates] == [2, 1]
        assert [len(route.stops) for route in plan.routes] == [0, 1]
        assert points_of(problem, plan) == pytest.approx(-cost_of(layout, routes), abs=1e-6)

    @pytest.mark.parametrize(
        ("term", "reason"),
        [
            (lambda f: (f.wait / 60) ** 2, "does not grow evenly with 'wait'"),
            (lambda f: np.maximum(f.late, HOUR), "does not grow evenly with 'late'"),
            (lambda f: f.detour * f.haste, "weighs 'detour' by other facts"),
            (lambda f: f.wait * f.spare, "weighs 'wait' by other facts"),
            (lambda f: f.late * f.pending, "weighs 'late' by other facts"),
            (lambda f: f.overtime * f.same_feeder, "weighs 'overtime' by other facts"),
        ],
    )
    def test_that_the_search_cannot_plan_for_is_refused_when_it_is_loaded(self, term, reason, monkeypatch):
        added = SoftRule("added", "Added", "points", 1.0, term)
        monkeypatch.setattr(scoring, "SOFT", MappingProxyType({**scoring.SOFT, "added": added}))
        spec = importlib.util.spec_from_file_location("loaded_again", modelling.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "loaded_again", module)

        with pytest.raises(prices.UnplannableTerm, match=f"The score part 'added' {reason}"):
            spec.loader.exec_module(module)

    def test_of_today_s_register_can_all_be_planned_for(self):
        prices.refuse_unplannable(scoring.SOFT.values())
