"""Crews beyond their hours: when each could be there if a manager answered for it."""

from __future__ import annotations

import pytest

from assignments.engine.domain.problem import PriorityClass, Window
from assignments.engine.emergencies import arrivals, calls
from assignments.engine.rules import checker
from tests.builders import DAY, HOUR, MINUTE, a_job, a_member, a_problem, a_shift
from tests.proofs.problems import a_rich_problem

EVENING = 20 * HOUR + 8 * MINUTE
TOMORROW = Window(31 * HOUR, 39 * HOUR)
OUTAGE = a_job(priority=PriorityClass.EMERGENCY, customers_out=1292)


def called(*shifts, now=EVENING, job=OUTAGE):
    return calls.calls(a_problem(job, shifts=shifts, now=now, horizon=2 * DAY), job)


def test_in_the_evening_a_crew_is_held_over_before_another_is_called_in():
    over = a_shift(1)
    [held, early] = called(over, a_shift(2, window=TOMORROW))

    assert [held.shift_id, early.shift_id] == [1, 2]
    assert EVENING < held.start <= EVENING + 15 * MINUTE
    assert (held.before_shift, held.after_shift) == (False, True)
    assert (early.before_shift, early.after_shift) == (True, False)
    assert [violation.rule for violation in held.violations] == ["shift"]


def test_the_first_legal_crew_comes_only_in_the_morning():
    problem = a_problem(OUTAGE, shifts=(a_shift(1), a_shift(2, window=TOMORROW)), now=EVENING, horizon=2 * DAY)

    [choice] = arrivals.choices(problem, OUTAGE)

    assert choice.start >= TOMORROW.start


def test_a_crew_is_called_once_for_its_better_shift():
    [only] = called(a_shift(1, crew_id=5), a_shift(2, crew_id=5, window=TOMORROW))

    assert only.shift_id == 1


def test_tired_people_are_called_after_their_rest_only():
    worked = (Window(4 * HOUR, EVENING),)
    crew = tuple(a_member(number, worked=worked) for number in (1, 2))

    [only] = called(a_shift(1, window=TOMORROW, members=crew))

    assert only.depart >= EVENING + 8 * HOUR


def test_a_crew_without_the_qualification_is_not_called():
    assert called(a_shift(1, members=(a_member(1, "GAS"),))) == ()


def test_nothing_that_comes_after_a_legal_crew_is_told():
    problem = a_problem(OUTAGE, shifts=(a_shift(1),), now=EVENING, horizon=2 * DAY)

    assert calls.calls(problem, OUTAGE, before=EVENING) == ()


@pytest.mark.parametrize("seed", range(60))
def test_what_is_told_is_what_the_checker_says(seed):
    problem = a_rich_problem(seed, 4, 5)
    for job in problem.jobs:
        found = calls.calls(problem, job)
        assert [one.start for one in found] == sorted(one.start for one in found)
        for one in found:
            shift = next(shift for shift in problem.shifts if shift.id == one.shift_id)
            broken = checker.check(problem, job, shift, one.start, tentative=True)
            assert list(one.violations) == broken
            assert all(violation.authority for violation in broken)
            assert one.depart >= problem.now
