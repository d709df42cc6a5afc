"""The compiled search on its own: allowed starts, and the fast sums against slow ones."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.engine.domain.problem import Window
from assignments.engine.search import constructing, modelling, starts
from assignments.engine.search.constructing import InsertionOrder
from assignments.engine.search.starts import NEVER
from tests.builders import DEPOT, HOUR, a_job, a_permit, a_problem, a_random_problem

SPLIT = (a_permit(window=Window(8 * HOUR, 9 * HOUR)), a_permit(id=2, window=Window(12 * HOUR, 14 * HOUR)))


@pytest.mark.parametrize(
    ("time", "following", "preceding"),
    [
        (7, 8, None),  # before the first window
        (8, 8, 8),  # the only start in it, as the work takes all of it
        (10, 12, 8),  # between the windows
        (12.5, 12.5, 12.5),
        (14, None, 13),  # after the last
    ],
)
def test_allowed_starts_next_to_a_time(time, following, preceding):
    job = a_job(place=DEPOT, required_permits=frozenset({"excavation"}), permits=SPLIT)
    model = modelling.lay_out(a_problem(job)).model

    assert starts.next_allowed(model, 0, 0, int(time * HOUR)) == (NEVER if following is None else following * HOUR)
    assert starts.last_allowed(model, 0, 0, int(time * HOUR)) == (-NEVER if preceding is None else preceding * HOUR)


@pytest.mark.parametrize("seed", range(20))
def test_an_earliest_start_is_never_after_the_latest(seed):
    problem = a_random_problem(seed, jobs=40, shifts=5)
    layout = modelling.lay_out(problem)
    routes = modelling.empty_routes(layout)

    constructing.construct(layout.model, routes, InsertionOrder(1.0, 1.0, 0.0), np.zeros(len(problem.jobs)))

    planned = routes.shift[: len(problem.jobs)] >= 0
    assert (routes.early[: len(problem.jobs)][planned] <= routes.late[: len(problem.jobs)][planned]).all()
    assert (routes.early[: len(problem.jobs)][planned] < NEVER).all()
