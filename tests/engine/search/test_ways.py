"""The square of all drives, and what is near what in it: compiled, and the same as reckoned plainly."""

from __future__ import annotations

import numpy as np
import pytest

from assignments.engine.domain.problem import Place
from assignments.engine.domain.travel import GRAIN, Travel
from assignments.engine.search import nearness, ways
from assignments.engine.search.modelling import lay_out
from tests.builders import a_random_problem, places_of, with_random_roads


@pytest.mark.parametrize("seed", range(6))
def test_the_square_is_what_travel_reckons_pair_by_pair(seed):
    problem = a_random_problem(seed, jobs=150, shifts=6)
    travel, places = Travel.of(problem), places_of(problem)

    square = ways.square(travel, places)

    assert (square.astype(int) * GRAIN).tolist() == [[travel.seconds(a, b) for b in places] for a in places]


@pytest.mark.parametrize("seed", range(6))
def test_what_a_routing_server_told_lies_over_the_estimates(seed):
    problem = with_random_roads(a_random_problem(seed, jobs=300, shifts=6), seed)
    travel, places = Travel.of(problem), places_of(problem)

    square = ways.square(travel, places)

    assert (square.astype(int) * GRAIN).tolist() == travel.matrix(places, places).tolist()


def test_a_drive_beyond_any_horizon_is_as_long_as_can_be_told():
    walking = Travel(speed=0.1, circuity=2.0)
    here, antipodes = Place(0.0, 0.0), Place(0.0, 180.0)

    assert ways.square(walking, [here, antipodes]).tolist() == [[0, ways.LONGEST], [ways.LONGEST, 0]]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("jobs", [1, 2, 40, nearness.NEAR + 30])
def test_the_nearest_come_first_there_and_back(seed, jobs):
    model = lay_out(a_random_problem(seed, jobs=jobs, shifts=3)).model
    travel = np.random.default_rng(seed).integers(1, 60, model.travel.shape, dtype=np.int16)

    near = nearness.scope(model._replace(travel=travel), np.ones(jobs)).near

    both = travel[:jobs, :jobs].astype(int) + travel[:jobs, :jobs].T
    plainly = [sorted(set(range(jobs)) - {job}, key=lambda other: (both[job, other], other)) for job in range(jobs)]
    assert near.tolist() == [others[: nearness.NEAR] for others in plainly]


def test_a_symmetric_square_serves_both_ways():
    model = lay_out(a_random_problem(1, jobs=100, shifts=3)).model
    askew = model.travel.copy()
    askew[70, 3] += 1

    assert nearness.is_symmetric(model.travel)
    assert not nearness.is_symmetric(askew)
    assert nearness.scope(model._replace(travel=askew), np.ones(100)).toward.tolist() == askew.T.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_of_the_crews_that_may_do_a_job_the_nearest_comes_first(seed):
    layout = lay_out(a_random_problem(seed, jobs=60, shifts=12))
    model, feasible = layout.model, layout.screening.feasible
    scope = nearness.scope(model, np.ones(model.jobs))

    eligible = [scope.shift[a:b].tolist() for a, b in zip(scope.pointer[:-1], scope.pointer[1:], strict=True)]

    bases = model.jobs + model.commitments
    may = [np.flatnonzero(row).tolist() for row in feasible]
    assert eligible == [sorted(ids, key=lambda s: (model.travel[bases + s, job], s)) for job, ids in enumerate(may)]
