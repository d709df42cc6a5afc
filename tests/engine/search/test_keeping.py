"""A plan begins at the plan that people see, and every change of that has a price."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments.engine import planning
from assignments.engine.domain.problem import PriorityClass
from assignments.engine.domain.shown import ShownWork
from assignments.engine.rules import checker
from assignments.engine.search import comparing, keeping, modelling, reading, solver
from tests.benchmarks import instances
from tests.benchmarks.instances import Size
from tests.builders import (
    HOUR,
    MINUTE,
    NEARBY,
    a_job,
    a_problem,
    a_random_problem,
    a_shift,
    with_random_roads,
)
from tests.engine.steps import new_stops
from tests.proofs.problems import a_rich_problem, with_teams
from tests.shown import as_shown, with_random_shown

seeds = st.integers(0, 10**6)
days = st.builds(a_random_problem, seeds, jobs=st.integers(1, 25), shifts=st.integers(1, 6), km=st.just(40))
rich_days = st.builds(a_rich_problem, seeds, jobs=st.integers(1, 20), shifts=st.integers(1, 6))
every_day = days | st.builds(with_random_roads, days, seeds) | rich_days
days_of_teams = st.builds(with_teams, rich_days, seeds)
quickly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def result_of(problem, **options):
    # Seconds of the processor: on a busy machine a search would otherwise have hardly begun.
    return list(planning.plan(problem, clock=time.process_time, **options))[-1]


def again(problem, plan, **changes):
    return replace(problem, shown=as_shown(plan), unchanged=True, **changes)


@quickly
@given(every_day | days_of_teams, st.integers(0, 5))
def test_with_nothing_changed_nothing_moves(problem, seed):
    before = result_of(problem, seconds=0.2, seed=seed).plan

    after = result_of(again(problem, before), seconds=0.2, seed=seed + 1)

    assert after.plan.routes == before.routes
    assert after.moved == ()


def test_a_few_minutes_later_crews_leave_later_and_nothing_moves():
    day = instances.day(Size(30, 12), 3)
    short = (replace(job, appointment=None, duration=40 * MINUTE) for job in day.jobs)
    problem = replace(day, jobs=tuple(short), now=9 * HOUR)
    before = result_of(problem).plan

    after = result_of(again(problem, before, now=problem.now + 5 * MINUTE), seconds=0.2)

    assert after.moved == ()
    assert after.plan.routes != before.routes


@quickly
@given(st.builds(with_random_shown, every_day, seeds), seeds)
def test_whatever_was_shown_the_plan_is_legal_and_keeps_the_classes_apart(problem, seed):
    layout = modelling.lay_out(problem)

    plan = reading.read_plan(layout, keeping.laid_down(layout))
    assert checker.check_plan(problem, plan) == []
    assert checker.check_plan(problem, solver.improve(problem, iterations=100, seed=seed)) == []


@quickly
@given(every_day, seeds)
def test_a_plan_that_moves_what_was_shown_is_worth_it(problem, seed):
    shown = replace(problem, shown=as_shown(solver.construct(problem, seed=1)))
    layout = modelling.lay_out(shown)

    layout, routes = solver.begin(layout, seed=seed)

    assert comparing.of(layout, routes) >= comparing.of(layout, keeping.laid_down(layout))


class TestOneNewJob:
    def test_takes_the_place_that_is_left_and_moves_nothing(self):
        jobs = [a_job(number, duration=2 * HOUR) for number in range(1, 6)]
        problem = a_problem(*jobs, shifts=(a_shift(1), a_shift(2)))
        before = result_of(problem, seconds=0.2).plan

        more = replace(problem, jobs=(*jobs, a_job(6)), shown=as_shown(before))
        after = result_of(more, seconds=0.2)

        assert after.moved == ()
        assert 6 in new_stops(after.plan)

    def test_that_is_more_urgent_moves_no_more_than_it_must(self):
        jobs = [a_job(number, duration=150 * MINUTE) for number in range(1, 7)]
        problem = a_problem(*jobs, shifts=(a_shift(1), a_shift(2)))
        before = result_of(problem, seconds=0.2).plan

        trouble = a_job(9, priority=PriorityClass.EMERGENCY)
        after = result_of(replace(problem, jobs=(*jobs, trouble), shown=as_shown(before)), seconds=0.2)

        assert len({one.shown.team for one in after.moved}) == 1, "The other crew goes on as shown."
        assert new_stops(after.plan)[9][1].start == min(stop.start for _, stop in new_stops(after.plan).values())
        [first] = [one for one in after.moved if one.shown.start == min(other.start for other in as_shown(before))]
        assert first.why.render(spoken) == f"Crew {first.shown.team[0]} does WO-9 then, which is more urgent."


def spoken(seconds):
    return f"{seconds // HOUR:02}:{seconds % HOUR // MINUTE:02}"


class TestTheSavingThatAnotherCrewIsWorth:
    # A degree of longitude is a little over 140 minutes of driving here. What is saved is saved on the way back, too.
    @pytest.mark.parametrize(
        ("minutes", "read", "moves"), [(8, False, False), (12, False, True), (12, True, False), (24, True, True)]
    )
    def test_is_a_third_of_an_hour_and_twice_that_for_work_that_was_read(self, minutes, read, moves):
        away = a_shift(2, base=replace(NEARBY, lon=NEARBY.lon - minutes / 141))
        shown = (ShownWork(1, (2,), 7 * HOUR + minutes * MINUTE, read),)

        after = result_of(a_problem(a_job(), shifts=(a_shift(1, base=NEARBY), away), shown=shown), seconds=0.1)

        assert bool(after.moved) == moves
