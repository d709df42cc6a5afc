"""Work that waits for itself, found and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain import rings
from tests.examples import drawn


@pytest.mark.parametrize(
    ("waits_for", "ring"),
    [
        ({}, ()),
        ({1: {2}, 2: {3}}, ()),
        ({1: {1}}, (1,)),
        ({1: {2}, 2: {1}}, (1, 2)),
        ({1: {2}, 2: {3}, 3: {1}}, (1, 2, 3)),
        ({1: {2, 4}, 2: {3}, 3: {1}, 4: {1}}, (1, 4)),
        ({1: {2}, 2: {3}, 3: {2}}, ()),
    ],
)
def test_is_the_shortest_way_back(waits_for, ring):
    assert rings.ring(1, waits_for) == ring


graphs = st.dictionaries(st.integers(1, 7), st.sets(st.integers(1, 7), max_size=3), max_size=7)


@drawn(100)
@given(graphs)
def test_each_of_a_ring_is_in_one_no_longer(waits_for):
    for start in waits_for:
        ring = rings.ring(start, waits_for)
        for one, after in zip(ring, (*ring[1:], *ring[:1]), strict=True):
            assert after in waits_for[one]
            assert 0 < len(rings.ring(one, waits_for)) <= len(ring)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (("WO-1",), "WO-1 waits for itself"),
        (("WO-1", "WO-2"), "WO-1 waits for WO-2, which waits for WO-1"),
        (("WO-1", "WO-2", "WO-3"), "WO-1 waits for WO-2, which waits for WO-3, which waits for WO-1"),
    ],
)
def test_is_told_in_one_sentence(numbers, sentence):
    assert rings.told(numbers) == sentence
