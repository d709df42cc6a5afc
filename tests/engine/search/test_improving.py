"""Invariants of an improved plan, on days drawn at random; and the search's promises to its caller."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain.problem import Place, Prerequisite, PriorityClass, Window
from assignments.engine.rules import checker
from assignments.engine.search import annealing, anytime, kernel, modelling, nearness, reading, solver, starts
from assignments.engine.search.improving import COST
from tests.builders import DEPOT, HOUR, a_commitment, a_job, a_permit, a_problem, a_random_problem, a_shift
from tests.engine.steps import as_urgent, legal_beside_work_as_urgent, new_stops
from tests.examples import drawn

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(0, 30), shifts=st.integers(0, 6), km=st.just(40)
)
quickly = drawn(40)


@quickly
@given(days)
def test_no_job_is_left_out_for_jobs_of_a_later_class(problem):
    # Urgency that is handed on would need the chain behind a job to be looked at; plain jobs show the rule.
    problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))

    plan = solver.improve(problem, iterations=200)

    assert legal_beside_work_as_urgent(problem, plan) == []


@quickly
@given(days)
def test_the_routes_kept_up_to_date_are_the_routes_computed_anew(problem):
    layout = modelling.lay_out(problem)
    improver = anytime.Improver(layout, solver.first_routes(layout), iterations=200)
    while not improver.is_done:
        improver.advance()

    anew = nearness.fresh(layout.model, 0)
    annealing.begin(layout.model, anytime.copied(improver._routes), improver._scope, anew)
    assert improver._search.totals[COST] == pytest.approx(anew.totals[COST])
    assert (improver._search.cost == anew.cost).all()


@quickly
@given(days)
def test_the_driving_told_is_that_of_the_routes(problem):
    layout = modelling.lay_out(problem)
    m = layout.model
    improver = anytime.Improver(layout, solver.first_routes(layout), iterations=200)
    while not improver.is_done:
        told = improver.advance()
        # While later classes wait for their stage, the plan told is the last one with all of them.
        after = improver._search.best_after if improver._stage.is_last else improver._kept.after
        driven = 0
        for shift in range(m.shifts):
            node = m.jobs + m.commitments + shift
            while node < m.jobs + m.commitments + m.shifts:
                following = int(after[node])
                driven += kernel.drive(m, node, following)
                node = following
        assert told.travel_hours == round(driven / 3600, 1)


@quickly
@given(days)
def test_emergencies_are_not_delayed_by_ordinary_work(problem):
    """Beside emergencies alone, none may begin a minute sooner where it is."""
    problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))
    jobs, shifts = {job.id: job for job in problem.jobs}, {shift.id: shift for shift in problem.shifts}

    plan = solver.improve(problem, iterations=200)

    for job_id, (shift_id, stop) in new_stops(plan).items():
        job = jobs[job_id]
        if job.priority is PriorityClass.EMERGENCY:
            others = as_urgent(jobs, plan, shift_id, job)
            sooner = checker.check(problem, job, shifts[shift_id], stop.start - 60, others=others, tentative=True)
            assert sooner != []


@quickly
@given(days, st.integers(0, 100))
def test_plans_stay_in_time_where_a_detour_is_shorter_than_the_way(problem, seed):
    layout = modelling.lay_out(problem)
    travel = np.random.default_rng(seed).integers(1, 60, layout.model.travel.shape, dtype=np.int16)
    layout = replace(layout, model=layout.model._replace(travel=travel), is_symmetric=False)
    m = layout.model

    improver = anytime.Improver(layout, solver.first_routes(layout), iterations=200)
    while not improver.is_done:
        improver.advance()

    routes = improver.best()
    for job in np.flatnonzero(routes.shift[: m.jobs] >= 0).tolist():
        before, following, shift = int(routes.before[job]), int(routes.after[job]), int(routes.shift[job])
        start = int(routes.early[job])
        assert kernel.arrival(m, routes, before, job) <= start <= routes.late[job]
        assert starts.next_allowed(m, job, shift, start) == start
        assert start + m.duration[job] + kernel.drive(m, job, following) <= routes.late[following]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_seed_and_iterations_give_the_same_plan_however_the_pieces_fall(seed):
    problem = a_random_problem(seed, jobs=40, shifts=6)
    layout = modelling.lay_out(problem)
    start = solver.first_routes(layout)
    slow, quick = itertools.count(0.0, 10.0), itertools.count(0.0, 1e-3)
    plans = []
    for ticks in (slow, quick):
        improver = anytime.Improver(layout, start, seed=seed, iterations=500, clock=ticks.__next__)
        while not improver.is_done:
            improver.advance()
        plans.append(reading.read_plan(layout, improver.best()))

    assert plans[0] == plans[1]


def test_logarithms_come_from_a_table_that_is_the_same_everywhere():
    table = nearness.exponential()

    middles = (np.arange(len(table)) + 0.5) / len(table)
    assert table == pytest.approx(-np.log(middles), rel=1e-14)


def test_a_plan_gets_better():
    problems = [a_random_problem(seed, jobs=80, shifts=10) for seed in range(4)]

    before = sum(solver.construct(problem).figures.served_weight for problem in problems)
    after = sum(solver.improve(problem, iterations=2000).figures.served_weight for problem in problems)

    assert after > before


def test_ordinary_work_does_not_delay_an_emergency():
    trouble = a_job(1, priority=PriorityClass.EMERGENCY, place=Place(40.0, -75.2))
    on_the_way = [a_job(n, place=Place(40.0, -75.1)) for n in range(2, 6)]

    plan = solver.improve(a_problem(*on_the_way, trouble), iterations=500)

    assert plan.routes[0].stops[0].job_id == 1
    assert plan.left_out == ()


def test_what_must_be_done_first_stays_first_on_other_crews():
    first = a_job(1, duration=2 * HOUR, priority=PriorityClass.LOW, place=DEPOT)
    second = a_job(2, prerequisites=(Prerequisite(1, "WO-1"),), place=DEPOT)
    third = a_job(3, priority=PriorityClass.HIGH, prerequisites=(Prerequisite(2, "WO-2"),))
    others = [a_job(n) for n in range(4, 12)]

    plan = solver.improve(a_problem(third, second, first, *others, shifts=(a_shift(1), a_shift(2))), iterations=500)

    stops = new_stops(plan)
    assert stops[2][1].start >= stops[1][1].end
    assert stops[3][1].start >= stops[2][1].end


def test_split_permit_windows_are_kept():
    split = (a_permit(window=Window(7 * HOUR, 8 * HOUR)), a_permit(id=2, window=Window(12 * HOUR, 14 * HOUR)))
    job = a_job(place=DEPOT, duration=2 * HOUR, required_permits=frozenset({"excavation"}), permits=split)

    plan = solver.improve(a_problem(job, *[a_job(n) for n in range(2, 6)]), iterations=300)

    assert new_stops(plan)[1][1].start == 12 * HOUR


def test_progress_is_told_and_stop_is_asked_within_half_a_second():
    told: list[anytime.SearchState] = []
    asked: list[float] = []
    problem = a_random_problem(3, jobs=150, shifts=15)

    def stop():
        # Of this thread's own work: what others of a busy machine take is not ours.
        asked.append(time.thread_time())
        return len(asked) >= 8

    solver.improve(problem, seconds=60, stop=stop, report=told.append)

    gaps = np.diff(asked[4:])
    assert max(gaps) < 0.5
    assert [one.iterations for one in told] == sorted(one.iterations for one in told)
    assert 0 <= told[-1].share < 0.2
    assert 0 < told[-1].served_weight <= 100
    assert told[-1].left_out >= 0
    assert told[-1].plans >= 1


def test_seconds_are_kept():
    began = time.monotonic()

    solver.improve(a_random_problem(4, jobs=60, shifts=8), seconds=0.3)

    assert time.monotonic() - began < 30


def test_exactly_one_limit_is_wanted():
    with pytest.raises(ValueError, match="seconds or the iterations"):
        solver.improve(a_problem(a_job()))
    with pytest.raises(ValueError, match="seconds or the iterations"):
        solver.improve(a_problem(a_job()), seconds=1, iterations=1)


@pytest.mark.parametrize("problem", [a_problem(), a_problem(a_job(), shifts=())])
def test_nothing_to_improve(problem):
    plan = solver.improve(problem, iterations=10)

    assert plan.figures.planned == 0


def test_a_very_large_day_gets_its_first_plan_in_one_pass():
    problem = a_random_problem(8, jobs=60, shifts=10)
    layout = modelling.lay_out(problem)

    plan = reading.read_plan(layout, anytime.first_plan(layout))

    assert checker.check_plan(problem, plan) == []
    assert plan.figures.planned > 0


def test_a_job_with_a_crew_is_not_planned_again():
    taken = a_shift(commitments=(a_commitment(1, 9 * HOUR, 10 * HOUR),))

    plan = solver.improve(a_problem(a_job(1), a_job(2), shifts=(taken,)), iterations=50)

    assert set(new_stops(plan)) == {2}
