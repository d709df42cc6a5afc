"""Screening must say exactly what the checker says, only faster."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from assignments.engine.domain.problem import Job, Place, Problem, Window
from assignments.engine.rules import checker
from assignments.engine.screening import pairs
from tests import builders
from tests.proofs.problems import with_breaks


def _solved(problem: Problem, job: Job) -> Job:
    """Screening takes prerequisites that the plan can place as solvable."""
    committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
    open_ids = {other.id for other in problem.jobs} - committed
    solved = tuple(p for p in job.prerequisites if p.done is not None or p.job_id not in open_ids)
    return replace(job, prerequisites=solved)


def _starts(problem: Problem) -> range:
    return range(4 * builders.HOUR, 26 * builders.HOUR, 29 * builders.MINUTE)


@pytest.mark.parametrize("seed", range(40))
def test_screening_agrees_with_the_checker(seed):
    _agree(builders.a_random_problem(seed, jobs=4, shifts=3))


@pytest.mark.parametrize("seed", range(100, 130))
def test_screening_agrees_with_the_checker_about_told_travel(seed):
    _agree(builders.with_random_roads(builders.a_random_problem(seed, jobs=4, shifts=3), seed))


@pytest.mark.parametrize("seed", range(200, 230))
def test_screening_agrees_with_the_checker_about_when_work_must_begin(seed):
    problem, draw = builders.a_random_problem(seed, jobs=4, shifts=3), random.Random(seed)
    tickets = [builders.a_permit("dig", begin_before=draw.randrange(6, 16) * builders.HOUR) for _ in problem.jobs]
    jobs = tuple(
        replace(job, required_permits=job.required_permits | {"dig"}, permits=(*job.permits, ticket))
        for job, ticket in zip(problem.jobs, tickets, strict=True)
    )

    _agree(replace(problem, jobs=jobs))


@pytest.mark.parametrize("seed", range(300, 340))
def test_screening_agrees_with_the_checker_about_breaks(seed):
    problem = with_breaks(builders.a_random_problem(seed, jobs=4, shifts=3), seed)

    _agree(builders.with_random_roads(problem, seed) if seed % 3 == 0 else problem)


def _agree(problem: Problem) -> None:
    screened = pairs.screen(problem)

    for row, job in enumerate(problem.jobs):
        for column, shift in enumerate(problem.shifts):
            spans = screened.spans(row, column)
            assert bool(spans) == screened.feasible[row, column]
            # A refusal must hold even if every pending permit were issued.
            tentative = bool(screened.tentative[row, column]) or not spans
            edges = {t for first, last in spans for t in (first - 1, first, last, last + 1) if abs(t) < 10**8}
            for start in [*edges, *_starts(problem)]:
                legal = not checker.check(problem, _solved(problem, job), shift, start, tentative=tentative)
                promised = any(first <= start <= last for first, last in spans)
                assert promised == legal, (job.number, shift.crew, start)


def test_a_shift_longer_than_anybody_may_work_ends_when_they_must_rest():
    day = builders.a_shift(window=Window(0, 24 * builders.HOUR))
    problem = builders.a_problem(builders.a_job(place=builders.DEPOT), shifts=(day,))

    [(_, last)] = pairs.screen(problem).spans(0, 0)

    assert last == 15 * builders.HOUR
    _agree(problem)


def test_of_two_commitments_that_begin_at_once_both_drive_on_from_the_same_one():
    nine, eleven = 9 * builders.HOUR, 11 * builders.HOUR
    short = builders.a_commitment(10, nine, nine + 60, place=Place(40.1, -75.1))
    long = builders.a_commitment(2, nine, eleven, place=Place(40.1, -74.9))
    job = builders.a_job(place=builders.DEPOT)

    for commitments in ((short, long), (long, short)):
        _agree(builders.a_problem(job, shifts=(builders.a_shift(commitments=commitments),)))


def test_every_refusal_by_screening_names_a_rule():
    problem = builders.a_random_problem(3, jobs=60, shifts=12)

    screened = pairs.screen(problem)

    assert (screened.feasible == (screened.blame == 0)).all()
    assert screened.feasible.any()
    assert not screened.feasible.all()


def test_a_day_without_jobs_or_crews_is_screened():
    assert pairs.screen(builders.a_problem()).feasible.shape == (0, 1)
    assert pairs.screen(builders.a_problem(builders.a_job(), shifts=())).feasible.shape == (1, 0)
