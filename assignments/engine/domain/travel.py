"""Travel times by road: as a routing server told them, and estimated from positions where it did not.

The estimate is the great circle times circuity over speed. Either is rounded up to whole minutes: dispatchers speak in
minutes, and sums stay whole. Only +, *, / and square roots are used after the unit vectors, and numpy does them as
Python does, so the checker's times and the search's are the same to the second on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import Place, Problem
from assignments.engine.domain.roads import GRAIN, NO_ROAD, UNKNOWN, Keys, Roads, Seconds

__all__ = ["GRAIN", "Estimated", "Positions", "Seconds", "Travel", "positions"]

EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""
CUBIC, QUINTIC = 1 / 24, 3 / 640
"""The first terms of the arc sine, for an arc of its chord: exact to a millimetre within a thousand kilometres."""
SLACK = 0.01
"""Seconds: far above the rounding error of float64, far below what anybody could notice."""
# Pairs estimated at once: the float64 steps in between stay small beside the int32 result, and near the processor.
_PAIRS = 2**16

Vectors = NDArray[np.float64]
Number = TypeVar("Number", float, NDArray[np.float64])


class Estimated(StrEnum):
    """Why a drive is estimated although there is a routing server."""

    UNANSWERED = "unanswered"
    NO_ROAD = "no-road"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Positions:
    """Places as travel is reckoned with."""

    vectors: Vectors
    """On the unit sphere, shape (places, 3)."""
    keys: Keys


def _unit_vector(place: Place) -> tuple[float, float, float]:
    lat, lon = math.radians(place.lat), math.radians(place.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def positions(places: Sequence[Place]) -> Positions:
    """The places, prepared to be asked about more than once."""
    vectors = np.array([_unit_vector(place) for place in places], dtype=np.float64).reshape(-1, 3)
    return Positions(vectors, np.array([place.key for place in places], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Travel:
    """Seconds between places: what `roads` tells, else the estimate for one speed and circuity."""

    speed: float
    circuity: float
    roads: Roads | None = None

    @classmethod
    def of(cls, problem: Problem) -> Travel:
        """Travel by the problem's roads, estimated by its rules where these do not know."""
        return cls(speed=problem.rules.speed, circuity=problem.rules.circuity, roads=problem.roads)

    @property
    def is_symmetric(self) -> bool:
        """Whether every way back is sure to take as long as the way there."""
        return self.roads is None

    def seconds(self, a: Place, b: Place) -> int:
        """Whole seconds from `a` to `b`, a multiple of a minute; 0 at the same place."""
        told = UNKNOWN if self.roads is None or a.key == b.key else self.roads.told(a.key, b.key)
        return self._estimate(a, b) if told < 0 else told

    def why_estimated(self, a: Place, b: Place) -> Estimated | None:
        """Why the drive is estimated; None if it was told, is no drive at all, or there is nobody to tell."""
        if self.roads is None or a.key == b.key:
            return None
        told = self.roads.told(a.key, b.key)
        if told == UNKNOWN:
            return Estimated.NOT_ASKED if self.roads.complete else Estimated.UNANSWERED
        return Estimated.NO_ROAD if told == NO_ROAD else None

    def matrix(self, origins: Sequence[Place], destinations: Sequence[Place]) -> Seconds:
        """Seconds from each origin to each destination, shape (len(origins), len(destinations))."""
        return self.between(positions(origins), positions(destinations))

    def between(self, a: Positions, b: Positions) -> Seconds:
        """As `matrix`, from positions already at hand."""
        result = np.empty((len(a.keys), len(b.keys)), dtype=np.int32)
        step = max(1, _PAIRS // max(1, len(b.keys)))
        for at in range(0, len(a.keys), step):
            rows = slice(at, at + step)
            result[rows] = self._estimates(a.vectors[rows], b.vectors)
            if self.roads is not None:
                told = self.roads.table(a.keys[rows], b.keys)
                known = (told >= 0) & (a.keys[rows, None] != b.keys[None, :])
                np.copyto(result[rows], told, where=known)
        return result

    def _estimate(self, a: Place, b: Place) -> int:
        ax, ay, az = _unit_vector(a)
        bx, by, bz = _unit_vector(b)
        square = (ax - bx) * (ax - bx) + (ay - by) * (ay - by) + (az - bz) * (az - bz)
        return math.ceil((self._raw(square, math.sqrt(square)) - SLACK) / GRAIN) * GRAIN

    def _estimates(self, a: Vectors, b: Vectors) -> Seconds:
        square = np.zeros((len(a), len(b)))
        for axis in range(3):
            difference = a[:, axis, None] - b[None, :, axis]
            square += difference * difference
        raw = self._raw(square, np.sqrt(square))
        return (np.ceil((raw - SLACK) / GRAIN) * GRAIN).astype(np.int32)

    def _raw(self, square: Number, chord: Number) -> Number:
        metres = EARTH_RADIUS * chord * (1 + square * (CUBIC + QUINTIC * square))
        return metres * (self.circuity / self.speed)
