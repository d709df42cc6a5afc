"""Parts of work that is longer than a shift: one after the other, by one crew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly
from assignments.engine.domain.problem import Binding, CrewNeed, Prerequisite, PriorityClass, QualificationNeed, Window
from assignments.engine.ranking import shortlist
from assignments.engine.rules import checker
from assignments.engine.search import solver
from tests.builders import DAY, DEPOT, HOUR, a_job, a_member, a_problem, a_shift
from tests.engine.steps import new_stops
from tests.examples import drawn
from tests.proofs.problems import a_rich_problem, with_parts, with_teams

makers = pytest.mark.parametrize(
    "planned", [solver.construct, lambda day: solver.improve(day, iterations=300), jointly.construct]
)
WHOLE = 90


def parts(*hours, **fields):
    """Parts of one work by its hours, each waiting for the one before."""
    return [
        a_job(
            number,
            part_of=WHOLE,
            duration=length * HOUR,
            place=DEPOT,
            prerequisites=(Prerequisite(number - 1, f"WO-{number - 1}"),) if number > 1 else (),
            **fields,
        )
        for number, length in enumerate(hours, start=1)
    ]


def days_of(crew, *days, hours=12, **fields):
    """Shifts of one crew from 06:00 on these days of the horizon."""
    return [
        a_shift(
            10 * crew + day,
            crew_id=crew,
            crew=f"Crew {crew}",
            window=Window(day * DAY + 6 * HOUR, day * DAY + (6 + hours) * HOUR),
            members=(a_member(2 * crew), a_member(2 * crew + 1)),
            **fields,
        )
        for day in days
    ]


def a_week(jobs, *shifts):
    return a_problem(*jobs, shifts=tuple(shift for each in shifts for shift in each), horizon=4 * DAY)


@makers
def test_the_crew_that_begins_goes_on_the_next_day(planned):
    problem = a_week(parts(11, 9), days_of(1, 0, 1), days_of(2, 0, 1))

    stops = new_stops(planned(problem))

    assert {shift // 10 for shift, _ in stops.values()} in ({1}, {2})
    assert sorted(shift % 10 for shift, _ in stops.values()) == [0, 1]


@makers
def test_the_crew_that_has_no_second_day_does_not_begin_work_that_another_would_end(planned):
    near, far = days_of(1, 0), days_of(2, 1, 2)

    stops = new_stops(planned(a_week(parts(11, 9), near, far)))

    assert len({shift // 10 for shift, _ in stops.values()}) == 1


@makers
def test_a_part_whose_crew_is_full_waits_though_another_crew_is_free(planned):
    other = a_job(9, priority=PriorityClass.URGENT, place=DEPOT, duration=11 * HOUR, needs=(QualificationNeed("GAS"),))
    first = days_of(1, 0, 1, territories=frozenset({"NORTH"}))
    gas = tuple(a_member(40 + n, "LINE", "GAS") for n in range(2))
    busy = [
        shift if shift.id == 10 else a_shift(11, crew_id=1, crew="Crew 1", window=shift.window, members=gas)
        for shift in first
    ]
    second = days_of(2, 1)

    stops = new_stops(planned(a_week([*parts(11, 9), other], busy, second)))

    assert stops[9][0] == 11
    assert {stops[job][0] // 10 for job in (1, 2) if job in stops} in ({1}, {2}, set())


@makers
def test_where_the_first_part_is_approved_the_next_is_its_crews(planned):
    first, second = parts(11, 9)
    bound = Binding(2, "Crew 2", "WO-1")
    second = a_job(2, part_of=WHOLE, bound=bound, duration=9 * HOUR, place=DEPOT)

    stops = new_stops(planned(a_week([second], days_of(1, 0), days_of(2, 1))))

    assert stops[2][0] == 21
    assert first.part_of == second.part_of


def test_other_crews_are_refused_with_the_crew_that_has_the_other_part():
    bound = a_job(2, bound=Binding(2, "Crew 2", "WO-1.1"), place=DEPOT)
    problem = a_week([bound], days_of(1, 0), days_of(2, 1))

    [ranked] = shortlist.rank(problem)

    assert [one.shift_id for one in ranked.candidates] == [21]
    assert ranked.refused == {"same-crew": 1}
    [violation] = checker.check(problem, bound, problem.shifts[0], 7 * HOUR)
    assert violation.render(str) == "Crew 2 has WO-1.1, and one crew does all parts."


@makers
def test_a_hand_over_lets_the_next_crew_go_on(planned):
    first, second = parts(11, 9)
    jobs = [
        a_job(1, duration=11 * HOUR, place=DEPOT),
        a_job(2, duration=9 * HOUR, place=DEPOT, prerequisites=second.prerequisites),
    ]

    stops = new_stops(planned(a_week(jobs, days_of(1, 0), days_of(2, 1))))

    assert {job: shift for job, (shift, _) in stops.items()} == {1: 10, 2: 21}
    assert first.part_of is not None


def test_the_lead_crew_of_a_team_is_bound_and_its_further_crews_are_not():
    flagger = CrewNeed("traffic crew", (QualificationNeed("FLAG"),))
    job = a_job(2, bound=Binding(2, "Crew 2", "WO-1.1"), place=DEPOT, further_crews=(flagger,))
    traffic = days_of(3, 1)[0]
    traffic = a_shift(31, crew_id=3, window=traffic.window, members=(a_member(80, "FLAG"),))

    [ranked] = shortlist.rank(a_week([job], days_of(1, 1), days_of(2, 1), [traffic]))

    assert [one.team for one in ranked.candidates] == [(21, 31)]


def test_the_checker_finds_a_plan_that_changes_the_crew():
    apart = a_week(parts(11, 9), days_of(1, 0), days_of(2, 1))
    without = [a_job(job.id, duration=job.duration, place=DEPOT, prerequisites=job.prerequisites) for job in apart.jobs]

    plan = solver.construct(a_week(without, days_of(1, 0), days_of(2, 1)))

    assert len(new_stops(plan)) == 2
    assert [violation.rule for violation in checker.check_plan(apart, plan)] == ["same-crew"]


@drawn(25)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_every_plan_keeps_the_crew_of_the_part_before(seed, search):
    problem = with_teams(with_parts(a_rich_problem(seed, jobs=10, shifts=5), seed), seed)

    plan = jointly.construct(problem, seed=search)

    assert checker.check_plan(problem, plan) == []
