"""Who can be there first, and what gives way."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments.engine import checker, emergency, explain
from assignments.engine.problem import PermitState, Place, Prerequisite, PriorityClass, Window
from tests.builders import (
    HOUR,
    MINUTE,
    a_commitment,
    a_job,
    a_member,
    a_permit,
    a_problem,
    a_random_problem,
    a_shift,
    with_random_roads,
)

AWAY = Place(40.0, -75.5)
"""About an hour and ten minutes from the depot."""
quickly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def an_emergency(**fields):
    return a_job(99, **({"priority": PriorityClass.EMERGENCY, "duration": 2 * HOUR} | fields))


def approved(number, start, end, **fields):
    return a_commitment(number, start, end, movable=True, **fields)


def choices_of(problem, job):
    return emergency.choices(problem, job)


class TestWhoIsThereFirst:
    def test_a_crew_with_nothing_to_do_sets_out_at_once(self):
        job = an_emergency()

        [choice] = choices_of(a_problem(job, now=9 * HOUR), job)

        assert (choice.depart, choice.start, choice.moves) == (9 * HOUR, 9 * HOUR + choice.travel, ())
        assert choice.travel == choice.added_drive / 2 > 0

    def test_crews_are_ranked_by_when_they_are_there(self):
        job = an_emergency()
        shifts = (a_shift(1, base=AWAY), a_shift(2), a_shift(3, window=Window(10 * HOUR, 18 * HOUR)))

        ranked = choices_of(a_problem(job, shifts=shifts, now=8 * HOUR), job)

        assert [choice.shift_id for choice in ranked] == [2, 1, 3]

    def test_a_crew_sets_out_from_its_last_work(self):
        job = an_emergency(place=AWAY)
        done = a_commitment(1, 7 * HOUR, 8 * HOUR, place=AWAY)

        [choice] = choices_of(a_problem(job, shifts=(a_shift(commitments=(done,)),), now=9 * HOUR), job)

        assert (choice.start, choice.travel) == (9 * HOUR, 0)

    def test_work_under_way_is_finished_first(self):
        job = an_emergency()
        under_way = approved(1, 8 * HOUR, 10 * HOUR)
        problem = a_problem(job, a_job(1), shifts=(a_shift(commitments=(under_way,)),), now=9 * HOUR)

        [choice] = choices_of(problem, job)

        assert (choice.start, choice.moves) == (10 * HOUR, ())

    def test_an_on_call_crew_comes_for_an_emergency_and_for_nothing_else(self):
        shifts = (a_shift(on_call=True),)
        job, urgent = an_emergency(), an_emergency(priority=PriorityClass.URGENT)

        assert choices_of(a_problem(job, shifts=shifts), job)
        assert choices_of(a_problem(urgent, shifts=shifts), urgent) == ()

    def test_a_crew_that_may_not_do_it_is_no_choice(self):
        job = an_emergency(energised=True, voltage=13_800)

        assert choices_of(a_problem(job, shifts=(a_shift(members=(a_member(1),)),)), job) == ()

    def test_a_pending_permit_makes_it_tentative(self):
        permit = a_permit(state=PermitState.PENDING)
        job = an_emergency(required_permits=frozenset({"excavation"}), permits=(permit,))

        assert [choice.tentative for choice in choices_of(a_problem(job), job)] == [True]


class TestWhatGivesWay:
    def test_approved_work_is_done_later_by_the_same_crew(self):
        job, planned = an_emergency(), approved(1, 8 * HOUR, 9 * HOUR)
        problem = a_problem(job, a_job(1), shifts=(a_shift(commitments=(planned,)), a_shift(2, base=AWAY)))

        first, *_ = choices_of(problem, job)

        assert (first.shift_id, first.start) == (1, 7 * HOUR + first.travel)
        [move] = first.moves
        assert (move.to_shift, move.to_start) == (1, first.end)
        assert [visit.job_id for visit in first.lanes[0].after] == [99, 1]

    def test_the_same_crew_without_touching_anything_is_a_choice_too(self):
        job, planned = an_emergency(), approved(1, 8 * HOUR, 9 * HOUR)
        problem = a_problem(job, a_job(1), shifts=(a_shift(commitments=(planned,)),))

        assert [(len(one.moves), one.start) for one in choices_of(problem, job)] == [
            (1, 7 * HOUR + 8 * MINUTE), (0, 9 * HOUR),
        ]  # fmt: skip

    def test_another_crew_takes_what_would_be_late(self):
        job, planned = an_emergency(), approved(1, 8 * HOUR, 9 * HOUR)
        problem = a_problem(
            job, a_job(1, due=9 * HOUR), shifts=(a_shift(commitments=(planned,)), a_shift(2, territories=frozenset())),
        )  # fmt: skip
        here = choices_of(problem, job)[0].moves[0]
        there = choices_of(replace(problem, shifts=(problem.shifts[0], a_shift(3, on_call=False))), job)

        assert (here.to_shift, here.late) == (1, True)
        move = next(one for one in there if one.shift_id == 1).moves[0]
        assert (move.to_shift, move.to_start, move.late) == (3, 8 * HOUR, False)

    def test_what_no_rule_allows_anywhere_is_given_up(self):
        job, planned = an_emergency(), approved(1, 8 * HOUR, 9 * HOUR)
        booked = a_job(1, appointment=Window(8 * HOUR, 8 * HOUR + 30 * MINUTE))

        first, *_ = choices_of(a_problem(job, booked, shifts=(a_shift(commitments=(planned,)),)), job)

        assert (first.given_up, first.moves[0].is_given_up) == (1, True)
        assert [visit.job_id for visit in first.lanes[0].after] == [99]

    @pytest.mark.parametrize(
        ("number", "planned"),
        [("pinned", a_commitment(1, 8 * HOUR, 9 * HOUR)), ("unknown", approved(7, 8 * HOUR, 9 * HOUR))],
    )
    def test_what_may_not_be_moved_stays(self, number, planned):
        job = an_emergency()
        problem = a_problem(job, a_job(1), shifts=(a_shift(commitments=(planned,)),))

        assert [(one.start, one.moves) for one in choices_of(problem, job)] == [(9 * HOUR, ())]

    @pytest.mark.parametrize(("priority", "gives_way"), [(0, False), (1, False), (2, True), (4, True)])
    def test_only_work_of_a_later_class_gives_way(self, priority, gives_way):
        job = an_emergency(priority=PriorityClass.URGENT)
        planned = approved(1, 8 * HOUR, 9 * HOUR)
        problem = a_problem(
            job, a_job(1, priority=PriorityClass(priority)), shifts=(a_shift(commitments=(planned,)),)
        )  # fmt: skip

        assert any(choice.moves for choice in choices_of(problem, job)) is gives_way

    def test_work_that_other_work_waits_for_stays(self):
        job, planned = an_emergency(), approved(1, 8 * HOUR, 9 * HOUR)
        later = a_job(2, prerequisites=(Prerequisite(1, "WO-1", 9 * HOUR),))
        problem = a_problem(job, a_job(1), later, shifts=(a_shift(commitments=(planned,)),))

        assert [choice.moves for choice in choices_of(problem, job)] == [()]

    def test_of_two_that_are_there_at_once_the_one_that_touches_less_comes_first(self):
        job = an_emergency()
        shifts = (
            a_shift(1, commitments=(approved(1, 8 * HOUR, 9 * HOUR), approved(2, 9 * HOUR, 10 * HOUR))),
            a_shift(2, commitments=(approved(3, 8 * HOUR, 10 * HOUR),)),
            a_shift(3, commitments=(approved(4, 8 * HOUR, 10 * HOUR),)),
        )
        low = a_job(4, priority=PriorityClass.LOW, duration=2 * HOUR)

        ranked = choices_of(a_problem(job, a_job(1), a_job(2), a_job(3, duration=2 * HOUR), low, shifts=shifts), job)

        at_once = [choice for choice in ranked if choice.start == ranked[0].start]
        assert [(choice.shift_id, len(choice.moves)) for choice in at_once] == [(3, 1), (2, 1), (1, 2)]


def a_busy_day(seed):
    """A random day whose commitments are jobs of the problem, some of them movable, and an emergency."""
    draw = random.Random(seed)
    problem = a_random_problem(seed, jobs=3, shifts=4)
    jobs, shifts = [], []
    for shift in problem.shifts:
        taken = [replace(c, movable=draw.random() < 0.7) for c in shift.commitments]
        shifts.append(replace(shift, commitments=tuple(taken)))
        jobs += [
            a_job(
                c.job_id, duration=c.window.end - c.window.start, place=c.place, needs=(),
                priority=draw.choice([PriorityClass.URGENT, PriorityClass.NORMAL, PriorityClass.LOW]),
                due=draw.choice([10**9, 14 * HOUR]),
                appointment=Window(c.window.start, c.window.start + HOUR) if draw.random() < 0.3 else None,
            )
            for c in taken
        ]  # fmt: skip
    job = an_emergency(
        place=problem.jobs[0].place, duration=draw.choice([1, 2, 3]) * HOUR, needs=problem.jobs[1].needs,
        priority=draw.choice([PriorityClass.EMERGENCY, PriorityClass.URGENT]),
        appointment=problem.jobs[2].appointment,
    )  # fmt: skip
    return replace(problem, jobs=(*jobs, job), shifts=tuple(shifts)), job


busy_days = st.builds(a_busy_day, st.integers(0, 10**6))
routed_days = st.builds(
    lambda seed: (with_random_roads(a_busy_day(seed)[0], seed), a_busy_day(seed)[1]), st.integers(0, 10**6)
)


def after(problem, choice):
    """The shifts as the choice leaves them."""
    jobs = {job.id: job for job in problem.jobs}
    known = {shift.id: {c.job_id: c for c in shift.commitments} for shift in problem.shifts}
    changed = {
        lane.shift_id: tuple(
            known[lane.shift_id].get(v.job_id)
            if (c := known[lane.shift_id].get(v.job_id)) and c.window.start == v.start
            else a_commitment(v.job_id, v.start, v.end, place=jobs[v.job_id].place)
            for v in lane.after
        )
        for lane in choice.lanes
    }
    return {s.id: replace(s, commitments=changed.get(s.id, s.commitments)) for s in problem.shifts}


@quickly
@given(st.one_of(busy_days, routed_days))
def test_every_state_that_a_choice_leads_to_is_legal(day):
    problem, job = day
    jobs = {one.id: one for one in problem.jobs}
    for choice in emergency.choices(problem, job):
        shifts = after(problem, choice)
        assert checker.check(problem, job, shifts[choice.shift_id], choice.start, tentative=choice.tentative) == []
        for move in choice.moves:
            if move.to_shift is not None:
                there = shifts[move.to_shift]
                assert checker.check(problem, jobs[move.job_id], there, move.to_start, tentative=move.tentative) == []


@quickly
@given(st.one_of(busy_days, routed_days))
def test_nothing_else_moves_and_the_pinned_never_do(day):
    problem, job = day
    for choice in emergency.choices(problem, job):
        touched = {move.job_id for move in choice.moves}
        for shift, left in zip(problem.shifts, after(problem, choice).values(), strict=True):
            kept = [c for c in shift.commitments if c.job_id not in touched]
            assert [c for c in left.commitments if c in kept] == kept
            assert all(c.movable for c in shift.commitments if c.job_id in touched)


@quickly
@given(busy_days)
def test_no_choice_touches_more_than_it_must(day):
    # By trying every set of movable work of every shift at every second at which a rule begins or ceases to hold.
    problem, job = day
    found: dict[int, list[tuple[int, int]]] = {shift.id: [] for shift in problem.shifts}
    for choice in reversed(emergency.choices(problem, job)):
        found[choice.shift_id].append((len(choice.moves), choice.start))

    for shift in problem.shifts:
        assert found[shift.id] == brute_force(problem, job, shift)


def brute_force(problem, job, shift):
    """For each number of touched jobs the earliest start, if touching fewer does not give it."""
    jobs = {one.id: one for one in problem.jobs}
    free = [
        c
        for c in shift.commitments
        if c.movable and jobs[c.job_id].priority > job.priority and c.window.start > problem.now
    ]
    frontier: list[tuple[int, int]] = []
    for count in range(len(free) + 1):
        starts = [start for gone in combinations(free, count) for start in legal_starts(problem, job, shift, gone)]
        if starts and (not frontier or min(starts) < frontier[-1][1]):
            frontier.append((count, min(starts)))
    return frontier


def legal_starts(problem, job, shift, gone):
    rest = replace(shift, commitments=tuple(c for c in shift.commitments if c not in gone))
    starts = explain.conceivable_starts(problem, job, rest)
    return [start for start in starts if not checker.check(problem, job, rest, start)]


@quickly
@given(busy_days)
def test_nothing_is_given_up_that_has_a_place(day):
    problem, job = day
    jobs = {one.id: one for one in problem.jobs}
    for choice in emergency.choices(problem, job):
        shifts = after(problem, choice)
        for move in (one for one in choice.moves if one.is_given_up):
            lost = jobs[move.job_id]
            for shift in shifts.values():
                starts = explain.conceivable_starts(problem, lost, shift)
                legal = [start for start in starts if not checker.check(problem, lost, shift, start)]
                later = [start for start in legal if shift.id != move.from_shift or start >= move.start]
                assert later == [], (choice, move, shift.id)
