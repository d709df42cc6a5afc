"""Teams are moved, split and formed anew for as long as a plan is improved."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from assignments.engine import jointly, planning
from assignments.engine.domain.problem import PriorityClass
from assignments.engine.rules import checker
from assignments.engine.teaming import MOST, TeamSearch
from tests.benchmarks.engine_teams import day, searched
from tests.builders import a_job, a_line_crew, a_problem, a_random_day, a_team_job, a_traffic_crew


def placed(problem):
    joint = jointly.place(problem)
    assert joint is not None
    return joint


@pytest.mark.parametrize("seed", [1])
def test_trials_serve_more_of_the_classes_than_the_teams_placed_first(seed):
    problem = day(seed)

    search, before = searched(problem, 0, 80)

    assert search.worth.served > before.served
    assert checker.check_plan(problem, search.joint.whole(search.joint.read(search.joint.routes))) == []
    assert search.joint.keeps_classes(search.joint.routes)


@pytest.mark.parametrize("seed", range(3))
def test_every_day_after_trials_is_legal_and_never_worse(seed):
    problem = a_random_day(seed, jobs=12, shifts=6)

    search, before = searched(problem, seed, 8)

    assert search.worth >= before
    assert checker.check_plan(problem, search.joint.whole(search.joint.read(search.joint.routes))) == []


def test_the_same_seed_and_trials_give_the_same_teams():
    one, other = (searched(day(1), 5, 15)[0] for _ in range(2))

    assert one.joint.placed == other.joint.placed
    assert one.worth == other.worth


def test_days_without_such_work_and_days_that_are_too_large_have_no_trials():
    crews = (a_line_crew(1), a_traffic_crew(2))
    plain = a_problem(a_job(), shifts=crews)
    large = a_problem(a_team_job(1), *(a_job(n) for n in range(2, MOST + 3)), shifts=crews)

    assert TeamSearch(placed(plain)).is_idle
    assert TeamSearch(placed(large)).is_idle


def test_a_trial_that_is_stopped_changes_nothing():
    search = TeamSearch(placed(day(1)))
    before = search.joint

    assert not any(search.trial(lambda: True) for _ in range(5))
    assert search.joint is before


def test_what_is_told_while_teams_change_ends_at_the_plan():
    problem = day(7)

    batches = list(planning.plan(problem, seconds=0.7, clock=time.process_time, lead=0))

    told = {ranked.job_id: ranked for batch in batches for ranked in batch.jobs}
    plan = batches[-1].plan
    assert plan is not None
    served = {stop.job_id for route in plan.routes for stop in route.stops if not stop.fixed}
    assert {key for key, ranked in told.items() if any(one.in_plan for one in ranked.candidates)} == served
    assert checker.check_plan(problem, plan) == []


def test_a_team_gives_way_to_more_urgent_work_in_every_trial():
    crews = (a_line_crew(1), a_traffic_crew(2))
    urgent = a_job(2, priority=PriorityClass.URGENT, duration=6 * 3600)
    problem = a_problem(replace(a_team_job(1), duration=6 * 3600), urgent, shifts=crews)
    search = TeamSearch(placed(problem))

    for _ in range(10):
        search.trial()

    assert search.joint.placed == {}
