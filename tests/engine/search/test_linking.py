"""Crews that share people: no plan has anybody in two places, and nobody is passed over for it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly
from assignments.engine.domain import sharing
from assignments.engine.domain.problem import Member, Place, PriorityClass, Problem, Window
from assignments.engine.emergencies import arrivals
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker
from assignments.engine.screening import conceivable
from assignments.engine.search import solver
from tests.builders import (
    HOUR,
    NEARBY,
    a_booking,
    a_commitment,
    a_job,
    a_member,
    a_problem,
    a_random_problem,
    a_shift,
)
from tests.engine.steps import new_stops
from tests.examples import drawn

NINE, TEN = 9 * HOUR, 10 * HOUR
ADA = a_member(77, name="Ada")


def two_crews(*, ada: Member = ADA, **fields):
    """From nine to eleven at the place of their work, with Ada in both."""
    window = Window(NINE, NINE + 2 * HOUR)
    return tuple(
        a_shift(number, base=NEARBY, window=window, members=(a_member(number), ada), **fields) for number in (1, 2)
    )


def hours(count, **fields):
    return [a_job(number, **fields) for number in range(1, count + 1)]


def planned(problem):
    return {job_id: (shift_id, stop.start) for job_id, (shift_id, stop) in new_stops(solver.construct(problem)).items()}


class TestTwoCrewsThatShareAPerson:
    def test_are_planned_one_after_the_other(self):
        problem = a_problem(*hours(4), shifts=two_crews())

        starts = [start for _, start in planned(problem).values()]

        assert sorted(starts) == [NINE, TEN]

    def test_are_planned_at_once_while_the_person_is_away(self):
        away = replace(ADA, absences=(Window(NINE, NINE + 2 * HOUR),))

        assert len(planned(a_problem(*hours(4), shifts=two_crews(ada=away)))) == 4

    def test_are_planned_at_once_when_the_person_changes_from_one_to_the_other(self):
        one, other = two_crews()
        here = replace(ADA, absences=(Window(TEN, TEN + HOUR),))
        there = replace(ADA, absences=(Window(NINE, TEN),))
        shifts = (replace(one, members=(a_member(1), here)), replace(other, members=(a_member(2), there)))

        assert len(planned(a_problem(*hours(4), shifts=shifts))) == 4

    def test_leave_time_for_the_drive_between_their_work(self):
        far = Place(NEARBY.lat + 0.2, NEARBY.lon)
        jobs = a_job(1), a_job(2, place=far)
        problem = a_problem(*jobs, shifts=two_crews())
        problem = replace(problem, shifts=(problem.shifts[0], replace(problem.shifts[1], base=far)))

        assert len(planned(problem)) == 1
        assert checker.check_plan(problem, solver.improve(problem, iterations=50)) == []

    def test_do_more_urgent_work_first(self):
        urgent = a_job(9, priority=PriorityClass.URGENT, duration=2 * HOUR)

        assert set(planned(a_problem(*hours(4, priority=PriorityClass.LOW), urgent, shifts=two_crews()))) == {9}

    def test_know_of_approved_work_with_the_other(self):
        one, other = two_crews()
        ada = replace(ADA, booked=(a_booking(50, NINE, TEN, place=NEARBY, crew=one.crew),))
        other = replace(other, members=(a_member(2), ada))

        assert list(planned(a_problem(*hours(2), shifts=(other,))).values()) == [(2, TEN)]

    def test_are_no_candidates_while_it_is_elsewhere_and_say_why(self):
        [shift] = two_crews()[1:]
        ada = replace(ADA, booked=(a_booking(50, NINE, NINE + 2 * HOUR, place=NEARBY),))
        job, shift = a_job(), replace(shift, members=(a_member(2), ada))
        problem = a_problem(job, shifts=(shift,))

        [ranked] = shortlist.rank(problem)
        refusal = explain.why_not(problem, job, shift, start=NINE)

        assert ranked.candidates == ()
        assert ranked.refused == {"elsewhere": 1}
        assert refusal.violations[0].render(str) == f"Ada works with Crew 9 on WO-50 from {NINE} to {NINE + 2 * HOUR}."
        assert refusal.fix is not None
        assert refusal.fix.render(str) == "Let Crew 2 go without Ada."

    def test_are_freed_by_moving_the_other_work_where_the_person_is_needed(self):
        [shift] = two_crews()[1:]
        ada = replace(ADA, booked=(a_booking(50, NINE, NINE + 2 * HOUR, place=NEARBY),))
        job, shift = a_job(crew_size=2), replace(shift, members=(a_member(2), ada))

        refusal = explain.why_not(a_problem(job, shifts=(shift,)), job, shift, start=NINE)

        assert refusal.fix is not None
        assert (refusal.fix.kind, refusal.fix.values["crew"]) == ("move-work", "Crew 9")


class TestAnEmergency:
    def test_puts_displaced_work_on_no_crew_of_a_person_that_it_took(self):
        routine = a_commitment(5, NINE, TEN, movable=True)
        one, other = two_crews(commitments=())
        one = replace(one, commitments=(routine,))
        job, moved = a_job(1, priority=PriorityClass.EMERGENCY, duration=2 * HOUR), a_job(5)
        problem = a_problem(moved, shifts=(one, other), now=8 * HOUR)

        [choice] = [c for c in arrivals.choices(problem, job) if c.shift_id == one.id]

        assert [move.to_shift for move in choice.moves] == [None]
        assert [lane.shift_id for lane in choice.lanes] == [one.id]


def lent(seed: int, jobs: int, shifts: int) -> Problem:
    """A random day on which neighbouring crews share a person, some of whom change from one to the other."""
    problem = a_random_problem(seed, jobs, shifts)
    crews = list(problem.shifts)
    for at in range(1, len(crews)):
        person = crews[at - 1].members[0]
        if (seed + at) % 3:
            start = crews[at].window.start + (seed % 5) * HOUR
            away = (Window(start, start + 3 * HOUR),) if (seed + at) % 2 else ()
            also = replace(person, absences=tuple(sorted((*person.absences, *away))))
            crews[at] = replace(crews[at], members=(*crews[at].members, also))
    return replace(problem, shifts=sharing.told(crews, {shift.id: shift.commitments for shift in crews}))


days = st.builds(lent, st.integers(0, 10**6), jobs=st.integers(1, 25), shifts=st.integers(2, 6))
plans = st.sampled_from([solver.construct, lambda day: solver.improve(day, iterations=200), jointly.construct])


@drawn(60)
@given(days, plans)
def test_every_plan_is_legal(problem, planned_by):
    assert checker.check_plan(problem, planned_by(problem)) == []


def passed_over(problem, plan):
    """Jobs left out that would be legal beside work of their own and more urgent classes alone."""
    jobs = {job.id: job for job in problem.jobs}
    for job in (jobs[left.job_id] for left in plan.left_out):
        work = {
            route.shift_id: [
                a_commitment(s.job_id, s.start, s.end, place=jobs[s.job_id].place)
                for s in route.stops
                if not s.fixed and jobs[s.job_id].priority <= job.priority
            ]
            for route in plan.routes
        }
        for shift in sharing.beside(problem.shifts, work):
            starts = conceivable.conceivable_starts(problem, job, shift)
            yield from ((job.id, shift.id, at) for at in starts if not checker.check(problem, job, shift, at))


@drawn(40)
@given(days, st.sampled_from([solver.construct, lambda day: solver.improve(day, iterations=100)]))
def test_nobody_is_passed_over_for_a_later_class(problem, planned_by):
    problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))

    assert list(passed_over(problem, planned_by(problem))) == []
