"""Vehicle routing instances in Solomon's format, laid out as the engine's model: Euclidean, in thousandths.

One point is one unit of distance, every customer must be served, and the vehicles do not count.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assignments.engine.search.kernel import Model, Routes
from assignments.engine.search.starts import NEVER

SCALE = 1000
MUST = 1e5
"""Points that leaving out a customer costs: far more than any detour."""
PROVEN = {"R109": 1146.9, "RC103": 1258.0}
"""Optima of the same customers with distances cut to one decimal, which can only be shorter (Kohl, Desrosiers, Madsen,
Solomon and Soumis, Transportation Science 33(1), 1999). Lists of best known distances have 1101.37 and 1249.86 for
these two, which nobody can drive."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Customers and the depot (row 0), and identical vehicles."""

    name: str
    vehicles: int
    capacity: int
    rows: np.ndarray
    """Columns: x, y, demand, ready, due, service."""
    best_known: float | None

    @property
    def is_misprinted(self) -> bool:
        """Whether what is listed as best known is less than can be."""
        return self.best_known is not None and self.best_known < PROVEN.get(self.name, 0.0)

    @property
    def travel(self) -> np.ndarray:
        """Thousandths of a unit between the customers and, last, the depot; rounded to the nearest."""
        points = np.concatenate([self.rows[1:, :2], self.rows[:1, :2]]).astype(float)
        apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
        return np.rint(SCALE * apart).astype(np.int32)


def read(folder: Path) -> list[Instance]:
    """The instances of a folder and those below it, Solomon's or the larger ones of Gehring and Homberger.

    `best_known.json` of the folder, if there is one, gives distances by name: {"C101": 828.94}, or as VROOM has them
    {"C101": {"distance": 828.94, "vehicles": 10}}.
    """
    known = folder / "best_known.json"
    told = json.loads(known.read_text()) if known.exists() else {}
    best = {name.upper(): one["distance"] if isinstance(one, dict) else one for name, one in told.items()}
    files = [path for path in folder.rglob("*") if path.suffix.lower() in (".txt", ".vrp") and _is_instance(path)]
    return [_read(path, best) for path in sorted(files)]


def _is_instance(path: Path) -> bool:
    return "CUST" in path.read_text(errors="replace")[:2000].upper()


def _read(path: Path, best: dict[str, float]) -> Instance:
    lines = [line.split() for line in path.read_text().splitlines()]
    numbers = [[int(float(one)) for one in line] for line in lines if line and line[0].isdigit()]
    (vehicles, capacity), *rows = numbers
    name = path.stem.upper()
    return Instance(name, vehicles, capacity, np.array(rows)[:, 1:], best.get(name))


