"""A rule is added by its declaration alone: everything that judges a pair obeys it and names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine import jointly, planning
from assignments.engine.domain.problem import PriorityClass, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.emergencies import arrivals
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker, overrides
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import NOBODY
from assignments.engine.screening import asking, pairs
from assignments.engine.search import solver
from tests import added_rules
from tests.builders import (
    DEPOT,
    HOUR,
    a_commitment,
    a_job,
    a_line_crew,
    a_member,
    a_problem,
    a_random_problem,
    a_shift,
    a_team_job,
    a_traffic_crew,
)
from tests.proofs import pairs as proof

ELEVEN, NOON, ONE = 11 * HOUR, 12 * HOUR, 13 * HOUR


@pytest.fixture
def lunch(monkeypatch):
    added_rules.add(monkeypatch, added_rules.no_start_at_noon())


@pytest.fixture(params=[added_rules.not_for, added_rules.quickly_not_for], ids=["asked", "declared"])
def not_for_crew_1(request, monkeypatch):
    """The same rule twice: with nothing but its check, and with a quick answer."""
    added_rules.add(monkeypatch, request.param("Crew 1"))


def noon_crew(**fields):
    """From eleven to three at the place of its work."""
    return a_shift(1, **({"window": Window(ELEVEN, 15 * HOUR)} | fields))


def from_noon(number=1, **fields):
    """Work that would best begin within the hour."""
    return a_job(number, **({"place": DEPOT, "earliest": NOON + 60} | fields))


class TestALunchHour:
    def test_is_cut_out_of_what_screening_allows(self, lunch):
        problem = a_problem(a_job(place=DEPOT), shifts=(noon_crew(),))

        assert pairs.screen(problem).spans(0, 0) == [(ELEVEN, NOON - 1), (ONE, 14 * HOUR)]

    def test_moves_what_ranking_suggests(self, lunch):
        [ranked] = shortlist.rank(a_problem(from_noon(), shifts=(noon_crew(),)))

        assert [candidate.start for candidate in ranked.candidates] == [ONE]

    def test_is_kept_by_the_joint_plan(self, lunch):
        problem = a_problem(*(from_noon(n, duration=1800) for n in (1, 2)), shifts=(noon_crew(),))

        for plan in (solver.construct(problem), solver.improve(problem, iterations=50)):
            assert [stop.start for stop in plan.routes[0].stops] == [ONE, ONE + 1800]
            assert checker.check_plan(problem, plan) == []

    def test_is_named_where_it_leaves_no_time(self, lunch):
        problem = a_problem(from_noon(appointment=Window(NOON, ONE)), shifts=(noon_crew(),))

        [ranked] = shortlist.rank(problem)
        [left] = solver.construct(problem).left_out

        assert ranked.summary.render(str) == "No crew may do it: 1 kept by the lunch hour."
        assert left.reason == ranked.summary

    def test_is_the_answer_to_why_not_and_may_be_overridden(self, lunch):
        job = from_noon(appointment=Window(NOON, ONE))
        problem = a_problem(job, shifts=(noon_crew(),))

        refusal = explain.why_not(problem, job, problem.shifts[0])

        [violation] = refusal.violations
        assert (violation.rule, violation.title, violation.source) == ("lunch", "Lunch hour", "Safety bulletin 7")
        assert violation.render(lambda at: f"{at // HOUR}:{at // 60 % 60:02}") == (
            "Nothing begins at 12:01, in the lunch hour."
        )
        assert refusal.override == refusal.start == NOON + 60
        case = Case(problem, job, problem.shifts[0], NOON + 60, Travel.of(problem))
        assert [broken.rule for broken in overrides.judge(case).overridable] == ["lunch"]

    def test_that_nobody_may_override_leaves_the_appointment_to_answer_for(self, monkeypatch):
        added_rules.add(monkeypatch, added_rules.no_start_at_noon(authority=NOBODY))
        job = from_noon(appointment=Window(NOON, ONE))
        problem = a_problem(job, shifts=(noon_crew(),))

        assert explain.why_not(problem, job, problem.shifts[0]).override == ONE

    def test_is_kept_by_crews_that_are_called_to_an_emergency(self, lunch):
        trouble = a_job(9, place=DEPOT, priority=PriorityClass.EMERGENCY)
        gives_way = a_job(1, place=DEPOT, duration=2 * HOUR)
        busy = noon_crew(commitments=(a_commitment(1, NOON - HOUR, ONE, place=DEPOT, movable=True),))
        problem = a_problem(gives_way, shifts=(busy,), now=NOON - HOUR // 2)

        starts = [choice.start for choice in arrivals.choices(problem, trouble)]
        moved = [move.to_start for choice in arrivals.choices(problem, trouble) for move in choice.moves]

        assert starts
        assert not [start for start in (*starts, *moved) if NOON <= start < ONE]

    def test_is_kept_by_teams(self, lunch):
        crews = (a_line_crew(1), a_traffic_crew(2))
        problem = a_problem(a_team_job(place=DEPOT, earliest=NOON + 60), shifts=crews)

        plan = jointly.construct(problem)

        assert {stop.start for route in plan.routes for stop in route.stops} == {ONE}
        assert checker.check_plan(problem, plan) == []

    @pytest.mark.parametrize("seed", range(4))
    def test_is_judged_alike_by_all_on_days_drawn_at_random(self, lunch, seed):
        assert proof.prove_day(seed)["pairs"] == proof.JOBS * proof.SHIFTS


class TestACrewThatDoesNoWorkOfAKind:
    def test_is_not_offered_and_the_others_are(self, not_for_crew_1):
        [ranked] = shortlist.rank(a_problem(a_job(), shifts=(a_shift(1), a_shift(2))))

        assert [candidate.shift_id for candidate in ranked.candidates] == [2]
        assert ranked.refused == {"crew-kind": 1}

    def test_is_left_out_of_the_whole_run(self, not_for_crew_1):
        problem = a_problem(a_job(), shifts=(a_shift(1), a_shift(2)))

        *_, result = planning.plan(problem)

        assert [len(route.stops) for route in result.plan.routes] == [0, 1]

    def test_says_so_by_name(self, not_for_crew_1):
        problem = a_problem(a_job(), shifts=(a_shift(1),))
        [job], [shift] = problem.jobs, problem.shifts

        [ranked] = shortlist.rank(problem)

        assert ranked.summary.render(str) == "No crew may do it: 1 without leave for the kind of work."
        assert [broken.rule for broken in checker.check(problem, job, shift, 9 * HOUR)] == ["crew-kind"]
        refusal = explain.why_not(problem, job, shift)
        assert [broken.render(str) for broken in refusal.violations] == ["Crew 1 does no corrective work."]

    def test_is_not_called_to_an_emergency(self, not_for_crew_1):
        trouble = a_job(9, priority=PriorityClass.EMERGENCY)

        found = arrivals.choices(a_problem(shifts=(a_shift(1), a_shift(2))), trouble)

        assert {choice.shift_id for choice in found} == {2}

    @pytest.mark.parametrize("seed", range(2))
    def test_is_judged_alike_by_all_on_days_drawn_at_random(self, not_for_crew_1, seed):
        assert proof.prove_day(seed)["pairs"] == proof.JOBS * proof.SHIFTS


def test_both_answers_to_one_rule_are_the_same(monkeypatch):
    problem = a_random_problem(7, jobs=30, shifts=6)
    with monkeypatch.context() as patch:
        added_rules.add(patch, added_rules.not_for("Crew 2"))
        asked = pairs.screen(problem)
    added_rules.add(monkeypatch, added_rules.quickly_not_for("Crew 2"))

    declared = pairs.screen(problem)

    assert declared.feasible.tolist() == asked.feasible.tolist()
    assert declared.first.tolist() == asked.first.tolist()
    assert declared.last.tolist() == asked.last.tolist()


def test_a_check_that_looks_at_the_other_work_of_a_shift_is_refused_by_name(monkeypatch):
    def only_one(case):
        return ("One job is enough.", {}) if case.commitments else None

    added_rules.add(monkeypatch, replace(added_rules.no_start_at_noon(), code="one-job", explain=only_one))

    with pytest.raises(asking.LooksAround, match="'one-job' looks at the other work of a shift"):
        pairs.screen(a_problem(a_job()))


def test_a_plan_whose_team_wants_a_person_twice_breaks_the_rule_of_teams():
    both = a_member(10, "LINE", "TRAFFIC")
    problem = a_problem(a_team_job(), shifts=(a_line_crew(1), a_traffic_crew(2)))
    plan = jointly.construct(problem)

    shared = replace(problem, shifts=tuple(replace(shift, members=(both,)) for shift in problem.shifts))

    assert [violation.rule for violation in checker.check_plan(shared, plan)] == ["team"]
