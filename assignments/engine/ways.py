"""All drives of a day in one square of minutes: as `Travel` reckons them, compiled, because there may be 100 million.

The steps and their order are those of `Travel`, so the numbers are too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from assignments.engine.compiling import compiled
from assignments.engine.problem import Place
from assignments.engine.travel import EARTH_RADIUS, GRAIN, SLACK, Travel, Vectors, positions

Minutes = NDArray[np.int16]

LONGEST = np.iinfo(np.int16).max
"""Minutes, three weeks: what is further away is out of reach in any horizon."""
# Pairs are gone through in squares of so many places, so that both halves of the result stay near the processor.
_TILE = 64
# Rows of what a routing server told that are laid over the estimates at once.
_ROWS = 256


def square(travel: Travel, places: Sequence[Place]) -> Minutes:
    """Minutes between all places, at most `LONGEST`."""
    located = positions(places)
    result = np.zeros((len(places), len(places)), dtype=np.int16)
    estimate(result, located.vectors, travel.circuity / travel.speed)
    if travel.roads is not None:
        for at in range(0, len(places), _ROWS):
            rows = slice(at, at + _ROWS)
            told = travel.roads.table(located.keys[rows], located.keys)
            known = (told >= 0) & (located.keys[rows, None] != located.keys[None, :])
            np.copyto(result[rows], np.minimum(told // GRAIN, LONGEST).astype(np.int16), where=known)
    return result


@compiled
def estimate(result: Minutes, vectors: Vectors, pace: float) -> None:
    """Fill the square with the estimates, whose halves mirror each other; `pace` is seconds a metre of great circle."""
    count = len(vectors)
    for top in range(0, count, _TILE):
        for left in range(0, top + 1, _TILE):
            for a in range(top, min(top + _TILE, count)):
                for b in range(left, min(left + _TILE, a)):
                    x, y = vectors[a, 0] - vectors[b, 0], vectors[a, 1] - vectors[b, 1]
                    z = vectors[a, 2] - vectors[b, 2]
                    square = x * x + y * y + z * z
                    metres = EARTH_RADIUS * sqrt(square) * (1 + square / 24 + 3 * square * square / 640)
                    minutes = min(ceil((metres * pace - SLACK) / GRAIN), LONGEST)
                    result[a, b] = result[b, a] = minutes
