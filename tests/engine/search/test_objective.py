"""The objective of a plan: the worse it is to leave a job out, the more that costs, wherever plans are made."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import planning
from assignments.engine.domain.problem import Job, Place, PriorityClass, Problem, RuleData, Window
from assignments.engine.ranking import shortlist
from assignments.engine.rules import scoring
from assignments.engine.search import anytime, comparing, modelling, solver
from assignments.engine.search.leaving_out import OUTWEIGHS
from tests.benchmarks import weeks
from tests.builders import DAY, DEPOT, HOUR, MINUTE, a_commitment, a_job, a_problem, a_random_problem, a_shift
from tests.engine.steps import new_stops
from tests.examples import drawn
from tests.proofs.problems import a_rich_problem

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(1, 12), shifts=st.integers(1, 4), km=st.just(40)
)
rich_days = st.builds(a_rich_problem, st.integers(0, 10**6), jobs=st.integers(1, 12), shifts=st.integers(1, 4))
quickly = drawn(40)
NOON = 12 * HOUR


def planned_by_a_run(problem: Problem):
    *_, result = planning.plan(problem, seconds=0.1, clock=time.process_time, lead=0)
    assert result.plan is not None
    return result.plan


def improved(problem: Problem):
    return solver.improve(problem, iterations=200)


makers = pytest.mark.parametrize("planned", [solver.construct, improved, planned_by_a_run])
classes = pytest.mark.parametrize("priority", PriorityClass)


class TestLeavingOut:
    @makers
    @classes
    @pytest.mark.parametrize("customers", [(5, 5_000), (5_000, 5), (1_000, 1_001), (40_000, 30_000)])
    def test_falls_on_the_job_with_fewer_customers_out(self, planned, priority, customers):
        jobs = [
            a_job(number, priority=priority, customers_out=count, duration=5 * HOUR, due=NOON)
            for number, count in enumerate(customers, start=1)
        ]

        plan = planned(a_problem(*jobs))

        assert list(new_stops(plan)) == [1 + customers.index(max(customers))]

    @makers
    @classes
    @pytest.mark.parametrize("due", [(8 * HOUR, 20 * DAY), (20 * DAY, 8 * HOUR), (NOON, 30 * HOUR)])
    def test_falls_on_the_job_that_is_due_later(self, planned, priority, due):
        jobs = [a_job(number, priority=priority, duration=5 * HOUR, due=its) for number, its in enumerate(due, 1)]

        plan = planned(a_problem(*jobs))

        assert list(new_stops(plan)) == [1 + due.index(min(due))]

    @makers
    @classes
    @pytest.mark.parametrize("days_late", [(1, 12), (12, 1), (29, 30)])
    def test_falls_on_the_job_that_is_overdue_for_less_long(self, planned, priority, days_late):
        jobs = [
            a_job(number, priority=priority, duration=5 * HOUR, due=-late * DAY)
            for number, late in enumerate(days_late, 1)
        ]

        plan = planned(a_problem(*jobs))

        assert list(new_stops(plan)) == [1 + days_late.index(max(days_late))]

    def test_of_many_customers_is_worse_than_of_two_jobs_with_few(self):
        many = a_job(1, priority=PriorityClass.EMERGENCY, customers_out=5_000, duration=7 * HOUR)
        few = [a_job(n, priority=PriorityClass.EMERGENCY, customers_out=5, duration=3 * HOUR) for n in (2, 3)]

        assert list(new_stops(improved(a_problem(*few, many)))) == [1]

    @quickly
    @given(days | rich_days)
    def test_costs_more_than_any_wait_in_the_plan(self, problem):
        layout = modelling.lay_out(problem)
        m = layout.model
        last = m.last.max(initial=problem.now)
        wait, late = np.maximum(0, last - m.now), np.maximum(0, last + m.duration[: m.jobs] - m.due)

        assert (layout.leaving_out.points > m.wait_cost * wait + m.late_cost * late).all()
        assert (layout.leaving_out.gain >= layout.leaving_out.points).all()

    @quickly
    @given(days | rich_days, st.integers(1, 20_000), st.integers(1, 400))
    def test_costs_more_the_worse_the_order_is(self, problem, customers, days_late):
        jobs = [replace(job, prerequisites=()) for job in problem.jobs]
        cost = costs(problem, jobs)

        assert (costs(problem, [replace(j, customers_out=j.customers_out + customers) for j in jobs]) > cost).all()
        older = [replace(job, due=min(job.due, problem.now - DAY) - days_late * DAY) for job in jobs]
        assert (costs(problem, older) > cost).all()

    @quickly
    @given(st.lists(st.tuples(st.sampled_from(PriorityClass), st.integers(0, 9_000), st.integers(-400, 30))))
    def test_of_a_job_outweighs_several_of_the_next_class_however_bad_they_are(self, drawn_jobs):
        jobs = [
            a_job(n, priority=its, customers_out=customers, due=due * DAY)
            for n, (its, customers, due) in enumerate(drawn_jobs, 1)
        ]
        layout = modelling.lay_out(a_problem(*jobs))
        order, gain = layout.model.order, layout.leaving_out.gain
        for its in range(len(PriorityClass) - 1):
            greatest = gain[order == its + 1].max(initial=0.0)
            assert (gain[order == its] >= (OUTWEIGHS - 1) * greatest).all()


def costs(problem: Problem, jobs: list[Job]):
    return modelling.lay_out(replace(problem, jobs=tuple(jobs))).leaving_out.points


class TestMoreCustomersOut:
    @quickly
    @given(days, st.integers(1, 9_000), st.booleans(), st.sampled_from([solver.construct, improved]))
    def test_at_the_same_place_and_time_are_never_served_later(self, problem, more, first, planned):
        one, *others = (replace(job, prerequisites=()) for job in problem.jobs)
        many = replace(one, id=900, number="WO-900", customers_out=one.customers_out + more)
        jobs = (many, *others, one) if first else (one, *others, many)

        stops = new_stops(planned(replace(problem, jobs=jobs)))

        if one.id in stops:
            assert many.id in stops
            assert stops[many.id][1].start <= stops[one.id][1].start

    @makers
    def test_do_not_take_the_place_of_others_where_they_may_not_be(self, planned):
        has_crew, is_rejected, other = (a_job(n, customers_out=100 // n, place=DEPOT) for n in (1, 2, 3))
        busy = a_shift(1, commitments=(a_commitment(1, 12 * HOUR, 13 * HOUR, place=DEPOT),))

        plan = planned(a_problem(has_crew, is_rejected, other, shifts=(busy,), rejected=frozenset({(2, 1)})))

        assert set(new_stops(plan)) == {3}

    def test_are_ranked_by_the_minute_however_many_they_are(self):
        near, far = a_shift(1), a_shift(2, window=Window(8 * HOUR, 16 * HOUR))

        def lead(customers: int) -> int:
            [ranked] = shortlist.rank(a_problem(a_job(customers_out=customers), shifts=(near, far)))
            best, other = ranked.candidates
            return best.score - other.score

        assert lead(100_000) > lead(10_000) > lead(2_000) > 0


class TestOverdueWork:
    @pytest.mark.parametrize("planned", [solver.construct, lambda day: solver.improve(day, iterations=2_000)])
    def test_is_not_planned_last(self, planned):
        served = weeks.served_by_due(planned, seeds=range(1, 4))

        for its in (PriorityClass.HIGH, PriorityClass.NORMAL, PriorityClass.LOW):
            assert served[its, "overdue"] >= served[its, "due later"]
        assert served[PriorityClass.NORMAL, "overdue"] > 0.9

    def test_is_not_charged_for_what_no_plan_can_change(self):
        old = a_job(1, due=-12 * DAY, duration=HOUR)

        [ranked] = shortlist.rank(a_problem(old, now=6 * HOUR))

        [late] = [part for part in ranked.candidates[0].parts if part.code == "lateness"]
        # The crew begins at seven and drives for eight minutes.
        assert late.amount == 68 * scoring.STAKE[PriorityClass.NORMAL]

    def test_of_any_age_is_worth_less_than_the_next_class(self):
        ancient = a_job(1, duration=5 * HOUR, due=-4_000 * DAY, customers_out=0)
        fresh = a_job(2, duration=5 * HOUR, priority=PriorityClass.HIGH, due=20 * DAY)

        assert list(new_stops(improved(a_problem(ancient, fresh)))) == [2]

    def test_may_be_pushed_back_by_work_that_is_due(self):
        # What is late already does not keep others from going first.
        old = a_job(1, due=-DAY, duration=HOUR, place=DEPOT)
        visits = [
            a_job(n, place=DEPOT, duration=HOUR, appointment=Window(n * HOUR + 300, n * HOUR + 301)) for n in (7, 8, 9)
        ]

        assert improved(a_problem(old, *visits)).left_out == ()


class TestWorkOnOneFeeder:
    @makers
    @pytest.mark.parametrize("seed", range(8))
    def test_is_given_to_one_crew(self, planned, seed):
        draw = random.Random(seed)
        feeders = draw.sample(["F1", "F1", "F2", "F2", "F3", "F3"], 6)
        jobs = [
            a_job(number, feeder=feeder, duration=3 * HOUR, place=Place(40 + draw.uniform(-0.03, 0.03), -75))
            for number, feeder in enumerate(feeders, start=1)
        ]

        plan = planned(a_problem(*jobs, shifts=(a_shift(1), a_shift(2), a_shift(3))))

        on = [{feeders[stop.job_id - 1] for stop in route.stops} for route in plan.routes]
        assert sorted(map(len, on)) == [1, 1, 1]


class TestTheStartOfUrgentWork:
    def test_is_delayed_by_nothing_when_it_is_an_emergency(self):
        plan = improved(visit_and(PriorityClass.EMERGENCY))

        assert set(new_stops(plan)) == {2}

    @pytest.mark.parametrize(
        ("priority", "rules"),
        [(PriorityClass.URGENT, RuleData()), (PriorityClass.EMERGENCY, RuleData(strict_emergencies=False))],
    )
    def test_is_otherwise_weighed_against_what_else_can_be_done(self, priority, rules):
        plan = improved(replace(visit_and(priority), rules=rules))

        assert set(new_stops(plan)) == {1, 2}

    def test_has_a_price_of_its_own_in_the_rule_set(self):
        day = visit_and(PriorityClass.URGENT)
        dear = RuleData(weights={"rush": -500.0})

        assert set(new_stops(improved(replace(day, rules=dear)))) == {1, 2}
        [urgent] = [one for one in shortlist.rank(replace(day, rules=dear)) if one.job_id == 2]
        [part] = [part for part in urgent.candidates[0].parts if part.code == "rush"]
        assert part.points == -500 * round(part.amount)


def visit_and(priority: PriorityClass) -> Problem:
    """A customer expects the crew at 7:10, and work of the class lasts the rest of the day."""
    visit = a_job(1, duration=20 * MINUTE, place=DEPOT, appointment=Window(7 * HOUR, 7 * HOUR + 10 * MINUTE))
    return a_problem(visit, a_job(2, priority=priority, duration=6 * HOUR))


class TestTheBetterOfTwoPlans:
    def test_serves_more_of_a_more_urgent_class_whatever_the_sum_of_weights(self):
        high = [a_job(n, priority=PriorityClass.HIGH, place=DEPOT, duration=60) for n in range(1, 23)]
        low = [a_job(n, priority=PriorityClass.LOW, place=DEPOT, duration=60) for n in range(101, 129)]
        layout = modelling.lay_out(a_problem(*high, *low))

        better, worse = laid_down(layout, high[:22] + low[:19]), laid_down(layout, high[:20] + low[:28])

        assert 22 * 8 + 19 * 2 < 20 * 8 + 28 * 2 + 20
        assert comparing.of(layout, better) > comparing.of(layout, worse)

    def test_of_equal_classes_has_the_better_points(self):
        layout = modelling.lay_out(a_problem(a_job(1, customers_out=4_000), a_job(2), shifts=(a_shift(1),)))
        first, then = layout.problem.jobs

        assert comparing.of(layout, laid_down(layout, [first, then])) > comparing.of(
            layout, laid_down(layout, [then, first])
        )

    @quickly
    @given(days | rich_days, st.integers(0, 100))
    def test_is_what_improving_gives(self, problem, seed):
        layout = modelling.lay_out(problem)
        start = solver.first_routes(layout, seed=seed)
        improver = anytime.Improver(layout, start, seed=seed, iterations=200)
        worth = [comparing.of(layout, anytime.copied(start))]
        while not improver.is_done:
            improver.advance()
            worth.append(comparing.of(layout, anytime.copied(improver.best())))

        assert [one.served for one in worth] == sorted(one.served for one in worth)
        assert all(then.served > one.served or then.points >= one.points - 1e-6 for one, then in pairwise(worth))


def laid_down(layout: modelling.Layout, jobs: list[Job]):
    """One crew does these jobs in this order."""
    routes, m = modelling.empty_routes(layout), layout.model
    rows = {job.id: row for row, job in enumerate(layout.problem.jobs)}
    before, home = m.jobs, m.jobs + 1
    for row in [*(rows[job.id] for job in jobs), home]:
        routes.after[before], routes.before[row], before = row, before, row
        routes.shift[row] = 0
    return routes
