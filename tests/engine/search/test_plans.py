"""Plans in particular cases, and how they are told."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest

from assignments.engine import planning
from assignments.engine.domain.problem import Place, Prerequisite, PriorityClass, Problem, Window
from assignments.engine.planning import Stage
from assignments.engine.ranking import shortlist
from assignments.engine.rules import checker
from assignments.engine.search import solver
from tests.builders import DEPOT, HOUR, a_commitment, a_job, a_permit, a_problem, a_random_problem, a_shift
from tests.engine.steps import new_stops


def _jobs(problem):
    return {job.id: job for job in problem.jobs}


def _shifts(problem):
    return {shift.id: shift for shift in problem.shifts}


def test_work_of_the_plan_on_one_feeder_is_told_so():
    feeders = {1: "F1", 2: "F1", 3: "F2", 4: "", 5: ""}
    problem = a_problem(*(a_job(number, feeder=feeder, duration=1800) for number, feeder in feeders.items()))

    batches = list(planning.plan(problem))

    planned = [r.candidates[0] for batch in batches if batch.stage is Stage.PLANNED for r in batch.jobs]
    continuity = {c.job_id: part.amount for c in planned for part in c.parts if part.code == "continuity"}
    assert continuity == {1: 1.0, 2: 1.0, 3: 0.0, 4: 0.0, 5: 0.0}


@pytest.mark.parametrize("seed", range(6))
def test_batches_tell_the_whole_story_of_a_plan_that_gets_better(seed, monkeypatch):
    monkeypatch.setattr(planning, "EVERY", 0.0)
    problem = a_random_problem(seed, jobs=40, shifts=6)

    batches = list(planning.plan(problem, seconds=0.3, clock=time.process_time))

    latest = {ranked.job_id: ranked for batch in batches for ranked in batch.jobs}
    last = [batch.figures for batch in batches if batch.figures][-1]
    plan = batches[-1].plan
    assert plan is not None
    assert plan.figures == last
    planned = {job_id: (shift_id, stop.start) for job_id, (shift_id, stop) in new_stops(plan).items()}
    told = {r.job_id: (c.shift_id, c.start) for r in latest.values() for c in r.candidates if c.in_plan}
    assert told == planned
    assert all(ranked.candidates[0].in_plan for ranked in latest.values() if ranked.job_id in planned)
    assert [c.rank for r in latest.values() for c in r.candidates] == [
        rank for r in latest.values() for rank in range(1, len(r.candidates) + 1)
    ]


def test_what_a_better_plan_does_otherwise_is_told_again(monkeypatch):
    monkeypatch.setattr(planning, "EVERY", 0.0)
    # Some of the days are too short of crews, or too easy, to be planned any better.
    days = [a_random_problem(seed, jobs=40, shifts=6) for seed in range(6)]
    told = [sum(len(batch.jobs) for batch in planning.plan(problem)) for problem in days]

    again = [
        sum(len(batch.jobs) for batch in planning.plan(problem, seconds=0.3, clock=time.process_time))
        for problem in days
    ]

    assert sum(more > once for more, once in zip(again, told, strict=True)) >= 2


def test_a_cancelled_improvement_ends_without_a_word():
    problem = a_random_problem(1, jobs=40, shifts=6)
    looks: list[None] = []

    def stop():
        looks.append(None)
        return len(looks) > 6

    batches = list(planning.plan(problem, seconds=60, stop=stop))

    assert batches[-1].stage is Stage.RESULT
    assert len(looks) < 12


def test_the_suggestions_of_a_plan_can_be_approved_one_after_another():
    problem = a_random_problem(11, jobs=30, shifts=8)
    plan = solver.construct(problem)
    jobs, shifts = _jobs(problem), _shifts(problem)

    for job_id, (shift_id, stop) in sorted(new_stops(plan).items(), key=lambda one: one[1][1].start):
        shift, job = shifts[shift_id], jobs[job_id]
        approved = tuple(p for p in job.prerequisites if p.done is not None)
        assert checker.check(problem, replace(job, prerequisites=approved), shift, stop.start, tentative=True) == []
        both = (*shift.commitments, a_commitment(job.id, stop.start, stop.end, place=job.place))
        shifts[shift_id] = replace(shift, commitments=tuple(sorted(both, key=lambda c: c.window.start)))


def test_what_must_be_done_first_is_planned_first_even_for_another_crew():
    first = a_job(1, duration=3 * HOUR, priority=PriorityClass.LOW, place=DEPOT)
    then = a_job(2, priority=PriorityClass.HIGH, prerequisites=(Prerequisite(1, "WO-1"),), place=DEPOT)
    plan = solver.construct(a_problem(then, first, shifts=(a_shift(1), a_shift(2))))

    stops = new_stops(plan)
    assert stops[2][1].start >= stops[1][1].end


def test_jobs_that_wait_for_each_other_are_left_out():
    one = a_job(1, prerequisites=(Prerequisite(2, "WO-2"),))
    other = a_job(2, prerequisites=(Prerequisite(1, "WO-1"),))

    plan = solver.construct(a_problem(one, other))

    assert {left.reason.code for left in plan.left_out} == {"prerequisite"}


def test_ordinary_work_does_not_delay_an_emergency():
    trouble = a_job(1, priority=PriorityClass.EMERGENCY, place=Place(40.0, -75.2))
    on_the_way = [a_job(n, place=Place(40.0, -75.1)) for n in range(2, 6)]

    plan = solver.construct(a_problem(*on_the_way, trouble))

    assert plan.routes[0].stops[0].job_id == 1
    assert plan.left_out == ()


def test_work_between_two_permit_windows_waits_for_the_second():
    split = (a_permit(window=Window(7 * HOUR, 8 * HOUR)), a_permit(id=2, window=Window(12 * HOUR, 14 * HOUR)))
    job = a_job(place=DEPOT, duration=2 * HOUR, required_permits=frozenset({"excavation"}), permits=split)

    plan = solver.construct(a_problem(job))

    assert plan.routes[0].stops[0].start == 12 * HOUR


def test_a_full_day_says_so():
    jobs = [a_job(n, duration=5 * HOUR) for n in (1, 2)]

    plan = solver.construct(a_problem(*jobs))

    [left] = plan.left_out
    assert left.reason.code == "full"
    assert plan.figures.planned == 1
    assert plan.figures.served_weight == 50.0


def test_stopping_keeps_the_first_plan_and_tells_progress():
    told = []

    plan = solver.construct(a_problem(a_job()), stop=lambda: True, progress=lambda *step: told.append(step))

    assert plan.figures.planned == 1
    assert [done for _, done, _ in told] == [1]


def test_a_stopped_run_gives_what_is_ranked_and_no_plan():
    batches = list(planning.plan(a_problem(*[a_job(n) for n in range(1, 151)]), stop=lambda: True))

    assert [batch.stage for batch in batches] == [Stage.RANKED]


def test_the_most_urgent_are_given_out_before_the_others_are_ranked():
    urgent = [a_job(n, priority=PriorityClass.URGENT) for n in range(126, 151)]

    first, second, *_ = planning.plan(a_problem(*[a_job(n) for n in range(1, 126)], *urgent), stop=lambda: False)

    assert {job.job_id for job in first.jobs} == {job.id for job in urgent}
    assert len(second.jobs) == planning.BATCH


def test_an_emergency_can_still_be_approved_when_its_lead_is_over():
    trouble, eight = a_job(priority=PriorityClass.EMERGENCY), 8 * HOUR
    problem = a_problem(trouble, now=eight)

    [first, *_] = planning.plan(problem, lead=300)

    soonest = first.jobs[0].candidates[0]
    assert soonest.depart == eight + 300
    assert checker.check(replace(problem, now=eight + 300), trouble, a_shift(), soonest.start) == []
    assert checker.check(replace(problem, now=eight + 301), trouble, a_shift(), soonest.start) != []


def test_a_job_with_a_crew_is_neither_ranked_nor_planned():
    taken = a_shift(commitments=(a_commitment(1, 9 * HOUR, 10 * HOUR),))
    problem = a_problem(a_job(1), shifts=(taken,))

    [ranked] = shortlist.rank(problem)
    plan = solver.construct(problem)

    assert ranked.candidates == ()
    assert ranked.refused == {"committed": 1}
    assert plan.left_out == ()
    assert checker.check_plan(problem, plan) == []


def test_a_plan_of_another_problem_is_refused():
    plan = solver.construct(a_problem(a_job(1)))

    with pytest.raises(ValueError, match="every job exactly once"):
        checker.check_plan(a_problem(a_job(1), a_job(2)), plan)
    busy = a_shift(commitments=(a_commitment(7, 9 * HOUR, 10 * HOUR),))
    with pytest.raises(ValueError, match="moved or dropped"):
        checker.check_plan(a_problem(a_job(1), shifts=(busy,)), plan)


def test_a_shift_that_cannot_return_in_time_is_found_in_a_plan():
    problem = a_problem(a_job(1))
    plan = solver.construct(problem)
    short = replace(problem, shifts=(a_shift(window=Window(7 * HOUR, 8 * HOUR)),))

    assert [v.rule for v in checker.check_plan(short, plan)] == ["shift"]


def test_warming_up_compiles_all_that_a_plan_calls():
    program = (
        "from assignments.engine.search import annealing, constructing, nearness, proving, relaying, solver, ways\n"
        "solver.warm_up()\n"
        "called = (annealing.anneal, annealing.begin, constructing.construct, nearness.fill_near,\n"
        "          nearness.fill_width, proving.has_room, proving.strip, relaying.relay, ways.estimate)\n"
        "print([one.__name__ for one in called if not one.signatures])"
    )

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == "[]"


def test_problem_is_not_changed_by_planning():
    problem: Problem = a_random_problem(2)
    before = replace(problem)

    list(planning.plan(problem))

    assert problem == before