# size: the fields of the model, one for each line
def model(instance: Instance) -> Model:
    """The instance as the kernel sees it: jobs with one window each, shifts that are all alike."""
    customers, depot = instance.rows[1:], instance.rows[0]
    jobs, shifts, apart = len(customers), instance.vehicles, instance.travel
    place = np.concatenate([np.arange(jobs), np.full(shifts, jobs)])
    none, zero = np.zeros(jobs), np.zeros(jobs, dtype=np.int64)
    opens, closes = int(depot[3]) * SCALE, int(depot[4]) * SCALE
    home = apart[:jobs, jobs].astype(np.int64)
    first = np.maximum(customers[:, 3] * SCALE, opens + home)
    last = np.minimum(customers[:, 4] * SCALE, closes - home - customers[:, 5] * SCALE)
    ends = np.full(shifts, closes)
    begin = np.concatenate([zero, np.full(shifts, opens), ends])
    return Model(
        jobs=jobs,
        commitments=0,
        shifts=shifts,
        now=0,
        travel=np.ascontiguousarray(apart[np.ix_(place, place)]),
        unit=1,
        axes=np.zeros((3, jobs + shifts)),
        pace=0.0,
        duration=np.concatenate([customers[:, 5] * SCALE, np.zeros(2 * shifts, dtype=np.int64)]),
        load=np.ascontiguousarray(customers[:, 2]),
        leave=begin,
        busy=begin.copy(),
        fixed=begin.copy(),
        pointer=np.arange(jobs * shifts + 1, dtype=np.int32),
        first=np.tile(first, shifts).astype(np.int32),
        last=np.tile(last, shifts).astype(np.int32),
        pair_cost=np.zeros((jobs, shifts)),
        wait_cost=none,
        late_cost=none,
        off_cost=none,
        shown=np.zeros(jobs, dtype=np.int64),
        due=np.full(jobs, NEVER),
        firm=np.zeros(jobs, dtype=np.bool_),
        shift_end=ends,
        weights=np.array([1 / SCALE, 0.0, 0.0]),
        feeder=np.full(jobs, -1),
        familiar=np.zeros((shifts, 0), dtype=np.bool_),
        order=np.zeros(jobs, dtype=np.int64),
        follow_pointer=np.zeros(jobs + 1, dtype=np.int64),
        follower=np.zeros(0, dtype=np.int64),
        links=np.full(shifts + 1, shifts + 1),
        rests=np.full(shifts + 1, shifts + 1),
        mates=np.concatenate([np.full(jobs, -1), np.arange(shifts)]).astype(np.int64),
    )


def empty(model: Model, capacity: int) -> Routes:
    """Vehicles that have nowhere to go yet."""
    nodes, jobs, shifts = len(model.fixed), model.jobs, model.shifts
    start, home = np.arange(jobs, jobs + shifts), np.arange(jobs + shifts, nodes)
    ids, times = np.full((3, nodes), -1, dtype=np.int64), np.full((2, jobs), NEVER, dtype=np.int64)
    after, before, shift = ids
    after[start], before[home] = home, start
    shift[start] = shift[home] = np.arange(shifts)
    return Routes(
        after=after,
        before=before,
        shift=shift,
        early=model.fixed.copy(),
        late=model.fixed.copy(),
        cap=times[0],
        ready=-times[1],
        waits=np.zeros(jobs, dtype=np.int64),
        budget=np.full(shifts, capacity, dtype=np.int64),
        early_by=np.zeros((0, 2), dtype=np.int64),
        late_by=np.zeros((0, 2), dtype=np.int64),
    )


def sequences(model: Model, routes: Routes) -> list[list[int]]:
    """The customers of each vehicle in order, from 0."""
    found = []
    for shift in range(model.shifts):
        node, route = int(routes.after[model.jobs + shift]), []
        while node < model.jobs:
            route.append(node)
            node = int(routes.after[node])
        found.append(route)
    return found


def distance(instance: Instance, routes: list[list[int]]) -> float:
    """The real-valued distance of routes, proved from the instance's own numbers.

    Raises ValueError when a customer is not served exactly once, comes late or does not fit. A thousandth of a unit for
    each stop is allowed, what rounding may take.
    """
    depot, customers = instance.rows[0], instance.rows[1:]
    if sorted(job for route in routes for job in route) != list(range(len(customers))):
        raise ValueError(f"{instance.name}: not every customer is served exactly once.")
    if sum(bool(route) for route in routes) > instance.vehicles:
        raise ValueError(f"{instance.name}: more vehicles than there are.")
    whole = 0.0
    for route in routes:
        if customers[route, 2].sum() > instance.capacity:
            raise ValueError(f"{instance.name}: a vehicle carries too much.")
        time, at = float(depot[3]), depot
        for stop in [*customers[route], depot]:
            way = float(np.hypot(*(stop[:2] - at[:2])))
            whole += way
            time = max(time + way, float(stop[3]))
            if time > stop[4] + 1e-3 * (len(route) + 1):
                raise ValueError(f"{instance.name}: a customer is reached late.")
            time += stop[5]
            at = stop
    return whole
