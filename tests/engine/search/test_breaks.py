"""Plans keep room for the breaks of each shift, wherever these lie, and miss no work that fits beside them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly
from assignments.engine.domain.problem import Break, Place, Problem, RuleData, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import breaks, checker
from assignments.engine.search import anytime, comparing, modelling, solver, starts
from assignments.engine.search.kernel import Routes, drive
from assignments.engine.search.modelling import Layout
from tests.builders import (
    DEPOT,
    HOUR,
    MINUTE,
    a_commitment,
    a_job,
    a_problem,
    a_random_day,
    a_random_problem,
    a_shift,
    with_random_roads,
)
from tests.engine.search.test_optimum import arrangements
from tests.engine.steps import legal_beside_work_as_urgent
from tests.examples import drawn
from tests.proofs.optimum import plain
from tests.proofs.problems import a_rich_problem, with_breaks

MEAL = Break("meal break", 30 * MINUTE, earliest=3 * HOUR + 30 * MINUTE, latest=6 * HOUR, after=6 * HOUR)

seeds = st.integers(0, 10**6)


def a_day(seed: int, jobs: int, shifts: int) -> Problem:
    """A random day on which crews get breaks, with told roads one time out of three."""
    problem = with_breaks(a_random_problem(seed, jobs=jobs, shifts=shifts), seed)
    return with_random_roads(problem, seed) if seed % 3 == 0 else problem


days = st.builds(a_day, seeds, jobs=st.integers(0, 25), shifts=st.integers(0, 6))
plain_days = st.builds(
    lambda seed, jobs, shifts: with_breaks(a_random_problem(seed, jobs, shifts), seed),
    seeds,
    jobs=st.integers(0, 25),
    shifts=st.integers(0, 6),
)
rich_days = st.builds(
    lambda seed, jobs, shifts: with_breaks(a_rich_problem(seed, jobs, shifts), seed),
    seeds,
    jobs=st.integers(1, 20),
    shifts=st.integers(1, 6),
)


@drawn(40)
@given(days | rich_days)
def test_every_plan_is_legal(problem):
    assert checker.check_plan(problem, solver.construct(problem)) == []


@drawn(40)
@given(days | rich_days, st.integers(0, 5))
def test_every_improved_plan_is_legal(problem, seed):
    assert checker.check_plan(problem, solver.improve(problem, iterations=300, seed=seed)) == []


@drawn(15)
@given(seeds)
def test_every_plan_with_teams_is_legal(seed):
    problem = with_breaks(a_random_day(seed, jobs=15, shifts=6), seed)

    assert checker.check_plan(problem, jointly.construct(problem)) == []


@drawn(40)
@given(plain_days, st.sampled_from([solver.construct, lambda day: solver.improve(day, iterations=100)]))
def test_no_job_is_left_out_for_jobs_of_a_later_class(problem, planned_by):
    problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))

    assert legal_beside_work_as_urgent(problem, planned_by(problem)) == []


def a_long_day(*rests: Break, jobs: int = 12, **fields: Any) -> Problem:
    """Twelve jobs of an hour at the depot, and a shift of twelve hours."""
    work = (a_job(number, place=DEPOT) for number in range(1, jobs + 1))
    shift = a_shift(window=Window(7 * HOUR, 19 * HOUR), **fields)
    return a_problem(*work, shifts=(shift,), rules=RuleData(breaks=rests))


@pytest.mark.parametrize("planned_by", [solver.construct, lambda day: solver.improve(day, iterations=200)])
def test_twelve_jobs_of_an_hour_do_not_fill_a_shift_that_owes_a_break(planned_by):
    without, problem = a_long_day(), a_long_day(MEAL)

    assert len(planned_by(without).left_out) == 0
    plan = planned_by(problem)

    assert len(plan.left_out) == 1
    assert checker.check_plan(problem, plan) == []
    work = [a_commitment(stop.job_id, stop.start, stop.end, place=DEPOT) for stop in plan.routes[0].stops]
    [meal] = breaks.of_shift(problem, replace(problem.shifts[0], commitments=tuple(work)))
    assert 7 * HOUR + MEAL.earliest <= meal.window.start <= 7 * HOUR + MEAL.latest


def test_what_is_left_out_for_a_break_is_told_as_left_out_for_its_time():
    [left] = solver.construct(a_long_day(MEAL)).left_out

    assert left.reason.render(str) == "One crew may do it, but its time goes to work at least as urgent."


def test_a_wait_for_a_customer_serves_as_the_break():
    visit = a_job(2, place=DEPOT, appointment=Window(11 * HOUR, 12 * HOUR))
    first = a_job(1, place=DEPOT, duration=3 * HOUR + 30 * MINUTE)
    problem = a_problem(first, visit, rules=RuleData(breaks=(MEAL,)))

    plan = solver.construct(problem)

    assert [stop.start for stop in plan.routes[0].stops] == [7 * HOUR, 11 * HOUR]


def test_two_breaks_are_taken_one_after_the_other():
    coffee = Break("coffee break", 15 * MINUTE, earliest=2 * HOUR, latest=3 * HOUR)
    problem = a_long_day(MEAL, coffee, jobs=11)

    plan = solver.construct(problem)

    assert plan.left_out == ()
    assert checker.check_plan(problem, plan) == []
    assert plan.routes[0].stops[-1].end == 18 * HOUR + 45 * MINUTE


def test_a_break_at_the_base_takes_the_drives_there():
    far = Place(40.0, -75.3)
    at_base = replace(MEAL, at_base=True)
    jobs = [a_job(number, place=far, duration=3 * HOUR) for number in (1, 2)]
    problem = a_problem(*jobs, rules=RuleData(breaks=(MEAL,)))

    assert len(solver.construct(problem).left_out) == 0
    back = solver.construct(replace(problem, rules=RuleData(breaks=(at_base,))))

    assert len(back.left_out) == 1


def test_nothing_more_is_asked_where_approved_work_has_taken_the_break():
    taken = a_commitment(90, 10 * HOUR, 13 * HOUR + 30 * MINUTE, place=DEPOT)
    problem = a_long_day(MEAL, jobs=8, commitments=(taken,))

    plan = solver.construct(problem)

    assert plan.left_out == ()
    assert checker.check_plan(problem, plan) == []


small = st.builds(
    lambda seed, jobs: with_breaks(a_random_problem(seed, jobs=jobs, shifts=2), seed), seeds, jobs=st.integers(1, 5)
)


@drawn(10)
@given(small)
def test_improving_finds_the_best_plan_of_a_small_day(problem):
    layout = modelling.lay_out(plain(problem))
    improver = anytime.Improver(layout, solver.first_routes(layout), iterations=500)
    while not improver.is_done:
        improver.advance()

    found, best = comparing.of(layout, anytime.copied(improver.best())), _best(layout)

    assert found.served == best.served
    assert found.points >= best.points - 1e-6


def _best(layout: Layout) -> comparing.Worth:
    jobs = layout.scope.seeds.tolist()
    orders = arrangements(jobs, layout.model.shifts)
    laid_down = (_laid_down(layout, order) for order in orders if _is_possible(layout, order))
    return max(comparing.of(layout, routes) for routes in laid_down)


def _laid_down(layout: Layout, order: list[tuple[int, ...]]) -> Routes:
    routes, m = modelling.empty_routes(layout), layout.model
    for shift, jobs in enumerate(order):
        before = m.jobs + shift
        for node in (*jobs, before + m.shifts):
            routes.after[before], routes.before[node], routes.shift[node] = node, before, shift
            before = node
    return routes


def _is_possible(layout: Layout, order: list[tuple[int, ...]]) -> bool:
    """Whether some parting of each shift's breaks lets all of its work be done in this order."""
    return all(
        any(_in_time(layout, shift, jobs, parting) for parting in _partings(layout, shift, len(jobs)))
        for shift, jobs in enumerate(order)
    )


