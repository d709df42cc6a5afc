"""Times by road: plain and pairwise estimates are the same to the second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain.problem import Place
from assignments.engine.domain.travel import GRAIN, Travel
from tests.builders import DEPOT, a_problem

places = st.builds(Place, st.floats(-60, 60), st.floats(-180, 180))
TRAVEL = Travel.of(a_problem())


@given(st.lists(places, min_size=1, max_size=4), st.lists(places, min_size=1, max_size=4))
def test_pairwise_times_are_the_plain_times(origins, destinations):
    matrix = TRAVEL.matrix(origins, destinations)

    assert matrix.tolist() == [[TRAVEL.seconds(a, b) for b in destinations] for a in origins]


@given(places, places)
def test_the_way_back_is_as_long(here, there):
    assert TRAVEL.seconds(here, there) == TRAVEL.seconds(there, here)
    assert TRAVEL.seconds(here, there) % GRAIN == 0


def test_a_degree_of_latitude():
    # 111 km of arc, 1.3 times as far by road at 13 m/s, rounded up to a minute.
    assert TRAVEL.seconds(DEPOT, Place(41.0, -75.0)) == pytest.approx(111_195 * 1.3 / 13, abs=GRAIN)


def test_no_way_takes_no_time():
    assert TRAVEL.seconds(DEPOT, DEPOT) == 0
