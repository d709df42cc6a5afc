"""Work that waits for other work: urgency that is handed on, and what is told of what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly
from assignments.engine.domain import sharing
from assignments.engine.domain.problem import Prerequisite, PriorityClass, Problem, QualificationNeed, Window
from assignments.engine.rules import checker
from assignments.engine.search import modelling, solver
from tests.builders import DEPOT, HOUR, a_job, a_member, a_problem, a_random_problem, a_shift
from tests.engine.steps import as_urgent, new_stops
from tests.examples import drawn
from tests.proofs.problems import a_rich_problem

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(1, 25), shifts=st.integers(1, 5), km=st.just(40)
)
rich_days = st.builds(a_rich_problem, st.integers(0, 10**6), jobs=st.integers(1, 20), shifts=st.integers(1, 5))
quickly = drawn(40)

EMERGENCY, URGENT, LOW = PriorityClass.EMERGENCY, PriorityClass.URGENT, PriorityClass.LOW
AFTER_1 = (Prerequisite(1, "WO-1"),)
makers = pytest.mark.parametrize(
    "planned", [solver.construct, lambda day: solver.improve(day, iterations=300), jointly.construct]
)


def a_low_job_beside(trouble, *others, **fields) -> Problem:
    """A crew has time for the low job or for the urgent one; the emergency waits for the low job."""
    low = a_job(1, priority=LOW, duration=5 * HOUR, place=DEPOT)
    urgent = a_job(2, priority=URGENT, duration=5 * HOUR, place=DEPOT)
    return a_problem(low, urgent, trouble, *others, **fields)


class TestUrgencyIsHandedOn:
    @makers
    def test_by_an_emergency_that_can_be_done(self, planned):
        trouble = a_job(3, priority=EMERGENCY, prerequisites=AFTER_1, place=DEPOT)

        assert set(new_stops(planned(a_low_job_beside(trouble)))) == {1, 3}

    @makers
    def test_by_none_that_no_crew_may_do(self, planned):
        trouble = a_job(3, priority=EMERGENCY, prerequisites=AFTER_1, needs=(QualificationNeed("GAS"),))

        assert set(new_stops(planned(a_low_job_beside(trouble)))) == {2}

    @makers
    def test_by_none_that_could_not_begin_after_the_work_it_waits_for(self, planned):
        early = Window(8 * HOUR, 9 * HOUR)
        trouble = a_job(3, priority=EMERGENCY, prerequisites=AFTER_1, appointment=early)

        assert set(new_stops(planned(a_low_job_beside(trouble)))) == {2}

    @makers
    def test_by_none_that_waits_for_work_no_crew_may_do(self, planned):
        hopeless = a_job(4, priority=LOW, needs=(QualificationNeed("GAS"),))
        trouble = a_job(3, priority=EMERGENCY, prerequisites=(*AFTER_1, Prerequisite(4, "WO-4")))

        assert set(new_stops(planned(a_low_job_beside(trouble, hopeless)))) == {2}

    @makers
    def test_by_none_that_the_plan_leaves_out(self, planned):
        # Two emergencies want the only crew for gas; the one with fewer customers out waits for the low job.
        gas = (QualificationNeed("GAS"),)
        trouble = a_job(3, priority=EMERGENCY, prerequisites=AFTER_1, needs=gas, duration=2 * HOUR)
        worse = a_job(4, priority=EMERGENCY, needs=gas, duration=7 * HOUR, customers_out=5_000)
        crews = (a_shift(1), a_shift(2, members=(a_member(3, "GAS"), a_member(4, "GAS"))))

        assert set(new_stops(planned(a_low_job_beside(trouble, worse, shifts=crews)))) == {2, 4}


class TestTheReasonTold:
    @makers
    def test_names_only_what_is_left_out_too(self, planned):
        done = a_job(1, place=DEPOT)
        hopeless = a_job(2, needs=(QualificationNeed("GAS"),))
        job = a_job(3, prerequisites=(*AFTER_1, Prerequisite(2, "WO-2")))

        left = {one.job_id: one.reason.render(str) for one in planned(a_problem(done, hopeless, job)).left_out}

        assert left[3] == "Waits for WO-2, left out too."

    @makers
    def test_says_when_less_urgent_work_goes_first_because_other_work_waits_for_it(self, planned):
        trouble = a_job(3, priority=EMERGENCY, prerequisites=AFTER_1, place=DEPOT)

        [left] = planned(a_low_job_beside(trouble)).left_out

        assert left.job_id == 2
        assert left.reason.render(str) == (
            "One crew may do it, but its time goes to work that is as urgent or that such work waits for."
        )

    @quickly
    @given(days | rich_days, st.sampled_from([solver.construct, lambda day: solver.improve(day, iterations=100)]))
    def test_of_time_that_goes_to_work_as_urgent_is_true(self, problem, planned):
        plan = planned(problem)

        jobs = {job.id: job for job in problem.jobs}
        # Urgent work of another crew may keep somebody of the crew away.
        shared = {one.shift.id for one in sharing.shared(problem.shifts)}
        ends = {job_id: stop.end for job_id, (_, stop) in new_stops(plan).items()}
        for left in plan.left_out:
            if "at least as urgent." in left.reason.template:
                job = jobs[left.job_id]
                known = tuple(replace(p, done=ends.get(p.job_id, p.done)) for p in job.prerequisites)
                for shift in (one for one in problem.shifts if one.id not in shared):
                    others = as_urgent(jobs, plan, shift.id, job)
                    for start in range(shift.window.start, shift.window.end, 1800):
                        assert checker.check(problem, replace(job, prerequisites=known), shift, start, others=others)

    @quickly
    @given(days | rich_days.filter(lambda day: not list(sharing.shared(day.shifts))))
    def test_is_found_for_every_job_that_is_left_out(self, problem):
        plain = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))

        assert "no-place" not in {left.reason.code for left in solver.improve(plain, iterations=100).left_out}


@quickly
@given(days | rich_days)
def test_the_order_of_what_is_planned_holds_without_what_is_left_out(problem):
    layout, routes = solver.begin(modelling.lay_out(problem))

    planned = [job.id for row, job in enumerate(problem.jobs) if routes.shift[row] >= 0]
    for row, job in enumerate(problem.jobs):
        if routes.shift[row] >= 0:
            waiting = _waits_for(problem, job.id, planned)
            assert layout.model.order[row] >= min([job.priority, *waiting])


def _waits_for(problem: Problem, job_id: int, planned: list[int]) -> list[PriorityClass]:
    """Classes of the planned and committed jobs that wait for this one, whatever is between."""
    committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
    found: list[PriorityClass] = []
    pending, seen = [job_id], {job_id}
    while pending:
        its = pending.pop()
        for job in problem.jobs:
            waits = any(p.job_id == its and p.done is None for p in job.prerequisites)
            if waits and job.id not in seen and (job.id in planned or job.id in committed):
                seen.add(job.id)
                pending.append(job.id)
                found.append(job.priority)
    return found
