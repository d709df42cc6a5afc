"""Published routing instances of any format, as values and laid out as the engine's model: Euclidean, in thousandths.

One point is one unit of distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assignments.engine.search.kernel import Model, Routes
from assignments.engine.search.starts import NEVER

SCALE = 1000
MUST = 1e5
"""Units that leaving out a job costs which must be served: far more than any detour."""


@dataclass(frozen=True, slots=True)
class RoutingDay:
    """Jobs with one window each, and vehicles or technicians that leave a base and return to it."""

    name: str
    places: np.ndarray
    """Columns x and y: of the jobs, then of the bases."""
    first: np.ndarray
    """By job: the window of its start, in units of distance as all times."""
    last: np.ndarray
    duration: np.ndarray
    load: np.ndarray
    absence: np.ndarray
    """By job: units of distance that leaving it out costs."""
    able: np.ndarray
    """Shape (vehicles, jobs)."""
    base: np.ndarray
    """By vehicle: the row of its base in `places`."""
    begin: np.ndarray
    end: np.ndarray
    capacity: int
    required: bool = False
    """Whether every job must be served, and all vehicles are alike."""
    best_known: float | None = None

    @property
    def travel(self) -> np.ndarray:
        """Thousandths of a unit between the places, rounded to the nearest."""
        points = self.places.astype(float)
        apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
        return np.rint(SCALE * apart).astype(np.int32)

    def cost(self, routes: list[list[int]]) -> float:
        """Real-valued distance of routes by vehicle and of what they leave out, proved from the instance's own numbers.

        Raises ValueError when a job is served twice, comes late, does not fit or has a vehicle that may not do it. A
        thousandth of a unit for each stop is allowed, what rounding may take.
        """
        served = [job for route in routes for job in route]
        if len(served) != len(set(served)) or (self.required and len(served) != len(self.first)):
            raise ValueError(f"{self.name}: not every job is served exactly once.")
        if len(routes) > len(self.base):
            raise ValueError(f"{self.name}: more vehicles than there are.")
        left = np.ones(len(self.first), dtype=bool)
        left[served] = False
        return sum(self._driven(*one) for one in enumerate(routes)) + float(self.absence[left].sum())

    def _driven(self, vehicle: int, route: list[int]) -> float:
        if not self.able[vehicle, route].all():
            raise ValueError(f"{self.name}: a vehicle does what it may not do.")
        if self.load[route].sum() > self.capacity:
            raise ValueError(f"{self.name}: a vehicle carries too much.")
        home, whole, late = self.places[self.base[vehicle]], 0.0, 1e-3 * (len(route) + 1)
        time, at = float(self.begin[vehicle]), home
        for job in route:
            way = float(np.hypot(*(self.places[job] - at)))
            time = max(time + way, float(self.first[job]))
            if time > self.last[job] + late:
                raise ValueError(f"{self.name}: a job is reached late.")
            time, at, whole = time + self.duration[job], self.places[job], whole + way
        back = float(np.hypot(*(home - at)))
        if time + back > self.end[vehicle] + late:
            raise ValueError(f"{self.name}: a vehicle returns late.")
        return whole + back

    def for_peers(self) -> dict[str, np.ndarray]:
        """The instance as the peers get it."""
        jobs = len(self.first)
        return {
            "travel": self.travel, "duration": SCALE * self.duration, "first": SCALE * self.first,
            "last": SCALE * self.last, "weight": np.zeros(jobs, int), "load": self.load,
            "gain": np.rint(SCALE * self.absence).astype(np.int64), "required": np.array(self.required),
            "able": self.able, "base": self.base, "begin": SCALE * self.begin, "end": SCALE * self.end,
            "capacity": np.full(len(self.base), self.capacity),
        }  # fmt: skip


def _spans(day: RoutingDay) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which vehicle may do which job, and the first and last start there; shape (vehicles, jobs)."""
    home = day.travel[day.base][:, : len(day.first)].astype(np.int64)
    begin, end = SCALE * day.begin[:, None], SCALE * day.end[:, None]
    first = np.maximum(SCALE * day.first, begin + home)
    last = np.minimum(SCALE * day.last, end - home - SCALE * day.duration)
    return day.able & (first <= last), first, last


# size: the fields of the model, one for each line
def model(day: RoutingDay) -> Model:
    """The instance as the kernel sees it: a shift for each vehicle."""
    jobs, shifts = len(day.first), len(day.base)
    place = np.concatenate([np.arange(jobs), day.base])
    zero, ends = np.zeros(jobs, dtype=np.int64), SCALE * day.end
    begin = np.concatenate([zero, SCALE * day.begin, ends])
    may, first, last = _spans(day)
    return Model(
        jobs=jobs,
        commitments=0,
        shifts=shifts,
        now=0,
        travel=np.ascontiguousarray(day.travel[np.ix_(place, place)]),
        unit=1,
        axes=np.zeros((3, jobs + shifts)),
        pace=0.0,
        duration=np.concatenate([SCALE * day.duration, np.zeros(2 * shifts, dtype=np.int64)]),
        load=np.ascontiguousarray(day.load),
        leave=begin,
        busy=begin.copy(),
        fixed=begin.copy(),
        pointer=np.concatenate([[0], np.cumsum(may)]).astype(np.int32),
        first=first[may].astype(np.int32),
        last=last[may].astype(np.int32),
        pair_cost=np.zeros((jobs, shifts)),
        wait_cost=np.zeros(jobs),
        late_cost=np.zeros(jobs),
        off_cost=np.zeros(jobs),
        shown=zero,
        due=np.full(jobs, NEVER),
        firm=np.zeros(jobs, dtype=np.bool_),
        shift_end=ends,
        weights=np.array([1 / SCALE, 0.0, 0.0]),
        feeder=np.full(jobs, -1),
        familiar=np.zeros((shifts, 0), dtype=np.bool_),
        order=zero.copy(),
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
    """The jobs of each vehicle in order, from 0."""
    found = []
    for shift in range(model.shifts):
        node, route = int(routes.after[model.jobs + shift]), []
        while node < model.jobs:
            route.append(node)
            node = int(routes.after[node])
        found.append(route)
    return found
