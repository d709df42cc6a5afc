"""All drives of a day in one square of minutes: as `Travel` reckons them, compiled, because there may be 100 million.

The steps and their order are those of `Travel`, so the numbers are too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import Place
from assignments.engine.domain.travel import CUBIC, EARTH_RADIUS, GRAIN, QUINTIC, SLACK, Travel, Vectors, positions
from assignments.engine.search.compiling import compiled

Minutes = NDArray[np.int16]

LONGEST = np.iinfo(np.int16).max
"""Minutes, three weeks: what is further away is out of reach in any horizon."""
# Rows are mirrored so many at a time, while they are still near the processor.
_STRIP = 64
# Rows of what a routing server told that are laid over the estimates at once.
_ROWS = 256


def square(travel: Travel, places: Sequence[Place]) -> Minutes:
    """Minutes between all places, at most `LONGEST`."""
    located = positions(places)
    # Written once in order: pages that the mirror image asked for in its own order would cost more than all reckoning.
    result = np.full((len(places), len(places)), 0, dtype=np.int16)
    estimate(result, np.ascontiguousarray(located.vectors.T), travel.circuity / travel.speed)
    if travel.roads is not None:
        for at in range(0, len(places), _ROWS):
            rows = slice(at, at + _ROWS)
            told = travel.roads.table(located.keys[rows], located.keys)
            known = (told >= 0) & (located.keys[rows, None] != located.keys[None, :])
            np.copyto(result[rows], np.minimum(told // GRAIN, LONGEST).astype(np.int16), where=known)
    return result


@compiled
def estimate(result: Minutes, axes: Vectors, pace: float) -> None:
    """Fill the square with the estimates, whose halves mirror each other; `pace` is seconds a metre of great circle.

    `axes` are the places on the unit sphere, shape (3, places): a row has nothing in it that keeps the compiler from
    reckoning several places at once.
    """
    count = axes.shape[1]
    xs, ys, zs = axes
    for top in range(0, count, _STRIP):
        for a in range(top, min(top + _STRIP, count)):
            x, y, z = xs[a], ys[a], zs[a]
            for b in range(a + 1):
                square = (x - xs[b]) * (x - xs[b]) + (y - ys[b]) * (y - ys[b]) + (z - zs[b]) * (z - zs[b])
                metres = EARTH_RADIUS * sqrt(square) * (1 + square * (CUBIC + QUINTIC * square))
                result[a, b] = np.int32(min(np.ceil((metres * pace - SLACK) / GRAIN), float(LONGEST)))
        for b in range(min(top + _STRIP, count)):
            for a in range(max(top, b + 1), min(top + _STRIP, count)):
                result[b, a] = result[a, b]
