"""Travel seconds that a routing server has told, pair by pair; the way back may take longer than the way there.

Only told pairs are kept, eight bytes each, so that a district of ten thousand jobs needs no square of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

GRAIN = 60
"""Travel is given in whole minutes, in seconds: dispatchers speak in minutes, and sums stay whole."""
NO_ROAD = -1
"""The server answered that no road leads from one place to the other."""
UNKNOWN = -2
"""The server has not told."""

Seconds = NDArray[np.int32]
Keys = NDArray[np.int64]
Array = TypeVar("Array", bound=NDArray[Any])


@dataclass(frozen=True, eq=False, slots=True)
class Roads:
    """Immutable; made by `of`. Rows of `keys` stand for places, origin after origin."""

    keys: Keys
    """Of all places, in ascending order; see Place.key."""
    begin: NDArray[np.int64]
    """Travel from row r lies at `begin[r]:begin[r + 1]`, shape (len(keys) + 1,)."""
    to: NDArray[np.int32]
    """Rows of destinations, ascending for each origin."""
    seconds: Seconds
    """Whole minutes, rounded up; or NO_ROAD."""
    complete: bool = True
    """Whether the server told everything that it was asked for; if so, what is unknown was not asked."""

    @classmethod
    def of(cls, origins: ArrayLike, destinations: ArrayLike, seconds: ArrayLike, *, complete: bool = True) -> Roads:
        """From three arrays of equal length: keys, keys, and whole seconds or NO_ROAD. Each pair at most once."""
        start = np.asarray(origins, dtype=np.int64)
        end = np.asarray(destinations, dtype=np.int64)
        told = np.asarray(seconds, dtype=np.int32)
        keys = np.unique(np.concatenate([start, end]))
        row, to = np.searchsorted(keys, start), np.searchsorted(keys, end)
        order = np.lexsort((to, row))
        rounded = np.where(told < 0, NO_ROAD, -(-told // GRAIN) * GRAIN)
        begin = np.searchsorted(row[order], np.arange(len(keys) + 1))
        return cls(
            _frozen(keys),
            _frozen(begin.astype(np.int64)),
            _frozen(to[order].astype(np.int32)),
            _frozen(rounded[order].astype(np.int32)),
            complete,
        )

    def __len__(self) -> int:
        """Number of known pairs."""
        return len(self.seconds)

    def told(self, origin: int, destination: int) -> int:
        """Seconds from key to key, NO_ROAD or UNKNOWN."""
        row, to = (int(np.searchsorted(self.keys, key)) for key in (origin, destination))
        if row == len(self.keys) or self.keys[row] != origin or to == len(self.keys) or self.keys[to] != destination:
            return UNKNOWN
        start, end = int(self.begin[row]), int(self.begin[row + 1])
        at = start + int(np.searchsorted(self.to[start:end], to))
        return int(self.seconds[at]) if at < end and self.to[at] == to else UNKNOWN

    def table(self, origins: Keys, destinations: Keys) -> Seconds:
        """Seconds, NO_ROAD or UNKNOWN from each origin to each destination, shape (len(origins), len(destinations))."""
        result = np.full((len(origins), len(destinations)), UNKNOWN, dtype=np.int32)
        if not len(self.keys):
            return result
        columns = self._rows(destinations)
        # One place more than there are keys: what is no key looks there and finds nothing.
        line = np.full(len(self.keys) + 1, UNKNOWN, dtype=np.int32)
        for at, row in enumerate(self._rows(origins).tolist()):
            if row < len(self.keys):
                told = slice(int(self.begin[row]), int(self.begin[row + 1]))
                line[self.to[told]] = self.seconds[told]
                result[at] = line[columns]
                line[self.to[told]] = UNKNOWN
        return result

    def _rows(self, keys: Keys) -> NDArray[np.int64]:
        """Rows of the keys; len(self.keys) for a key that is not there."""
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, len(self.keys))


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
