"""The nearest jobs of each job where there are too many to compare all with all: looked for by squares of a grid."""

from __future__ import annotations

from math import isqrt, sqrt
from typing import NamedTuple

import numpy as np

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.compiling import compiled, inner
from assignments.engine.search.kernel import Ids, Ints, Model

_EACH = 8
"""Jobs of a square on the mean."""


class Grid(NamedTuple):
    """Squares in which jobs lie, on a plane that touches the sphere in their midst."""

    axes: Numbers
    side: int
    """Squares of a row."""
    width: float
    """Of a square; on the unit sphere. No two points are nearer to each other than on the plane."""
    square_of: Ints
    """By job."""
    pointer: Ints
    """Jobs of square q: `jobs[k]` from `pointer[q]`."""
    jobs: Ids


def nearest(model: Model, count: int) -> Ids:
    """Up to `count` nearest other jobs of each job, as the crow flies, the nearest first."""
    found = np.empty((model.jobs, min(count, max(0, model.jobs - 1))), dtype=np.int64)
    if found.size:
        fill(grid(model), found, np.empty(found.shape[1]))
    return found


def plane(axes: Numbers) -> Numbers:
    """Places on the plane that touches the sphere in their midst, shape (2, places)."""
    # Sums element by element: those of a linear algebra library depend on the machine.
    x, y, z = (float(axis) / max(1, axes.shape[1]) for axis in axes.sum(axis=1))
    flat = max(sqrt(x * x + y * y), 1e-9)
    east, length = (-y / flat, x / flat, 0.0), max(sqrt(x * x + y * y + z * z), 1e-9)
    x, y, z = x / length, y / length, z / length
    north = (y * east[2] - z * east[1], z * east[0] - x * east[2], x * east[1] - y * east[0])
    return np.stack([axes[0] * u[0] + axes[1] * u[1] + axes[2] * u[2] for u in (east, north)])


def grid(model: Model) -> Grid:
    """The model's jobs in squares."""
    where = plane(model.axes[:, : model.jobs])
    side = max(1, isqrt(model.jobs // _EACH))
    low, extent = where.min(axis=1), float(np.ptp(where, axis=1).max())
    width = max(extent / side, 1e-12)
    row, column = np.minimum((where - low[:, None]) / width, side - 1).astype(np.int64)
    square_of = row * side + column
    jobs = np.argsort(square_of, kind="stable").astype(np.int64)
    counts = np.bincount(square_of, minlength=side * side)
    pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    axes = np.ascontiguousarray(model.axes[:, : model.jobs])
    return Grid(axes, side, width, square_of, pointer, jobs)


@compiled
def fill(g: Grid, near: Ids, apart: Numbers) -> None:
    """Each job's nearest others; `apart` is room for a row of squares of distances."""
    for job in range(len(near)):
        apart[:] = np.inf
        row, column = g.square_of[job] // g.side, g.square_of[job] % g.side
        ring = 0
        # What lies beyond the rings looked at is at least so many widths away.
        while ring <= g.side and apart[-1] > max(0, ring - 1) ** 2 * g.width * g.width:
            for there in range(max(0, row - ring), min(g.side, row + ring + 1)):
                step = 1 if abs(there - row) == ring else max(1, 2 * ring)
                for across in range(column - ring, column + ring + 1, step):
                    if 0 <= across < g.side:
                        _look(g, near[job], apart, job, there * g.side + across)
            ring += 1


@inner
def _look(g: Grid, near: Ids, apart: Numbers, job: int, square: int) -> None:
    for k in range(g.pointer[square], g.pointer[square + 1]):
        other = g.jobs[k]
        x, y, z = (
            g.axes[0, job] - g.axes[0, other],
            g.axes[1, job] - g.axes[1, other],
            g.axes[2, job] - g.axes[2, other],
        )
        far = x * x + y * y + z * z
        if other == job or far >= apart[-1]:
            continue
        at = len(apart) - 1
        while at > 0 and apart[at - 1] > far:
            apart[at], near[at] = apart[at - 1], near[at - 1]
            at -= 1
        apart[at], near[at] = far, other
