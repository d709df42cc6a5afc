"""The map: districts that share their borders, substations inside them, feeders that lead away from a substation."""

from __future__ import annotations

import math
import random

from assignments.demo.world import names
from assignments.demo.world.shapes import EXTENTS, DistrictPlan, Feeder, Size, Spot, Substation, apportion, stream

TIME_ZONE = "America/Chicago"
COLUMNS = 5
SOUTH, WEST = 42.10, -92.40
"""The south-western corner of the region, degrees."""
CELL_LATITUDE, CELL_LONGITUDE = 0.27, 0.365
"""A district is about 30 km across."""
KM_PER_DEGREE = 111.2
WOBBLE = 0.08
"""Distance, in cells, by which a border strays from the straight line."""

_WEIGHTS = (1.6, 1.2, 0.9, 0.8, 0.7, 1.3, 1.0, 0.8, 1.1, 0.7)
"""Work of districts in relation to each other, repeated: towns have more work and crews than farmland."""


def offset(spot: Spot, north_km: float, east_km: float) -> Spot:
    latitude = spot.latitude + north_km / KM_PER_DEGREE
    longitude = spot.longitude + east_km / (KM_PER_DEGREE * math.cos(math.radians(spot.latitude)))
    return Spot(round(latitude, 5), round(longitude, 5))


def _vertex(seed: int, row: int, column: int) -> Spot:
    """A point of the half-cell lattice; neighbours ask for the same point and get the same answer."""
    rng = stream(seed, "border", row, column)
    latitude = SOUTH + CELL_LATITUDE * (row / 2 + rng.uniform(-WOBBLE, WOBBLE))
    longitude = WEST + CELL_LONGITUDE * (column / 2 + rng.uniform(-WOBBLE, WOBBLE))
    return Spot(round(latitude, 5), round(longitude, 5))


def _boundary(seed: int, row: int, column: int) -> tuple[Spot, ...]:
    around = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    return tuple(_vertex(seed, 2 * row + down, 2 * column + right) for down, right in around)


def _path(rng: random.Random, start: Spot, heading: float) -> tuple[Spot, ...]:
    spots = [start]
    for _ in range(rng.randint(4, 6)):
        heading += rng.uniform(-0.35, 0.35)
        length = rng.uniform(0.5, 0.8)
        spots.append(offset(spots[-1], length * math.sin(heading), length * math.cos(heading)))
    return tuple(spots)


def _substation(rng: random.Random, name: str, spot: Spot) -> Substation:
    high, low = rng.choice((*[(69_000, 12_470)] * 5, (138_000, 34_500)))
    count = rng.randint(3, 5)
    turn = rng.uniform(0, 2 * math.pi)
    circuits = sorted(rng.sample(range(1, 20), count))
    feeders = tuple(
        Feeder(
            name=f"{name} {low // 1000}{circuit:02d}",
            voltage=low,
            path=_path(rng, spot, turn + 2 * math.pi * index / count),
        )
        for index, circuit in enumerate(circuits)
    )
    return Substation(name=name, spot=spot, high_voltage=high, feeders=feeders)


def _plan(size: Size, seed: int, index: int, orders: int, crews: int) -> DistrictPlan:
    rng = stream(seed, "district", index)
    row, column = divmod(index, COLUMNS)
    middle = Spot(SOUTH + CELL_LATITUDE * (row + 0.5), WEST + CELL_LONGITUDE * (column + 0.5))
    centre = offset(middle, rng.uniform(-2, 2), rng.uniform(-2, 2))
    turn = rng.uniform(0, 2 * math.pi)
    count = rng.randint(3, 5)
    spots = [
        offset(
            middle, reach * math.sin(turn + 2 * math.pi * k / count), reach * math.cos(turn + 2 * math.pi * k / count)
        )
        for k, reach in enumerate(rng.uniform(2.5, 6.5) for _ in range(count))
    ]
    # Names are dealt out over the whole utility, so that no two districts share one.
    dealt = stream(seed, "substations").sample(names.SUBSTATIONS, len(names.SUBSTATIONS))[index * 6 :]
    name = names.DISTRICTS[index]
    towns = names.towns(rng, name, 4)
    return DistrictPlan(
        number=index + 1,
        code=name[:3].upper(),
        name=name,
        time_zone=TIME_ZONE,
        boundary=_boundary(seed, row, column),
        centre=centre,
        service_centre=f"{name} Service Center",
        yards=(centre, offset(spots[0], 0.4, 0.3)),
        towns=towns,
        substations=tuple(_substation(rng, label, spot) for label, spot in zip(dealt, spots, strict=False)),
        orders=orders,
        crews=crews,
    )


def plans(size: Size, seed: int) -> tuple[DistrictPlan, ...]:
    """The districts of a world; the same on every day."""
    extent = EXTENTS[size]
    weights = [1.0] * 3 if extent.districts <= 3 else [_WEIGHTS[i % len(_WEIGHTS)] for i in range(extent.districts)]
    weights = weights[: extent.districts]
    orders, crews = apportion(extent.orders, weights), apportion(extent.crews, weights, least=6)
    return tuple(_plan(size, seed, i, orders[i], crews[i]) for i in range(extent.districts))
