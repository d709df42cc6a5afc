"""All who judge an order and a crew say the same: a few days of what `make prove` looks at by the thousand."""

from __future__ import annotations

import itertools

import pytest

from assignments.engine.ranking import explain
from tests.proofs import pairs, plainly
from tests.proofs.problems import a_rich_problem


@pytest.mark.parametrize("seed", range(40))
def test_the_quick_answer_to_why_not_is_the_slow_one(seed):
    problem = a_rich_problem(seed, jobs=3, shifts=2)

    for job, shift in itertools.product(problem.jobs, problem.shifts):
        assert explain.why_not(problem, job, shift) == plainly.why_not(problem, job, shift)


# Days that `make prove` does not see.
@pytest.mark.parametrize("seed", range(1_000_000, 1_000_008))
def test_screening_the_checker_why_not_ranking_and_the_plan_agree(seed):
    assert pairs.prove_day(seed)["pairs"] == pairs.JOBS * pairs.SHIFTS
