"""The soonest end of a job: no crew could legally have it done earlier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.domain.problem import Job, Prerequisite, Problem, Window
from assignments.engine.rules import checker
from assignments.engine.screening import soonest
from tests import builders
from tests.builders import HOUR, MINUTE
from tests.proofs.problems import a_rich_problem


def _earliest_by_the_checker(problem: Problem, job: Job, until: int) -> int | None:
    """Every minute of every shift, asked of the checker."""
    now = -(-problem.now // MINUTE) * MINUTE
    ends = [
        start + job.duration
        for shift in problem.shifts
        for start in range(now, until, MINUTE)
        if not checker.check(problem, job, shift, start, tentative=True)
    ]
    return min(ends, default=None)


@pytest.mark.parametrize(
    "seed", [*range(24, 32), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(32, 40))]
)
def test_nobody_could_legally_have_it_done_earlier(seed):
    problem = a_rich_problem(seed, jobs=3, shifts=2)

    for job in problem.jobs:
        alone = replace(job, prerequisites=(), ring=())
        found = soonest.end(problem, alone)
        # The minute before the soonest start, and all before it, break a rule on every shift.
        until = 26 * HOUR if found is None else found - job.duration
        assert _earliest_by_the_checker(problem, alone, min(until, 26 * HOUR)) is None


def test_a_crew_drives_there_and_works():
    job, shift = builders.a_job(duration=2 * HOUR), builders.a_shift()
    problem = builders.a_problem(job, shifts=(shift,))
    found = soonest.end(problem, job)

    assert found is not None
    assert not checker.check(problem, job, shift, found - job.duration)
    assert checker.check(problem, job, shift, found - job.duration - MINUTE)


def test_its_own_decision_gives_way():
    job = builders.a_job(duration=HOUR)
    own = builders.a_commitment(job.id, 12 * HOUR, 13 * HOUR, place=job.place)
    free, busy = builders.a_shift(), builders.a_shift(commitments=(own,))

    assert soonest.end(builders.a_problem(job, shifts=(busy,)), job) == soonest.end(
        builders.a_problem(job, shifts=(free,)), job
    )


def test_other_decisions_stay():
    job, shift = builders.a_job(duration=HOUR), builders.a_shift()
    all_day = builders.a_commitment(77, shift.window.start, shift.window.end)

    problem = builders.a_problem(job, shifts=(replace(shift, commitments=(all_day,)),))
    assert soonest.end(problem, job) is None


def test_a_team_is_as_soon_as_its_last_crew():
    job = builders.a_team_job(duration=HOUR)
    line = builders.a_line_crew(1)
    early = soonest.end(builders.a_day(job, shifts=(line, builders.a_traffic_crew(2))), job)
    later = replace(builders.a_traffic_crew(2), window=Window(12 * HOUR, 18 * HOUR))
    late = soonest.end(builders.a_day(job, shifts=(line, later)), job)

    assert early is not None
    assert late is not None
    assert early < 13 * HOUR <= late
    assert soonest.end(builders.a_day(job, shifts=(line,)), job) is None


def test_what_it_waits_for_comes_first():
    before = builders.a_job(1, duration=3 * HOUR)
    job = builders.a_job(2, duration=HOUR, prerequisites=(Prerequisite(1, "WO-1", None),))
    problem = builders.a_problem(before, job, shifts=(builders.a_shift(1), builders.a_shift(2)))
    first = soonest.end(problem, before)

    assert first is not None
    assert soonest.end(problem, job) == first + HOUR
    # Nobody can say when work of another day is done.
    assert soonest.end(replace(problem, jobs=(job,)), job) is None


def test_a_ring_is_never_done():
    job = builders.a_job(ring=("WO-1", "WO-2"))
    assert soonest.end(builders.a_problem(job), job) is None
