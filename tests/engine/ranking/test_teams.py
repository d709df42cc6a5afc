"""Jobs that need several crews at once: found, planned and proved as whole teams."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly, planning
from assignments.engine.domain import parts
from assignments.engine.domain.fingerprint import digest
from assignments.engine.domain.problem import InvalidProblem, PermitState, Place, Prerequisite, PriorityClass, Window
from assignments.engine.ranking import shortlist, teams
from assignments.engine.rules import checker
from assignments.engine.screening.conceivable import conceivable_starts
from assignments.engine.search import modelling
from tests.builders import (
    HOUR,
    MINUTE,
    TRAFFIC,
    a_commitment,
    a_day,
    a_job,
    a_line_crew,
    a_member,
    a_permit,
    a_random_day,
    a_shift,
    a_team_job,
    a_traffic_crew,
)
from tests.examples import drawn

days = st.builds(a_random_day, st.integers(0, 10**6), jobs=st.integers(1, 14), shifts=st.integers(0, 6))
quickly = drawn(40)


def _crews(problem, candidate):
    shifts = {shift.id: shift for shift in problem.shifts}
    return [shifts[shift_id] for shift_id in candidate.team]


@quickly
@given(days)
def test_every_team_is_legal_and_its_parts_add_up(problem):
    jobs = {job.id: job for job in problem.jobs}
    for ranked in shortlist.rank(problem):
        assert len({c.team for c in ranked.candidates}) == len(ranked.candidates)
        assert [c.score for c in ranked.candidates] == sorted((c.score for c in ranked.candidates), reverse=True)
        for c in ranked.candidates:
            job, crews = jobs[c.job_id], _crews(problem, c)
            assert len(crews) == len(parts.numbers(job))
            assert checker.check_team(problem, job, crews, c.start, tentative=c.tentative) == []
            assert bool(checker.check_team(problem, job, crews, c.start)) == c.tentative
            assert sum(line.points for line in c.parts) == c.score
            assert c.depart == c.start - c.travel >= problem.now
            assert all(one.depart == c.start - one.travel >= problem.now for one in c.further_crews)


@quickly
@given(days)
def test_where_no_team_is_found_there_is_none(problem):
    for job in (job for job in problem.jobs if job.further_crews):
        if next(teams.find(problem, [job], k=1)).teams:
            continue
        asked = [parts.part_of(job, number) for number in parts.numbers(job)]
        for crews in permutations(problem.shifts, len(asked)):
            pairs = list(zip(asked, crews, strict=True))
            starts = {at for part, shift in pairs for at in conceivable_starts(problem, part, shift)}
            assert not any(not checker.check_team(problem, job, crews, at, tentative=True) for at in starts)


@quickly
@given(days)
def test_plans_with_teams_are_legal_and_move_no_commitment(problem):
    plan = jointly.construct(problem)

    assert checker.check_plan(problem, plan) == []
    kept = [(s.job_id, Window(s.start, s.end)) for route in plan.routes for s in route.stops if s.fixed]
    assert kept == [(c.job_id, c.window) for shift in problem.shifts for c in shift.commitments]


@quickly
@given(days)
def test_no_job_is_left_out_for_a_team_or_a_job_of_a_later_class(problem):
    problem = replace(problem, jobs=tuple(replace(job, prerequisites=()) for job in problem.jobs))
    plan = jointly.construct(problem)

    jobs = {job.id: job for job in problem.jobs}
    for job in (jobs[left.job_id] for left in plan.left_out if not jobs[left.job_id].further_crews):
        for shift, route in zip(problem.shifts, plan.routes, strict=True):
            others = [
                a_commitment(s.job_id, s.start, s.end, place=jobs[s.job_id].place)
                for s in route.stops
                if not s.fixed and jobs[s.job_id].priority <= job.priority
            ]
            starts = conceivable_starts(problem, job, shift)
            assert not any(not checker.check(problem, job, shift, at, others=others) for at in starts)


@quickly
@given(days)
def test_batches_tell_whole_teams(problem):
    batches = list(planning.plan(problem, seconds=0.1, clock=time.process_time))

    plan, jobs = batches[-1].plan, {job.id: job for job in problem.jobs}
    assert plan is not None
    later = replace(problem, now=problem.now + planning.LEAD)
    assert checker.check_plan(later, plan) == []
    latest = {ranked.job_id: ranked for batch in batches for ranked in batch.jobs}
    stops = {(s.job_id, s.part): (r.shift_id, s) for r in plan.routes for s in r.stops if not s.fixed}
    for job_id, ranked in latest.items():
        in_plan = [c for c in ranked.candidates if c.in_plan]
        assert bool(in_plan) == ((job_id, 0) in stops)
        assert [c.rank for c in ranked.candidates] == list(range(1, len(ranked.candidates) + 1))
        for c in in_plan:
            told = [stops[job_id, number] for number in parts.numbers(jobs[job_id])]
            assert c.team == tuple(shift_id for shift_id, _ in told)
            assert {stop.start for _, stop in told} == {c.start}
            assert [c.travel, *(one.travel for one in c.further_crews)] == [stop.travel for _, stop in told]
            assert sum(line.points for line in c.parts) == c.score


class TestATeam:
    def test_begins_when_its_later_crew_can(self):
        late = a_traffic_crew(2, window=Window(9 * HOUR, 15 * HOUR))
        problem = a_day(a_team_job(), shifts=(a_line_crew(1), late))

        [team, *_] = next(teams.find(problem, problem.jobs, k=5)).teams

        assert team.start == 9 * HOUR + 8 * MINUTE
        assert [visit.column for visit in team.visits] == [0, 1]

    @pytest.mark.parametrize(("free_until", "found"), [(9 * HOUR, 1), (9 * HOUR - MINUTE, 0)])
    def test_needs_the_whole_work_in_both_gaps(self, free_until, found):
        # Both drive 8 minutes: the line crew is free until it must leave, the traffic crew from its shift's start.
        line = a_line_crew(1, commitments=(a_commitment(9, free_until, 15 * HOUR - 8 * MINUTE),))
        traffic = a_traffic_crew(2, window=Window(8 * HOUR - 8 * MINUTE, 15 * HOUR))
        problem = a_day(a_team_job(), shifts=(line, traffic))

        assert len(next(teams.find(problem, problem.jobs, k=5)).teams) == found

    def test_is_of_different_crews(self):
        both = a_shift(1, members=(a_member(1, "LINE", "TRAFFIC"),))
        problem = a_day(a_team_job(), shifts=(both,))

        assert next(teams.find(problem, problem.jobs, k=5)).teams == ()
        broken = checker.check_team(problem, problem.jobs[0], (both, both), 8 * HOUR)
        assert [violation.rule for violation in broken] == ["team"]

    def test_counts_nobody_twice(self):
        borrowed = a_shift(2, crew="Traffic 2", members=(a_member(10, "LINE", "TRAFFIC"),))
        problem = a_day(a_team_job(), shifts=(a_line_crew(1), borrowed))

        assert next(teams.find(problem, problem.jobs, k=5)).teams == ()
        [broken] = checker.check_team(problem, problem.jobs[0], problem.shifts, 8 * HOUR)
        assert broken.render(str) == "Member 10 cannot be two of its crews at once."

    def test_of_energised_work_has_its_two_people_in_the_lead_crew(self):
        job = a_team_job(voltage=13_800, energised=True)

        assert checker.check_team(a_day(job), job, (a_line_crew(1), a_traffic_crew(2)), 8 * HOUR) == []
        single = replace(a_line_crew(1), members=(a_member(10),))
        broken = checker.check_team(a_day(job), job, (single, a_traffic_crew(2)), 8 * HOUR)
        assert [violation.rule for violation in broken] == ["two-person"]

    def test_names_the_crew_that_a_reason_is_about(self):
        problem = a_day(a_team_job())

        [ranked] = shortlist.rank(problem)

        [best] = ranked.candidates
        said = [one.render(str) for one in best.reasons]
        assert "Line 1: LINE: Member 10 and Member 11." in said
        assert "Traffic 2: TRAFFIC: Member 20." in said
        assert ranked.summary.render(str) == "Crews that may do it: 1 for the lead crew, 1 for the traffic crew."

    def test_is_told_apart_by_any_of_its_crews(self):
        crews = (a_line_crew(1), a_traffic_crew(2), a_traffic_crew(3))
        problem = a_day(a_team_job(), shifts=crews)

        [ranked] = shortlist.rank(problem)

        assert [c.team for c in ranked.candidates] == [(1, 2), (1, 3)]

    def test_waits_for_a_pending_permit_only_if_it_must(self):
        hoped = a_permit(state=PermitState.PENDING, id=2)
        job = a_team_job(required_permits=frozenset({"excavation"}), permits=(hoped,))
        both = replace(job, permits=(hoped, a_permit(window=Window(12 * HOUR, 15 * HOUR))))

        [waiting] = next(teams.find(a_day(job), [job], k=1)).teams
        [firm] = next(teams.find(a_day(both), [both], k=1)).teams

        assert (waiting.tentative, firm.tentative, firm.start) == (True, False, 12 * HOUR)

    def test_says_which_part_nobody_can_do(self):
        problem = a_day(a_team_job(), shifts=(a_line_crew(1), a_line_crew(2)))

        [ranked] = shortlist.rank(problem)

        said = "As traffic crew: No crew may do it: 2 without a qualification."
        assert (ranked.summary.render(str), ranked.legal) == (said, 0)

    def test_says_when_its_crews_never_meet(self):
        early = a_line_crew(1, window=Window(6 * HOUR, 9 * HOUR))
        late = a_traffic_crew(2, window=Window(9 * HOUR, 15 * HOUR))

        [ranked] = shortlist.rank(a_day(a_team_job(), shifts=(early, late)))

        said = "Each of its crews could do it, but lead crew and traffic crew at no common time."
        assert ranked.summary.render(str) == said


class TestInThePlan:
    def test_goes_before_ordinary_work_of_its_class(self):
        jobs = [a_job(n, duration=7 * HOUR) for n in (1, 2)]
        problem = a_day(*jobs, a_team_job(3, duration=7 * HOUR))

        plan = jointly.construct(problem)

        assert {(s.job_id, s.part) for route in plan.routes for s in route.stops} == {(3, 0), (3, 1)}
        assert plan.figures.planned == 1
        assert plan.figures.jobs == 3

    def test_goes_after_more_urgent_work(self):
        urgent = a_job(1, duration=7 * HOUR, priority=PriorityClass.URGENT)
        problem = a_day(urgent, a_team_job(2, duration=7 * HOUR))

        plan = jointly.construct(problem)

        assert [stop.job_id for route in plan.routes for stop in route.stops] == [1]
        assert [(left.job_id, left.reason.code) for left in plan.left_out] == [(2, "full")]

    def test_a_team_can_be_waited_for(self):
        then = a_job(2, prerequisites=(Prerequisite(1, "WO-1"),))

        plan = jointly.construct(a_day(a_team_job(1), then))

        [line, _] = plan.routes
        assert [stop.job_id for stop in line.stops] == [1, 2]

    def test_a_team_that_keeps_more_urgent_work_out_is_found(self):
        urgent = a_job(1, duration=7 * HOUR, priority=PriorityClass.URGENT)
        later = [a_team_job(n, duration=HOUR, priority=PriorityClass(n)) for n in (3, 4)]
        crews = (a_line_crew(1), a_traffic_crew(2), a_line_crew(5, window=Window(0, HOUR)))
        alone = jointly.place(a_day(*later, shifts=crews))
        assert alone is not None

        problem = a_day(urgent, *later, shifts=crews)
        layout = modelling.lay_out(replace(alone.rest, jobs=(urgent,)))

        nothing = modelling.empty_routes(layout)
        assert sorted(alone.placed) == [3, 4]
        assert jointly.hindering(problem, alone.placed, layout, nothing) == 4
        assert jointly.hindering(problem, {}, layout, nothing) is None

    def test_the_search_itself_knows_no_teams(self):
        with pytest.raises(InvalidProblem, match="needs several crews"):
            modelling.lay_out(a_day(a_team_job()))

    def test_half_a_team_is_no_plan(self):
        problem = a_day(a_team_job())
        plan = jointly.construct(problem)
        half = replace(plan, routes=(plan.routes[0], replace(plan.routes[1], stops=())))

        with pytest.raises(ValueError, match="not whole"):
            checker.check_plan(problem, half)

    def test_a_team_in_two_places_is_found(self):
        problem = a_day(a_team_job())
        plan = jointly.construct(problem)
        away = replace(problem, jobs=(replace(problem.jobs[0], place=Place(40.9, -75.0)),))

        assert {violation.rule for violation in checker.check_plan(away, plan)} == {"shift"}


def test_a_change_of_any_crew_or_of_what_is_asked_of_it_shows():
    job, line, traffic = a_team_job(), a_line_crew(1), a_traffic_crew(2)

    def of(job=job, traffic=traffic):
        asked = [digest(job, epoch=0), digest(parts.part_of(job, 1), epoch=0)]
        crews = [digest(crew, epoch=0) for crew in (line, traffic)]
        return parts.team_fingerprint(asked, crews, digest(a_day().rules, epoch=0))

    assert of() != of(traffic=replace(traffic, members=(a_member(20, "TRAFFIC", "LINE"),)))
    assert of() != of(job=replace(job, further_crews=(replace(TRAFFIC, crew_size=2),)))
    assert of() == of(traffic=replace(traffic, commitments=(a_commitment(9, HOUR, 2 * HOUR),)))
