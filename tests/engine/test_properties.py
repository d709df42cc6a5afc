"""Invariants of any candidate, plan and fix, on days drawn at random."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import planning
from assignments.engine.domain.problem import Window
from assignments.engine.planning import Stage
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker
from assignments.engine.search import solver
from tests.builders import HOUR, a_random_problem
from tests.engine.steps import legal_beside_work_as_urgent, new_stops
from tests.examples import drawn
from tests.proofs.problems import a_rich_problem

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(0, 25), shifts=st.integers(0, 6), km=st.just(40)
)
rich_days = st.builds(a_rich_problem, st.integers(0, 10**6), jobs=st.integers(1, 20), shifts=st.integers(1, 6))
quickly = drawn(40)


def _jobs(problem):
    return {job.id: job for job in problem.jobs}


def _shifts(problem):
    return {shift.id: shift for shift in problem.shifts}


@quickly
@given(days)
def test_every_candidate_is_legal_and_its_parts_add_up(problem):
    for ranked in shortlist.rank(problem):
        assert [c.rank for c in ranked.candidates] == list(range(1, len(ranked.candidates) + 1))
        assert [c.score for c in ranked.candidates] == sorted((c.score for c in ranked.candidates), reverse=True)
        assert bool(ranked.candidates) == (ranked.legal > 0)
        for c in ranked.candidates:
            job, shift = _jobs(problem)[c.job_id], _shifts(problem)[c.shift_id]
            assert checker.check(problem, job, shift, c.start, tentative=c.tentative) == []
            assert bool(checker.check(problem, job, shift, c.start)) == c.tentative
            assert sum(part.points for part in c.parts) == c.score
            assert c.end - c.start == job.duration
            assert c.depart == c.start - c.travel >= problem.now
            assert c.reasons


@quickly
@given(days | rich_days)
def test_every_plan_is_legal(problem):
    assert checker.check_plan(problem, solver.construct(problem)) == []


@quickly
@given(days | rich_days, st.integers(0, 5))
def test_every_improved_plan_is_legal(problem, seed):
    assert checker.check_plan(problem, solver.improve(problem, iterations=300, seed=seed)) == []


@drawn(15)
@given(days | rich_days)
def test_every_suggestion_that_a_run_gives_out_is_legal(problem):
    """Candidates ranked beside the commitments alone; those of the plan, all of them together."""
    later = replace(problem, now=problem.now + planning.LEAD)

    for batch in planning.plan(problem, seconds=0.1, clock=time.process_time):
        if batch.plan is not None:
            assert checker.check_plan(later, batch.plan) == []
        for c in (c for ranked in batch.jobs for c in ranked.candidates):
            assert sum(part.points for part in c.parts) == c.score
            if not c.in_plan:
                job, shift = _jobs(problem)[c.job_id], _shifts(problem)[c.shift_id]
                assert checker.check(later, job, shift, c.start, tentative=c.tentative) == []


@quickly
@given(days, st.integers(0, 100))
def test_the_same_seed_gives_the_same_plan(problem, seed):
    assert solver.construct(problem, seed=seed) == solver.construct(problem, seed=seed)


def test_another_process_makes_the_same_plans():
    program = "from tests.engine.test_properties import _plans; print(_plans())"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == _plans()


def _plans() -> str:
    days = [a_random_problem(seed, jobs=40, shifts=6) for seed in (1, 2)]
    return repr([solver.improve(day, iterations=300, seed=7) for day in days])


@quickly
@given(days | rich_days, st.sampled_from([solver.construct, lambda day: solver.improve(day, iterations=100)]))
def test_commitments_never_move(problem, planned_by):
    plan = planned_by(problem)

    kept = [(s.job_id, Window(s.start, s.end)) for route in plan.routes for s in route.stops if s.fixed]
    assert kept == [(c.job_id, c.window) for shift in problem.shifts for c in shift.commitments]


@quickly
@given(days)
def test_a_shift_is_refused_exactly_when_it_is_no_candidate(problem):
    ranked = {r.job_id: {c.shift_id for c in r.candidates} for r in shortlist.rank(problem, k=99)}
    for job in problem.jobs[:5]:
        for shift in problem.shifts:
            refusal = explain.why_not(problem, job, shift)
            tentative = not checker.check(problem, job, shift, refusal.start, tentative=True)
            if not refusal.violations:
                assert shift.id in ranked[job.id]
            elif shift.id in ranked[job.id]:
                assert tentative


@quickly
@given(days | rich_days, st.none() | st.integers(5 * HOUR, 20 * HOUR))
def test_a_fix_makes_it_legal(problem, start):
    for job in problem.jobs[:4]:
        for shift in problem.shifts:
            refusal = explain.why_not(problem, job, shift, start=start)
            if refusal.fix is not None:
                fixed = refusal.fix
                assert refusal.violations
                assert checker.check(problem, fixed.job, fixed.shift, fixed.start) == []


@quickly
@given(days)
def test_no_job_is_left_out_for_jobs_of_a_later_class(problem):
    """Each job left out is put beside the more urgent work alone: nothing must be legal there."""
    plan = solver.construct(problem)
    # Handed-on urgency would need the chain behind a job to be looked at; plain jobs show the rule.
    if any(job.prerequisites for job in problem.jobs):
        problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))
        plan = solver.construct(problem)
    assert legal_beside_work_as_urgent(problem, plan) == []


@quickly
@given(days)
def test_batches_tell_the_whole_story(problem):
    batches = list(planning.plan(problem))

    latest = {ranked.job_id: ranked for batch in batches for ranked in batch.jobs}
    plan = batches[-1].plan
    assert batches[-1].stage is Stage.RESULT
    assert plan is not None
    assert set(latest) == set(_jobs(problem))
    planned = new_stops(plan)
    for job_id, ranked in latest.items():
        in_plan = [c for c in ranked.candidates if c.in_plan]
        assert bool(in_plan) == (job_id in planned)
        assert len({c.shift_id for c in ranked.candidates}) == len(ranked.candidates)
        for c in in_plan:
            shift_id, stop = planned[job_id]
            assert (c.rank, c.shift_id, c.start, c.travel) == (1, shift_id, stop.start, stop.travel)
            assert ranked.candidates[0] is c
            assert sum(part.points for part in c.parts) == c.score
