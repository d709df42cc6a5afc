"""A job that waits for itself is planned by nobody, and everybody says so."""

from __future__ import annotations

from dataclasses import replace

from assignments.engine.domain import fingerprint
from assignments.engine.domain.problem import Prerequisite
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker
from assignments.engine.rules.rule import MANAGER
from assignments.engine.search import solver
from tests.builders import HOUR, a_job, a_problem, a_shift

NINE = 9 * HOUR
ONE = a_job(1, prerequisites=(Prerequisite(2, "WO-2"),), ring=("WO-1", "WO-2"))
TWO = a_job(2, prerequisites=(Prerequisite(1, "WO-1"),), ring=("WO-2", "WO-1"))
THREE = a_job(3, prerequisites=(Prerequisite(1, "WO-1"),))


def test_is_planned_by_nobody_and_neither_is_what_waits_for_it():
    plan = solver.improve(a_problem(ONE, TWO, THREE), iterations=20)

    assert {left.job_id for left in plan.left_out} == {1, 2, 3}


def test_is_ranked_with_no_crew_instead_of_after_the_other():
    ranked = list(shortlist.rank(a_problem(ONE, TWO)))

    assert [(one.candidates, dict(one.refused)) for one in ranked] == [((), {"prerequisite": 1})] * 2


def test_is_named_and_opened_by_one_change():
    problem = a_problem(ONE)

    refusal = explain.why_not(problem, ONE, problem.shifts[0])

    [violation] = refusal.violations
    assert violation.render(str) == "WO-1 waits for WO-2, which waits for WO-1: none of them can be first."
    assert violation.authority == MANAGER
    assert refusal.fix is not None
    assert refusal.fix.render(str) == "Let WO-1 no longer wait for WO-2."


def test_is_no_fix_where_other_work_is_not_done_either():
    job = replace(ONE, prerequisites=(*ONE.prerequisites, Prerequisite(7, "WO-7")))

    assert explain.why_not(a_problem(job), job, a_shift()).fix is None


def test_is_no_ring_without_its_numbers():
    done = replace(ONE, ring=(), prerequisites=(Prerequisite(2, "WO-2", done=NINE),))

    assert checker.check(a_problem(done), done, a_shift(), NINE) == []


def test_is_in_the_fingerprint():
    def of(job):
        return fingerprint.digest(job, epoch=0)

    assert of(ONE) != of(replace(ONE, ring=()))
