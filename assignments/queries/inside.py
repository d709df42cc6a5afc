"""Whether a place lies inside of a drawn boundary."""

from __future__ import annotations

from collections.abc import Sequence

Point = Sequence[float]


def is_inside(place: Point, boundary: Sequence[Point]) -> bool:
    """Whether a line from the place to the north crosses the boundary an odd number of times."""
    north, east = place
    crossed = False
    for one, other in zip(boundary, [*boundary[1:], *boundary[:1]], strict=True):
        if (one[1] > east) != (other[1] > east):
            part = (east - one[1]) / (other[1] - one[1])
            crossed ^= north < one[0] + part * (other[0] - one[0])
    return crossed
