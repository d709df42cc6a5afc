"""Shapes that the map may draw: a polygon, and a network of named substations and feeders."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from assignments.models import territory

POINT, OTHER, THIRD = [42.2, -92.1], [42.3, -92.0], [42.1, -92.2]


@pytest.mark.parametrize("boundary", [[], [POINT, OTHER, THIRD], [[90, 180], [-90, -180], [0, 0]]])
def test_a_polygon_or_none_is_taken(boundary):
    territory.validate_boundary(boundary)


@pytest.mark.parametrize(
    "boundary", ["x", {"a": 1}, [POINT, OTHER], [POINT, OTHER, [91, 0]], [POINT, OTHER, [0, 181]], [POINT, OTHER, [1]],
                 [POINT, OTHER, ["1", 2]], [POINT, OTHER, [True, 2]], [1, 2, 3]],
)  # fmt: skip
def test_what_is_no_polygon_is_refused_with_what_to_write(boundary):
    with pytest.raises(ValidationError, match=r"each \[latitude, longitude\] in degrees"):
        territory.validate_boundary(boundary)


@pytest.mark.parametrize(
    "network",
    [
        {},
        {"substations": [{"name": "Cedar Hill", "place": POINT}]},
        {"feeders": [{"name": "Cedar Hill 1204", "path": [POINT, OTHER]}], "substations": []},
        {"feeders": [{"name": "Cedar Hill 1204", "path": [POINT, OTHER], "voltage": 12470}]},
    ],
)
def test_a_network_or_none_is_taken(network):
    territory.validate_network(network)


@pytest.mark.parametrize(
    "network",
    [
        [1],
        {"lines": []},
        {"feeders": {}},
        {"feeders": ["Cedar Hill 1204"]},
        {"feeders": [{"name": "Cedar Hill 1204"}]},
        {"feeders": [{"name": "Cedar Hill 1204", "path": [POINT]}]},
        {"feeders": [{"name": " ", "path": [POINT, OTHER]}]},
        {"substations": [{"place": POINT}]},
        {"substations": [{"name": "Cedar Hill", "place": [POINT]}]},
    ],
)
def test_what_cannot_be_drawn_is_refused_with_an_example(network):
    with pytest.raises(ValidationError, match="Cedar Hill 1204"):
        territory.validate_network(network)
