"""Our engine on one instance, in a process of its own; prints one line of JSON.

python -m tests.benchmarks.engine_ours day|storm|half_overdue JOBS CREWS LOAD SEED SECONDS classes|weight
python -m tests.benchmarks.engine_ours waits JOBS CREWS LOAD SEED
python -m tests.benchmarks.engine_ours solomon|homberger|trsp|kovacs FOLDER NAME SEED SECONDS
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from assignments.engine.domain.problem import Problem
from assignments.engine.ranking import shortlist
from assignments.engine.rules.scoring import CLASS_WEIGHT
from assignments.engine.search import annealing, anytime, modelling, nearness, relaying, solver
from assignments.engine.search.improving import BEST_COST, STEPS, TEMPERATURE
from tests.benchmarks import instances, routing, solomon, technicians, weeks
from tests.benchmarks.routing import RoutingDay

POINTS = 120.0
"""Worth of one unit of priority weight when the sum of weights alone counts; a point is a minute."""


DAYS = {
    "day": instances.day,
    "storm": instances.storm,
    "half_overdue": lambda size, seed: weeks.half_overdue(seed, size),
}
READERS: dict[str, Callable[[Path], list[RoutingDay]]] = {
    "solomon": solomon.read,
    "homberger": solomon.read,
    "trsp": technicians.read_trsp,
    "kovacs": technicians.read_kovacs,
}
"""By format."""


def a_day(problem: Problem, seed: int, seconds: float, *, by_class: bool) -> dict[str, object]:
    """Routes and figures; the time limit begins with the layout, as it does for the peers."""
    solver.warm_up()
    began = time.perf_counter()
    layout = modelling.lay_out(problem)
    start = solver.first_routes(layout, seed=seed, stop=lambda: True)
    first = time.perf_counter() - began
    weight = np.array([float(CLASS_WEIGHT[job.priority]) for job in problem.jobs])
    gain = None if by_class else POINTS * weight
    left = max(0.1, seconds - first)
    improver = anytime.Improver(layout, start, seed=seed, seconds=left, gain=gain)
    while not improver.is_done:
        standing = improver.advance()
    routes = improver.best()
    took = time.perf_counter() - began
    return {
        "routes": routing.sequences(layout.model, routes),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "first": first,
        "took": took,
        "iterations": standing.iterations,
    }


def waits(size: instances.Size, seed: int) -> dict[str, object]:
    """Seconds to the five best crews of every job, with reasons and warnings, and to the first complete plan."""
    solver.warm_up()
    problem = instances.day(size, seed)
    began = time.perf_counter()
    ranked = sum(len(one.candidates) for one in shortlist.rank(problem, k=5))
    top = time.perf_counter() - began
    began = time.perf_counter()
    solver.first_routes(modelling.lay_out(problem), seed=seed, stop=lambda: True)
    return {
        "top": top,
        "candidates": ranked,
        "first": time.perf_counter() - began,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def customers(day: RoutingDay, seed: int, seconds: float) -> dict[str, object]:
    """Routes for published customers."""
    model = routing.model(day)
    scope = nearness.scope(model, day.absence)
    found, routes = nearness.fresh(model, seed), routing.empty(model, day.capacity)
    queue = anytime.shortest_first(model)
    relaying.relay(model, routes, scope, found, routes.after.copy(), routes.cap.copy(), queue)
    annealing.begin(model, routes, scope, found)
    annealing.anneal(model, routes, scope, found, 1, 1.0)
    began, steps = time.perf_counter(), 100
    while (share := (time.perf_counter() - began) / seconds) < 1:
        now = time.perf_counter()
        found.totals[TEMPERATURE] = anytime.HOT * (anytime.COLD / anytime.HOT) ** share
        annealing.anneal(model, routes, scope, found, steps, 1.0)
        steps = max(1, int(steps * seconds / 200 / (time.perf_counter() - now)))
    best = routes._replace(after=found.best_after)
    return {
        "routes": routing.sequences(model, best),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "iterations": int(found.counts[STEPS]),
        "cost": float(found.totals[BEST_COST]),
    }


def main() -> None:
    kind, *rest = sys.argv[1:]
    if kind in DAYS:
        jobs, crews, load, seed, seconds, rule = rest
        size = instances.Size(int(jobs), int(crews), float(load))
        result = a_day(DAYS[kind](size, int(seed)), int(seed), float(seconds), by_class=rule == "classes")
    elif kind == "waits":
        jobs, crews, load, seed = rest
        result = waits(instances.Size(int(jobs), int(crews), float(load)), int(seed))
    else:
        folder, name, seed, seconds = rest
        [day] = [one for one in READERS[kind](Path(folder)) if one.name == name]
        result = customers(day, int(seed), float(seconds))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
