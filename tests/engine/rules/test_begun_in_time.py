"""Some laws say by when work on a ticket must have begun."""

from __future__ import annotations

import pytest

from assignments.engine.domain.fingerprint import fingerprint
from assignments.engine.domain.problem import FOREVER, RuleData, Window
from assignments.engine.rules import checker
from assignments.engine.screening import starts
from tests.builders import HOUR, a_job, a_permit, a_problem, a_shift

NOON = 12 * HOUR


def a_dig(**ticket):
    return a_job(required_permits=frozenset({"excavation"}), permits=(a_permit(**ticket),))


def broken(job, start):
    problem = a_problem(job)
    return checker.check(problem, job, problem.shifts[0], start)


@pytest.mark.parametrize(("start", "is_broken"), [(NOON - 60, False), (NOON - 1, False), (NOON, True)])
def test_work_begins_before_that_and_may_end_later(start, is_broken):
    job = a_dig(begin_before=NOON)

    assert [violation.code for violation in broken(job, start)] == (["permit"] if is_broken else [])


def test_the_sentence_says_before_when():
    (violation,) = broken(a_dig(begin_before=NOON), NOON)

    assert violation.render(lambda seconds: f"{seconds // HOUR}:00") == (
        "Work on the excavation permit P-1 must begin before 12:00, it would begin at 12:00."
    )


def test_the_search_knows_the_same_starts_as_the_rule():
    job = a_dig(begin_before=NOON)

    spans, rule = starts.of_job(a_problem(job), job, tentative=False)

    assert (spans, rule) == ([(0, NOON - 1)], "")


def test_a_ticket_whose_time_to_begin_is_over_leaves_no_start():
    job = a_dig(begin_before=0, window=Window(-HOUR, FOREVER))

    assert starts.of_job(a_problem(job), job, tentative=False) == ([], "permit")


def test_it_is_part_of_what_a_suggestion_rests_on():
    def of(job, epoch):
        return fingerprint(job, a_shift(), RuleData(), epoch=epoch)

    plain = a_job()
    assert of(a_dig(begin_before=NOON), 0) != of(a_dig(begin_before=NOON + 1), 0)
    assert of(plain, 0) == of(plain, 0)
