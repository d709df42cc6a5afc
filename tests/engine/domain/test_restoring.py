"""Customers out, and when a plan has them back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine import jointly
from assignments.engine.domain.restoring import Restoration, restoration
from assignments.engine.search import solver
from tests.builders import (
    DAY,
    DEPOT,
    HOUR,
    a_commitment,
    a_job,
    a_line_crew,
    a_problem,
    a_random_problem,
    a_shift,
    a_team_job,
    a_traffic_crew,
)
from tests.examples import drawn

days = st.builds(
    a_random_problem, st.integers(0, 10**6), jobs=st.integers(0, 20), shifts=st.integers(0, 5), km=st.just(40)
)


def test_customers_are_back_when_the_work_ends_and_those_left_out_wait_until_the_horizon_s_end():
    jobs = [a_job(1, customers_out=100), a_job(2, customers_out=50), a_job(3, customers_out=7), a_job(4)]

    found = restoration(jobs, {1: 8 * HOUR, 2: 10 * HOUR, 4: 7 * HOUR}, now=6 * HOUR, horizon=DAY)

    assert found == Restoration(157, 60 * (100 * 2 + 50 * 4 + 7 * 18), ((8 * HOUR, 100), (10 * HOUR, 150)))
    assert found.left == 7


def test_a_plan_tells_its_own():
    busy = a_shift(commitments=(a_commitment(2, 12 * HOUR, 13 * HOUR, place=DEPOT),))
    problem = a_problem(
        a_job(1, customers_out=90, place=DEPOT), a_job(2, customers_out=10, place=DEPOT), shifts=(busy,)
    )

    found = solver.construct(problem).figures.restoration

    assert found.back == ((8 * HOUR, 90), (13 * HOUR, 100))
    assert found.left == 0


def test_the_customers_of_a_team_s_work_are_counted():
    crews = (a_line_crew(1), a_traffic_crew(2))

    found = jointly.construct(a_problem(a_team_job(customers_out=30), a_job(2, customers_out=3), shifts=crews))

    assert found.figures.restoration.customers_out == 33
    assert found.figures.restoration.left in {0, 3}


@drawn(40)
@given(days)
def test_everybody_out_is_back_or_left_out(problem):
    plan = solver.construct(problem)

    customers = {job.id: job.customers_out for job in problem.jobs}
    found = plan.figures.restoration
    assert found.customers_out == sum(customers.values())
    assert found.left == sum(customers[one.job_id] for one in plan.left_out)
    assert list(found.back) == sorted(found.back)
    assert found.customer_minutes <= found.customers_out * (problem.horizon - problem.now) // 60
