"""Rejected pairs and teams are neither ranked nor planned, and nothing else changes by them."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import planning
from assignments.engine.domain.problem import Problem
from assignments.engine.ranking import shortlist
from assignments.engine.screening import pairs
from assignments.engine.screening.rows import REJECTED, blames
from tests.builders import a_random_day
from tests.examples import drawn

days = st.builds(a_random_day, st.integers(0, 10**6), jobs=st.integers(1, 12), shifts=st.integers(1, 6))
seeds = st.integers(0, 10**6)
quickly = drawn(40)


def some_rejected(problem: Problem, seed: int) -> Problem:
    """About a third of all that would be ranked."""
    rng = random.Random(seed)
    offered = sorted((ranked.job_id, *one.team) for ranked in shortlist.rank(problem) for one in ranked.candidates)
    return replace(problem, rejected=frozenset(key for key in offered if rng.random() < 0.35))


@quickly
@given(days, seeds)
def test_the_ranking_is_that_of_before_without_it(problem: Problem, seed: int) -> None:
    without = some_rejected(problem, seed)
    before = {ranked.job_id: ranked.candidates for ranked in shortlist.rank(problem, k=50)}
    for ranked in shortlist.rank(without):
        left = [one.team for one in before[ranked.job_id] if (ranked.job_id, *one.team) not in without.rejected]
        assert [one.team for one in ranked.candidates] == left[:5]
        assert [one.rank for one in ranked.candidates] == list(range(1, len(ranked.candidates) + 1))


@quickly
@given(days, seeds)
def test_no_plan_has_it(problem: Problem, seed: int) -> None:
    without = some_rejected(problem, seed)
    for batch in planning.plan(without, seed=1):
        for ranked in batch.jobs:
            assert without.rejected.isdisjoint((ranked.job_id, *one.team) for one in ranked.candidates)


@quickly
@given(days, seeds)
def test_screening_refuses_it_and_nothing_besides(problem: Problem, seed: int) -> None:
    without = some_rejected(problem, seed)
    before, after = pairs.screen(problem), pairs.screen(without)
    for row, job in enumerate(problem.jobs):
        for column, shift in enumerate(problem.shifts):
            if (job.id, shift.id) in without.rejected:
                assert (after.blame[row, column], after.spans(row, column)) == (blames().index(REJECTED), [])
            else:
                assert after.spans(row, column) == before.spans(row, column)
