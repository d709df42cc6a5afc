"""Travel times by road, estimated from positions.

Great circle times circuity over speed, rounded up to whole minutes: dispatchers speak in minutes, and sums stay whole.
Only +, *, / and square roots are used after the unit vectors, and numpy does them as Python does, so the checker's
times and the search's are the same to the second on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assignments.engine.problem import Place, Problem

EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""
GRAIN = 60
# A hundredth of a second: far above rounding error of float64, far below what anybody could notice.
_SLACK = 0.01

Seconds = NDArray[np.int32]
Vectors = NDArray[np.float64]
Number = TypeVar("Number", float, NDArray[np.float64])


def _unit_vector(place: Place) -> tuple[float, float, float]:
    lat, lon = math.radians(place.lat), math.radians(place.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def unit_vectors(places: Sequence[Place]) -> Vectors:
    """The places on the unit sphere, shape (len(places), 3)."""
    return np.array([_unit_vector(place) for place in places], dtype=np.float64).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Travel:
    """Seconds between places, for one speed and circuity."""

    speed: float
    circuity: float

    @classmethod
    def of(cls, problem: Problem) -> Travel:
        """The estimate that the problem's rules describe."""
        return cls(speed=problem.rules.speed, circuity=problem.rules.circuity)

    def seconds(self, a: Place, b: Place) -> int:
        """Whole seconds from `a` to `b`, a multiple of a minute; 0 at the same place."""
        ax, ay, az = _unit_vector(a)
        bx, by, bz = _unit_vector(b)
        square = (ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz)
        return math.ceil((self._raw(square, math.sqrt(square)) - _SLACK) / GRAIN) * GRAIN

    def matrix(self, origins: Sequence[Place], destinations: Sequence[Place]) -> Seconds:
        """Seconds from each origin to each destination, shape (len(origins), len(destinations))."""
        return self.between(unit_vectors(origins), unit_vectors(destinations))

    def between(self, a: Vectors, b: Vectors) -> Seconds:
        """As `matrix`, from unit vectors already at hand."""
        square = np.zeros((len(a), len(b)))
        for axis in range(3):
            difference = a[:, axis, None] - b[None, :, axis]
            square += difference * difference
        raw = self._raw(square, np.sqrt(square))
        return (np.ceil((raw - _SLACK) / GRAIN) * GRAIN).astype(np.int32)

    def _raw(self, square: Number, chord: Number) -> Number:
        # The arc of a chord, by the first terms of the arc sine: exact to a millimetre within a thousand kilometres.
        metres = EARTH_RADIUS * chord * (1 + square / 24 + 3 * square * square / 640)
        return metres * (self.circuity / self.speed)
