"""Arrivals at an emergency, and the work that gives way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.domain.problem import PermitState, Place, Prerequisite, PriorityClass, Window
from assignments.engine.emergencies import arrivals
from tests.builders import (
    HOUR,
    MINUTE,
    a_commitment,
    a_job,
    a_member,
    a_permit,
    a_problem,
    a_shift,
)

AWAY = Place(40.0, -75.5)
"""About an hour and ten minutes from the depot."""


def an_emergency(**fields):
    return a_job(99, **({"priority": PriorityClass.EMERGENCY, "duration": 2 * HOUR} | fields))


def approved(number, start, end, **fields):
    return a_commitment(number, start, end, movable=True, **fields)


def choices_of(problem, job):
    return arrivals.choices(problem, job)


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
