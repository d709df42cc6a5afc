"""All drives of a day in one square of minutes, or reckoned when they are asked for: compiled, because there may be 100
million.

The steps and their order are those of `Travel`, so the numbers are too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import Place
from assignments.engine.domain.travel import CUBIC, EARTH_RADIUS, GRAIN, QUINTIC, SLACK, Travel, Vectors, positions
from assignments.engine.search.compiling import compiled, inlined

# That of the kernel, which uses this module itself.
Model: TypeAlias = Any

Minutes = NDArray[np.int16]

LONGEST = np.iinfo(np.int16).max
"""Minutes, three weeks: what is further away is out of reach in any horizon."""
SQUARE = 4_000
"""Places up to which all drives are kept. Of more the square would take most of a run's memory, and the search, which
goes by parts of the day, would read a small share of it; each part keeps its own."""
# Rows are mirrored so many at a time, while they are still near the processor.
_STRIP = 64
# Rows of what a routing server told that are laid over the estimates at once.
_ROWS = 256


def square(travel: Travel, places: Sequence[Place]) -> Minutes:
    """Minutes between all places, at most `LONGEST`."""
    located = positions(places)
    result = estimated(np.ascontiguousarray(located.vectors.T), travel.circuity / travel.speed)
    if travel.roads is not None:
        for at in range(0, len(places), _ROWS):
            rows = slice(at, at + _ROWS)
            told = travel.roads.table(located.keys[rows], located.keys)
            known = (told >= 0) & (located.keys[rows, None] != located.keys[None, :])
            np.copyto(result[rows], np.minimum(told // GRAIN, LONGEST).astype(np.int16), where=known)
    return result


def estimated(axes: Vectors, pace: float) -> Minutes:
    """Minutes between all places as the crow flies, at most `LONGEST`; `axes` and `pace` as in `estimate`."""
    count = axes.shape[1]
    # Written once in order: pages that the mirror image asked for in its own order would cost more than all reckoning.
    result = np.full((count, count), 0, dtype=np.int16)
    estimate(result, axes, pace)
    return result


def longest(travel: Minutes, axes: Vectors, pace: float) -> int:
    """Seconds that no drive takes longer than, all of which are in the square or, where that is empty, estimated."""
    if len(travel) or not axes.size:
        return int(travel.max(initial=0)) * GRAIN
    # Through the midst of the places nothing is farther than twice the farthest.
    far = 2 * ((axes - axes.mean(axis=1)[:, None]) ** 2).sum(axis=0).max(initial=0.0) ** 0.5
    pair = np.array([[0.0, far], [0.0, 0.0], [0.0, 0.0]])
    return int(estimated(pair, pace)[0, 1]) * GRAIN


@inlined
def seconds(m: Model, a: int, b: int) -> int:
    """Seconds from place to place."""
    if len(m.travel):
        return int(m.travel[a, b] * m.unit)
    return int(_minutes(m.axes, m.pace, a, b) * m.unit)


@compiled
def fill_rows(rows: Minutes, axes: Vectors, pace: float, origins: NDArray[np.int64]) -> None:
    """Estimates from the origins to the first places, shape (origins, places)."""
    for row in range(len(origins)):
        for place in range(rows.shape[1]):
            rows[row, place] = _minutes(axes, pace, origins[row], place)


@inlined
def _minutes(axes: Vectors, pace: float, a: int, b: int) -> int:
    x, y, z = axes[0, a] - axes[0, b], axes[1, a] - axes[1, b], axes[2, a] - axes[2, b]
    square = x * x + y * y + z * z
    metres = EARTH_RADIUS * sqrt(square) * (1 + square * (CUBIC + QUINTIC * square))
    return int(min(np.ceil((metres * pace - SLACK) / GRAIN), float(LONGEST)))


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
