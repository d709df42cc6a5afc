"""Two changes together, where no single one makes an assignment legal."""

from __future__ import annotations

from assignments.engine.domain.problem import QualificationNeed
from assignments.engine.ranking import explain
from assignments.engine.rules import checker
from tests.builders import a_job, a_problem, a_shift


def test_two_obstacles_take_two_changes():
    job = a_job(territory="SOUTH", crew_size=3)
    problem = a_problem(job)

    refusal = explain.why_not(problem, job, a_shift())

    assert [v.rule for v in refusal.violations] == ["crew-size", "territory"]
    fix = refusal.fix
    assert fix is not None
    assert (fix.changes, fix.cost) == (2, 55)
    assert fix.render(str) == "Add one person to Crew 1. Lend Crew 1 to SOUTH."
    assert checker.check(problem, fix.job, fix.shift, fix.start) == []


def test_a_person_and_a_permit():
    job = a_job(required_permits=frozenset({"excavation"}), needs=(QualificationNeed("GAS"),))

    fix = explain.why_not(a_problem(job), job, a_shift()).fix

    assert fix is not None
    assert fix.kind == "add-member and new-permit"


def test_three_obstacles_are_too_many():
    job = a_job(territory="SOUTH", crew_size=3, materials_at=None)

    assert explain.why_not(a_problem(job), job, a_shift()).fix is None
