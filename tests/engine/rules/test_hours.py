"""How long people have been on duty and may go on: what the rest rule says, in figures."""

from __future__ import annotations

import pytest

from assignments.engine.domain.problem import Window
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import appraisal, shortlist
from assignments.engine.rules import hours, staffing
from assignments.engine.rules.case import Case
from tests.builders import DAY, HOUR, a_job, a_member, a_problem, a_random_problem, a_shift


def case_of(**shift) -> Case:
    problem = a_problem(a_job(), shifts=(a_shift(members=(a_member(1, **shift.pop("member", {})),), **shift),))
    return Case(problem, problem.jobs[0], problem.shifts[0], 9 * HOUR, Travel.of(problem))


def test_duty_counts_from_the_shift_s_start():
    [found] = hours.of_people(case_of())

    assert (found.worked, found.until, found.owed) == (2 * HOUR, (7 + 16) * HOUR, ())


def test_earlier_duty_takes_from_what_is_left_and_earns_rest():
    evening = Window(-6 * HOUR, -1 * HOUR)

    [found] = hours.of_people(case_of(member={"worked": (evening,)}))

    # By 18:00 the evening's first hour leaves the last 24 hours, a minute for a minute, until it is over at 23:00.
    assert (found.worked, found.owed) == (7 * HOUR, (Window(-1 * HOUR, 7 * HOUR),))
    assert found.until == 23 * HOUR


def test_without_a_night_between_a_spell_goes_on():
    [found] = hours.of_people(case_of(member={"worked": (Window(-1 * HOUR, 3 * HOUR),)}))

    # Four hours of the night and twelve from seven o'clock on make sixteen.
    assert found.until == 19 * HOUR


def test_who_is_owed_rest_may_not_begin():
    [found] = hours.of_people(case_of(member={"worked": (Window(-12 * HOUR, 6 * HOUR),)}))

    assert found.until == 9 * HOUR


@pytest.mark.parametrize(
    ("duty_ends", "is_owed"),
    [
        # Eight hours of rest from then on must touch the day before the shift, or the shift from 07:00 to 15:00.
        (-25 * HOUR, False),
        (-25 * HOUR + 1, True),
        (15 * HOUR - 1, True),
        (15 * HOUR, False),
    ],
)
def test_rest_is_shown_as_far_as_it_lies_in_the_day_before_the_shift_ends(duty_ends, is_owed):
    [found] = hours.of_people(case_of(member={"worked": (Window(duty_ends - HOUR, duty_ends),)}))

    assert found.owed == ((Window(duty_ends, duty_ends + 8 * HOUR),) if is_owed else ())


def test_on_call_hours_are_no_duty():
    [found] = hours.of_people(case_of(on_call=True))

    assert (found.worked, found.until) == (0, (9 + 16) * HOUR)


@pytest.mark.parametrize("seed", range(20))
def test_the_rule_itself_agrees_about_the_last_minute(seed):
    problem = a_random_problem(seed)
    job = problem.jobs[0]
    for shift in problem.shifts:
        case = Case(problem, job, shift, shift.window.start + HOUR, Travel.of(problem))
        called = sum(c.window.end - c.window.start for c in case.commitments) if shift.on_call else 0
        for found in hours.of_people(case):
            for end, allowed in ((found.until, found.until > case.start), (found.until + 60, False)):
                if case.start < end <= case.start + DAY:
                    work = Window(case.start, end)
                    assert staffing.is_rested(found.member, shift, work, called, problem.rules) == allowed


@pytest.mark.parametrize("seed", range(10))
def test_a_case_scores_what_ranking_says_of_it(seed):
    problem = a_random_problem(seed)
    shifts, jobs = {s.id: s for s in problem.shifts}, {j.id: j for j in problem.jobs}
    for ranked in shortlist.rank(problem):
        for one in ranked.candidates:
            job, shift = jobs[one.job_id], shifts[one.shift_id]
            case = Case(problem, job, shift, one.start, Travel.of(problem), tentative=one.tentative)
            assert appraisal.score_of(case) == one.parts
