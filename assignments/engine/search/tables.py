"""Which drives a plan may need, and in which tables to ask a routing server for them.

Small districts want every drive. In a large one the square of all places would be asked for months: there each place
wants the bases and neighbours nearest to it as the crow flies, and longer drives stay estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assignments.engine.domain.problem import Place
from assignments.engine.domain.roads import Keys
from assignments.engine.domain.travel import Vectors, positions

MOST = 100_000
"""Drives wanted between work and work: all of them for up to 316 places."""
NEIGHBOURS = 25
"""Other work, and bases, wanted for each place at least, however many there are."""
# Places whose neighbours are looked for together, and among how many times as many.
_TOGETHER, _AROUND = 500, 4

Codes = NDArray[np.int64]
"""Drives, ascending: row of the origin in `keys` x len(keys) + row of the destination."""
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """One question: the drives from each origin to each destination, of which some are needed."""

    origins: tuple[Place, ...]
    destinations: tuple[Place, ...]
    wanted: NDArray[np.bool_]
    """Shape (origins, destinations)."""


@dataclass(frozen=True)
class WantedDrives:
    """The drives that a plan may need between some places."""

    keys: Keys
    """Of the places, ascending."""
    first: Codes
    """To bases and from them, and within shifts: what every plan needs."""
    then: Codes
    """Between work and work; none that is in `first`."""

    def __len__(self) -> int:
        return len(self.first) + len(self.then)

    def without(self, origins: ArrayLike, destinations: ArrayLike) -> WantedDrives:
        """Leave out the pairs that are known already, which are given as two arrays of keys."""
        known = self._codes(np.asarray(origins, dtype=np.int64), np.asarray(destinations, dtype=np.int64))
        return WantedDrives(self.keys, _less(self.first, known), _less(self.then, known))

    def tables(self, side: int) -> Iterator[Table]:
        """Questions of at most `side` origins and `side` destinations that together want exactly these drives.

        Near places share a table, so that little is asked for that nobody wants.
        """
        yield from self._tables(self.first, side)
        yield from self._tables(self.then, side)

    def _codes(self, origins: Keys, destinations: Keys) -> Codes:
        inside = np.isin(origins, self.keys) & np.isin(destinations, self.keys)
        rows = np.searchsorted(self.keys, origins[inside])
        return np.asarray(rows * len(self.keys) + np.searchsorted(self.keys, destinations[inside]), dtype=np.int64)

    def _tables(self, codes: Codes, side: int) -> Iterator[Table]:
        origins, destinations = np.divmod(codes, max(1, len(self.keys)))
        begin = np.searchsorted(origins, np.arange(len(self.keys) + 1))
        # A base wants all the work; in one table with work it would have that asked for everything, too.
        wide = np.diff(begin) > 2 * side
        narrow, wide_ones = (np.intersect1d(origins, np.flatnonzero(chosen)) for chosen in (~wide, wide))
        for group in (*_clusters(narrow, self._places, side), *_clusters(wide_ones, self._places, side)):
            wants = np.zeros((len(group), len(self.keys)), dtype=bool)
            for line, row in enumerate(group.tolist()):
                wants[line, destinations[begin[row] : begin[row + 1]]] = True
            for part in _clusters(np.flatnonzero(wants.any(axis=0)), self._places, side):
                asked = wants[:, part]
                some = asked.any(axis=1)
                yield Table(self._named(group[some]), self._named(part), asked[some])

    @cached_property
    def _places(self) -> Vectors:
        """Latitude and longitude by row."""
        return np.array([(place.lat, place.lon) for place in map(Place.of_key, self.keys.tolist())]).reshape(-1, 2)

    def _named(self, rows: Rows) -> tuple[Place, ...]:
        return tuple(Place.of_key(key) for key in self.keys[rows].tolist())


def wanted(
    *,
    bases: Collection[Place],
    work: Collection[Place],
    shifts: Iterable[Sequence[Place]],
    most: int = MOST,
    neighbours: int = NEIGHBOURS,
) -> WantedDrives:
    """Drives that a plan of this work may need.

    `shifts` are the places of each shift, its base and its commitments: any of them may come to follow any other.
    `most` bounds the drives between work and work, but for so many `neighbours`.
    """
    homes, sites = _keys(bases), _keys(work)
    follow = {(a.key, b.key) for places in shifts for a in places for b in places}
    keys = np.unique(np.concatenate([homes, sites, np.array([a for a, _ in follow], dtype=np.int64)]))
    rows = np.searchsorted(keys, np.array(sorted(follow), dtype=np.int64).reshape(-1, 2))
    home, site = np.searchsorted(keys, homes), np.searchsorted(keys, sites)
    located = positions([Place.of_key(key) for key in keys.tolist()]).vectors
    # From a place in their midst, so that squares of small distances lose no digits.
    located -= located[:1]
    each = max(neighbours, most // max(1, len(site)))
    out, back = _nearest(site, home, located, each)
    first = _drives(keys, np.concatenate([rows[:, 0], out, back]), np.concatenate([rows[:, 1], back, out]))
    then = _drives(keys, *_nearest(site, site, located, each))
    return WantedDrives(keys, first, _less(then, first))


def _keys(places: Iterable[Place]) -> Keys:
    return np.unique(np.array([place.key for place in places], dtype=np.int64))


def _drives(keys: Keys, origins: Rows, destinations: Rows) -> Codes:
    some = origins != destinations
    return np.unique(origins[some] * len(keys) + destinations[some])


def _less(codes: Codes, known: Codes) -> Codes:
    return codes[~np.isin(codes, known)]


def _nearest(origins: Rows, destinations: Rows, located: Vectors, count: int) -> tuple[Rows, Rows]:
    """Each origin beside each of its `count` nearest destinations."""
    if len(destinations) <= count:
        return np.repeat(origins, len(destinations)), np.tile(destinations, len(origins))
    found = []
    groups = list(_clusters(origins, located, _TOGETHER))
    for group in groups:
        # Looking through all destinations for each origin would take seconds; its neighbours are its group's as well.
        around = _first(destinations, located, located[group].mean(axis=0)[None, :], _AROUND * _TOGETHER + count)[0]
        found.append(_first(around, located, located[group], count))
    return np.repeat(np.concatenate(groups), count), np.concatenate(found).ravel()


def _first(rows: Rows, located: Vectors, points: Vectors, count: int) -> NDArray[np.int64]:
    """The `count` of the rows that are nearest to each point, shape (points, count); all if there are not so many."""
    if len(rows) <= count:
        return np.tile(rows, (len(points), 1))
    there = located[rows]
    # Squares of distances, but for what is the same for all rows.
    far = (there * there).sum(axis=1) - 2 * (points @ there.T)
    return rows[np.argpartition(far, count - 1, axis=1)[:, :count]]


def _clusters(rows: Rows, places: Vectors, size: int) -> Iterator[Rows]:
    """The rows in groups of at most `size` that lie together: parted again and again across the longer side."""
    pending = [rows] if len(rows) else []
    while pending:
        group = pending.pop()
        if len(group) <= size:
            yield group
            continue
        axis = int(np.ptp(places[group], axis=0).argmax())
        order = group[np.argsort(places[group, axis], kind="stable")]
        # At a multiple of the size, so that all groups but one are full.
        middle = size * max(1, len(order) // size // 2)
        pending += [order[middle:], order[:middle]]
