"""Breaks: what a shift owes, where there is room for it, and when work would take that room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.domain import fingerprint
from assignments.engine.domain.problem import Break, InvalidProblem, Place, PriorityClass, RuleData, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.emergencies import arrivals, calls
from assignments.engine.ranking import explain
from assignments.engine.rules import breaks, checker, hours, staffing
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import MANAGER
from assignments.engine.screening.pairs import screen
from tests.builders import DEPOT, HOUR, MINUTE, a_commitment, a_job, a_member, a_problem, a_shift

MEAL = Break("meal break", 30 * MINUTE, earliest=3 * HOUR + 30 * MINUTE, latest=6 * HOUR, after=6 * HOUR)
"""On a shift from seven: begun between 10:30 and 13:00."""
FAR = Place(40.0, -75.2)
"""Half an hour by road from the depot."""


def at(hour: float) -> int:
    return int(hour * HOUR)


def clock(seconds: int) -> str:
    return f"{seconds // HOUR:02}:{seconds // MINUTE % 60:02}"


def a_busy_shift(*periods, **fields):
    """Approved work at the depot in these periods."""
    work = (a_commitment(90 + n, at(a), at(b), place=DEPOT, movable=True) for n, (a, b) in enumerate(periods))
    return a_shift(**{"commitments": tuple(work), **fields})


def a_day(shift, *rests, **fields):
    job = a_job(place=DEPOT, **fields)
    return a_problem(job, shifts=(shift,), rules=RuleData(breaks=rests))


def broken(problem, start: float) -> list[str]:
    [job], [shift] = problem.jobs, problem.shifts
    return [violation.code for violation in checker.check(problem, job, shift, at(start))]


class TestRoom:
    def test_is_kept_by_work_that_leaves_it_after(self):
        problem = a_day(a_busy_shift((7, 11.5), (13, 15)), MEAL)

        assert broken(problem, 11.5) == []

    def test_is_taken_by_work_that_fills_the_gap(self):
        problem = a_day(a_busy_shift((7, 11.5), (12.75, 15)), MEAL)

        assert broken(problem, 11.5) == ["break"]

    def test_after_two_approved_jobs_at_once_begins_when_both_are_over(self):
        # The way from the one that began last is over before the other one ends.
        late = Break("late rest", 15 * MINUTE, earliest=8 * HOUR, latest=9 * HOUR)
        work = (a_commitment(90, at(7.5), at(13), place=DEPOT), a_commitment(91, at(8), at(9), place=FAR))
        problem = a_day(a_shift(window=Window(at(7), at(17)), commitments=work), late)

        assert broken(problem, 13) == []
        assert screen(problem).spans(0, 0)[0][0] == at(13)

    def test_holds_a_break_to_the_second(self):
        shift = a_busy_shift((7, 11.5), (13, 15))
        fits = a_day(shift, MEAL)
        too_long = a_day(shift, replace(MEAL, length=MEAL.length + 1))

        assert (broken(fits, 11.5), broken(too_long, 11.5)) == ([], ["break"])

    def test_must_let_it_begin_by_its_latest_time(self):
        problem = a_day(a_busy_shift((7, 12)), MEAL)

        assert broken(problem, 12) == []
        assert broken(replace(problem, shifts=(a_busy_shift((7, 12 + 1 / HOUR)),)), 12 + 1 / HOUR) == ["break"]

    def test_must_let_it_begin_no_sooner_than_its_earliest(self):
        problem = a_day(a_busy_shift((7, 9.5), (12.75, 15)), MEAL, duration=at(1.75))

        assert broken(problem, 11) == []
        assert broken(problem, 10.75) == ["break"]

    def test_may_part_a_drive(self):
        far = a_commitment(91, at(12), at(15), place=FAR)
        shift = a_shift(commitments=(a_commitment(90, at(7), at(10), place=DEPOT), far))
        short = a_day(shift, MEAL, duration=30 * MINUTE)

        drive = Travel.of(short).seconds(DEPOT, FAR)
        assert broken(short, 12 - (drive + MEAL.length + 30 * MINUTE) / HOUR) == []
        assert broken(short, 12 - (drive + MEAL.length + 29 * MINUTE) / HOUR) == ["break"]

    def test_at_the_base_holds_the_drives(self):
        far = a_commitment(90, at(7.5), at(10.5), place=FAR)
        shift = a_shift(commitments=(far, a_commitment(91, at(12.5), at(14), place=FAR)))
        in_the_field = a_problem(
            a_job(place=FAR, duration=15 * MINUTE), shifts=(shift,), rules=RuleData(breaks=(MEAL,))
        )
        at_base = replace(in_the_field, rules=RuleData(breaks=(replace(MEAL, at_base=True),)))

        assert broken(in_the_field, 10.5) == []
        assert broken(at_base, 10.5) == []
        longer = replace(at_base, jobs=(replace(at_base.jobs[0], duration=at(0.75)),))
        assert broken(replace(in_the_field, jobs=longer.jobs), 10.5) == []
        assert broken(longer, 10.5) == ["break"]

    def test_for_two_breaks_is_wanted_one_after_the_other(self):
        coffee = Break("coffee break", 15 * MINUTE, earliest=at(3.5), latest=at(4))
        problem = a_day(a_busy_shift((7, 11), (12.5, 15)), coffee, MEAL, duration=45 * MINUTE)

        assert broken(problem, 11.75) == []
        assert broken(problem, 11) == ["break"]


class TestOwed:
    @pytest.mark.parametrize(("hours_long", "owes"), [(6, False), (6 + 1 / HOUR, True)])
    def test_by_shifts_that_are_longer(self, hours_long, owes):
        shift = a_shift(window=Window(at(7), at(7) + int(hours_long * HOUR)))

        assert bool(RuleData(breaks=(MEAL,)).breaks_of(shift)) == owes

    def test_by_no_shift_on_call(self):
        assert RuleData(breaks=(MEAL,)).breaks_of(a_shift(on_call=True)) == ()

    def test_in_the_order_of_their_latest_times(self):
        coffee = Break("coffee break", 15 * MINUTE, earliest=at(2), latest=at(3))

        assert RuleData(breaks=(MEAL, coffee)).breaks_of(a_shift()) == (coffee, MEAL)

    def test_no_more_where_approved_work_has_taken_it(self):
        problem = a_day(a_busy_shift((10, 13.5)), MEAL)

        assert breaks.of_shift(problem, problem.shifts[0]) == ()
        assert broken(problem, 14) == []

    def test_still_when_only_another_one_was_taken(self):
        coffee = Break("coffee break", 15 * MINUTE, earliest=at(2), latest=at(3))
        problem = a_day(a_busy_shift((8.75, 10.5), (11.25, 15)), coffee, MEAL, duration=45 * MINUTE)

        [left] = breaks.of_shift(problem, problem.shifts[0])

        assert (left.rest, clock(left.window.start), clock(left.window.end)) == (MEAL, "10:30", "11:00")
        assert broken(problem, 10.5) == ["break"]

    @pytest.mark.parametrize("wrong", [{"length": 0}, {"latest": MEAL.earliest - 1}])
    def test_a_break_that_cannot_be_is_refused(self, wrong):
        with pytest.raises(InvalidProblem, match="meal break"):
            replace(MEAL, **wrong)


class TestRefusal:
    problem = a_day(a_busy_shift((7, 11.5), (12.75, 15)), MEAL)

    def test_says_which_break_and_when_it_would_have_to_begin(self):
        [job], [shift] = self.problem.jobs, self.problem.shifts

        answer = explain.why_not(self.problem, job, shift, start=at(11.5))

        assert [violation.render(clock) for violation in answer.violations] == [
            "Crew 1 would have no room for its meal break: 30\xa0min, begun between 10:30 and 13:00."
        ]

    def test_is_mended_by_moving_the_work_that_leaves_no_room(self):
        problem = replace(self.problem, now=at(11))
        [job], [shift] = problem.jobs, problem.shifts

        fix = explain.why_not(problem, job, shift).fix

        assert fix is not None
        assert fix.render(clock) == "Move WO-91 (Crew 1, 12:45 to 15:00)."

    @pytest.mark.parametrize(
        ("rules", "priority", "authority"),
        [
            ({}, PriorityClass.EMERGENCY, None),
            ({"rest_authority": MANAGER}, PriorityClass.EMERGENCY, MANAGER),
            ({"rest_authority": MANAGER}, PriorityClass.HIGH, None),
            ({"rest_authority": MANAGER, "rest_override_for_any_work": True}, PriorityClass.LOW, MANAGER),
        ],
    )
    def test_may_be_overridden_as_rest_may(self, rules, priority, authority):
        rules = replace(self.problem.rules, rest_agreement="Local 51, article 7", **rules)
        problem = replace(self.problem, rules=rules, jobs=(a_job(place=DEPOT, priority=priority),))

        [violation] = checker.check(problem, problem.jobs[0], problem.shifts[0], at(11.5))

        assert (violation.authority, violation.source) == (authority, "Local 51, article 7")


class TestEmergencies:
    trouble = a_job(9, place=DEPOT, priority=PriorityClass.EMERGENCY)

    def test_take_the_break_only_by_an_override(self):
        shift = a_shift(commitments=(a_commitment(90, at(7), at(11.5)), a_commitment(91, at(12.75), at(15))))
        problem = a_problem(shifts=(shift,), rules=RuleData(breaks=(MEAL,), rest_authority=MANAGER), now=at(11))
        near = replace(self.trouble, place=shift.commitments[0].place)

        assert arrivals.choices(problem, near) == ()
        [call] = calls.calls(problem, near)
        assert (clock(call.start), [violation.code for violation in call.violations]) == ("11:30", ["break"])

    def test_displace_other_work_and_leave_the_break_its_room(self):
        problem = a_problem(
            *(a_job(number, place=DEPOT) for number in (90, 91)),
            shifts=(a_busy_shift((7, 11.5), (12.75, 14)),),
            rules=RuleData(breaks=(MEAL,)),
            now=at(11),
        )

        soonest = arrivals.choices(problem, self.trouble)[0]

        assert clock(soonest.start) == "11:30"
        assert [move.number for move in soonest.moves] == ["WO-91"]


class TestDuty:
    def test_goes_on_through_a_paid_break_and_not_through_an_unpaid_one(self):
        shift = a_shift(window=Window(at(7), at(22)))
        unpaid, paid = (RuleData(breaks=(replace(MEAL, paid=flag),), max_work_in_24h=at(12)) for flag in (False, True))

        def is_rested(rules, end):
            return staffing.is_rested(a_member(), shift, Window(at(18), at(end)), 0, rules)

        assert is_rested(paid, 19)
        assert not is_rested(paid, 19.25)
        assert is_rested(unpaid, 19.5)
        assert not is_rested(unpaid, 19.75)

    def test_of_a_person_is_told_without_the_break(self):
        shift = a_shift(window=Window(at(7), at(19)))
        problem = a_problem(a_job(place=DEPOT), shifts=(shift,), rules=RuleData(breaks=(MEAL,)))

        first, _ = hours.of_people(Case(problem, problem.jobs[0], shift, at(15), Travel.of(problem)))

        assert first.worked == at(7.5)


def test_rules_without_breaks_have_the_fingerprint_of_before():
    one = fingerprint.digest(RuleData(), epoch=0)

    assert fingerprint.digest(RuleData(breaks=()), epoch=0) == one
    assert fingerprint.digest(RuleData(breaks=(MEAL,)), epoch=0) != one
