"""Rest limits are numbers of the rule set, so a storm's may be others than the normal ones."""

from __future__ import annotations

import pytest

from assignments.engine.domain.problem import RuleData, Window
from assignments.engine.rules import checker
from tests.builders import DEPOT, HOUR, a_job, a_member, a_problem, a_shift


def broken(rules, *worked):
    """The rules that an hour of work at the end of a shift from 07:00 to 15:00 breaks."""
    job, shift = a_job(place=DEPOT), a_shift(members=(a_member(1, worked=worked),))
    problem = a_problem(job, shifts=(shift,), rules=rules)
    return [violation.code for violation in checker.check(problem, job, shift, 14 * HOUR)]


@pytest.mark.parametrize(("limit", "is_broken"), [(9 * HOUR, False), (8 * HOUR, False), (8 * HOUR - 1, True)])
def test_the_most_work_in_a_day(limit, is_broken):
    assert broken(RuleData(max_work_in_24h=limit)) == (["rest"] if is_broken else [])


@pytest.mark.parametrize(("rest", "is_broken"), [(7 * HOUR, False), (8 * HOUR, False), (8 * HOUR + 1, True)])
def test_the_rest_that_begins_a_new_count(rest, is_broken):
    """Ten hours until 23:00, eight off, eight again: eighteen hours in one unless the night counts as rest."""
    evening = Window(-11 * HOUR, -1 * HOUR)

    assert broken(RuleData(min_rest=rest), evening) == (["rest"] if is_broken else [])