def _partings(layout: Layout, shift: int, jobs: int) -> Iterator[tuple[int, ...]]:
    """The pause, from 0, in which each break might be taken."""
    rests = breaks.of_shift(layout.problem, layout.problem.shifts[shift])
    return itertools.combinations_with_replacement(range(jobs + 1), len(rests))


def _in_time(layout: Layout, shift: int, jobs: tuple[int, ...], parting: tuple[int, ...]) -> bool:
    m, crew = layout.model, layout.problem.shifts[shift]
    rests = [laid.rest for laid in breaks.of_shift(layout.problem, crew)]
    way = Travel.of(layout.problem).seconds
    before, over, leave = m.jobs + shift, crew.window.start, int(m.leave[m.jobs + shift])
    for pause, node in enumerate((*jobs, m.jobs + shift + m.shifts)):
        to = layout.problem.jobs[node].place if node < m.jobs else crew.base
        place = layout.problem.jobs[before].place if before < m.jobs else crew.base
        state: breaks.Resting | None = breaks.Resting(over, over, place)
        for one, taken_in in zip(rests, parting, strict=True):
            if taken_in == pause and state is not None:
                state = state.after(one, crew, way)
        if state is None:
            return False
        arrival = max(state.reaches(to, way), leave + drive(m, before, node))
        if node >= m.jobs:
            return arrival <= int(m.fixed[node])
        start = starts.next_allowed(m, node, shift, arrival)
        if start >= starts.NEVER:
            return False
        before, over = node, start + int(m.duration[node])
        leave = over
    return True
