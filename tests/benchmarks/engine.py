"""Measures the engine: our plans and its peers', of the same instances, in the same seconds, on one core.

    python -m tests.benchmarks.engine [--sizes small medium storm large ...] [--seeds N] [--only NAME ...]
                                      [--solomon FOLDER] [--homberger FOLDER] [--trsp FOLDER] [--kovacs FOLDER]
                                      [--customer-seconds S] [--instances NAME ...]

Every plan, whosever it is, is proved by our checker. Published instances are not part of Lineup: give the folder of
their files; `best_known.json` in it may hold the best known distances.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assignments.engine.domain.plans import Figures, LeftOut, Plan, Route, Stop
from assignments.engine.domain.problem import PriorityClass, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Reason
from assignments.engine.rules import checker
from assignments.engine.rules.scoring import CLASS_WEIGHT, DAY
from assignments.engine.search import staging
from assignments.engine.search.modelling import lay_out
from tests.benchmarks import (
    districts,
    engine_again,
    engine_classes,
    engine_customers,
    engine_ours,
    engine_waits,
)
from tests.benchmarks.engine_runs import OURS, PEERS, run_module, run_ours, run_peer
from tests.benchmarks.instances import GRADES, Size
from tests.benchmarks.streams import machine


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of day, and the seconds in which it is planned."""

    size: Size
    seconds: float
    of: str = "day"
    """The name of what draws it, in `engine_ours`."""


SIZES = {
    "small": Kind(Size(200, 30), 2.0),
    "medium": Kind(Size(1_000, 100), 10.0),
    "large": Kind(Size(10_000, 500), 60.0),
    "small-twice": Kind(Size(200, 30, 2.0), 2.0),
    "medium-twice": Kind(Size(1_000, 100, 2.0), 10.0),
    "large-twice": Kind(Size(10_000, 500, 2.0), 60.0),
    "storm": Kind(Size(200, 20, 2.0), 4.0, "storm"),
    "storm-medium": Kind(Size(1_000, 100, 2.0), 10.0, "storm"),
    "overdue": Kind(Size(150, 20, 1.25), 2.0, "half_overdue"),
}
AGAIN = ("small", "medium")
"""Days on which *Suggest* is pressed again."""
# Beyond so many jobs a peer is given the day in districts of this many, and as much of the time for each.
DIVIDED = 500
ABOVE = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One solver on one day."""

    served: float
    left: int
    hours: float
    passed_over: int
    memory: float
    first: float | None
    classes: tuple[int, ...]
    """Jobs left out, the most urgent class first."""
    customer_minutes: float
    """That customers are out, until a day after the horizon at most."""
    overdue: float | None
    """Share of the overdue work that is served, in percent; None where there is none."""


def day_row(name: str, kind: Kind, seeds: range) -> str:
    """The means over the seeds; ours with the seconds to the first complete plan."""
    found, size = [measure(name, kind, seed) for seed in seeds], kind.size

    def mean(key: str) -> float:
        return statistics.fmean(getattr(one, key) for one in found)

    first = [m.first for m in found if m.first is not None]
    overdue = [m.overdue for m in found if m.overdue is not None]
    classes = " / ".join(f"{statistics.fmean(its):.1f}" for its in zip(*(m.classes for m in found), strict=True))
    divided = f", {size.jobs // DIVIDED} districts" if name in PEERS and size.jobs > ABOVE else ""
    return (
        f"| {name}{divided} | {mean('served'):.2f} | {mean('left'):,.0f} | {classes} | {mean('customer_minutes'):,.0f} "
        f"| {f'{statistics.fmean(overdue):.0f}' if overdue else '–'} | {mean('hours'):,.0f} "
        f"| {mean('passed_over'):.0f} | {f'{statistics.fmean(first):.2f}' if first else '–'} "
        f"| {max(m.memory for m in found) / 1e6:,.0f} MB |"
    )


def measure(name: str, kind: Kind, seed: int) -> Measured:
    """One plan, proved. Raises RuntimeError when there is none or it is not legal."""
    size, seconds = kind.size, kind.seconds
    problem = engine_ours.DAYS[kind.of](size, seed)
    if name in OURS:
        found = run_ours(kind.of, size.jobs, size.crews, size.load, seed, seconds, OURS[name])
    elif size.jobs > ABOVE:
        found = _in_districts(name, problem, seconds, seed)
    else:
        found = run_peer(name, arrays(problem), seconds, seed)
    plan = as_plan(problem, found["routes"])
    violations = checker.check_plan(problem, plan)
    if violations:
        raise RuntimeError(f"plan is not legal: {violations[0].rule}")
    figures, gone = plan.figures, {one.job_id for one in plan.left_out}
    old = [job for job in problem.jobs if job.due < problem.now]
    return Measured(
        served=figures.served_weight,
        left=figures.jobs - figures.planned,
        hours=figures.travel_hours,
        passed_over=districts.passed_over(problem, plan),
        memory=found["memory"],
        first=found.get("first"),
        classes=tuple(sum(j.id in gone and j.priority is its for j in problem.jobs) for its in PriorityClass),
        customer_minutes=customer_minutes(problem, plan),
        overdue=100 * statistics.fmean(job.id not in gone for job in old) if old else None,
    )


def customer_minutes(problem: Problem, plan: Plan) -> float:
    """Minutes that customers are out by the plan; those left out until a day after the horizon."""
    ends, late = {s.job_id: s.end for r in plan.routes for s in r.stops}, problem.horizon + DAY
    return sum(job.customers_out * (ends.get(job.id, late) - problem.now) / 60 for job in problem.jobs)


def _in_districts(name: str, problem: Problem, seconds: float, seed: int) -> dict:
    parts = districts.divide(problem, len(problem.jobs) // DIVIDED)
    routes: list[list[int]] = [[] for _ in problem.shifts]
    memory = 0
    for jobs, shifts in parts:
        part = replace(
            problem, jobs=tuple(problem.jobs[j] for j in jobs), shifts=tuple(problem.shifts[s] for s in shifts)
        )
        found = run_peer(name, arrays(part), seconds / len(parts), seed)
        memory = max(memory, found["memory"])
        for shift, route in zip(shifts, found["routes"], strict=True):
            routes[shift] = [jobs[job] for job in route]
    return {"routes": routes, "memory": memory}


def arrays(problem: Problem) -> dict[str, np.ndarray]:
    """A day as the peers get it: jobs first, then each crew's base; times in seconds."""
    model = lay_out(problem).model
    appointments = [job.appointment for job in problem.jobs]
    weight = np.array([CLASS_WEIGHT[job.priority] for job in problem.jobs])
    places = [shift.base for shift in problem.shifts]
    bases = sorted(set(places), key=places.index)
    rows = [*range(model.jobs), *(model.jobs + places.index(base) for base in bases)]
    needed = np.array([GRADES.index(job.needs[0].code) for job in problem.jobs])
    held = np.array([len(shift.members[0].qualifications) - 1 for shift in problem.shifts])
    return {
        "travel": model.travel[np.ix_(rows, rows)].astype(np.int32) * model.unit,
        "duration": model.duration[: model.jobs],
        "first": np.array([a.start if a else 0 for a in appointments]),
        "last": np.array([a.end - 1 if a else problem.horizon for a in appointments]),
        "weight": weight,
        "gain": _gain(problem, weight),
        "load": np.zeros(model.jobs, dtype=np.int64),
        "required": np.array(False),
        "base": np.array([model.jobs + bases.index(place) for place in places]),
        "begin": np.array([shift.window.start for shift in problem.shifts]),
        "end": np.array([shift.window.end for shift in problem.shifts]),
        "able": held[:, None] >= needed[None],
        "capacity": np.ones(len(places), dtype=np.int64),
    }


def _gain(problem: Problem, weight: np.ndarray) -> np.ndarray:
    """Seconds of driving that a peer may spend for each job. What customers and lateness cost by the minute no peer can
    be told: where there are any, it is told what their absence costs, which has them in it."""
    plain = engine_ours.POINTS * weight
    if any(job.customers_out or job.due < problem.now for job in problem.jobs):
        plain = lay_out(problem).leaving_out.points
    return np.rint(60 * plain).astype(np.int64)


def as_plan(problem: Problem, routes: list[list[int]]) -> Plan:
    """Jobs in order as a plan that starts each as early as it may."""
    travel, found = Travel.of(problem), []
    driven, served = 0, set()
    for shift, route in zip(problem.shifts, routes, strict=True):
        time, at, stops = shift.window.start, shift.base, []
        for job in (problem.jobs[row] for row in route):
            way = travel.seconds(at, job.place)
            start = max(time + way, job.appointment.start if job.appointment else 0)
            stops.append(Stop(job.id, start, start + job.duration, way))
            time, at, driven = start + job.duration, job.place, driven + way
            served.add(job.id)
        driven += travel.seconds(at, shift.base)
        found.append(Route(shift.id, tuple(stops)))
    left = tuple(LeftOut(job.id, Reason("left", "", {})) for job in problem.jobs if job.id not in served)
    weights = {job.id: CLASS_WEIGHT[job.priority] for job in problem.jobs}
    share = 100 * sum(weights[one] for one in served) / sum(weights.values())
    return Plan(tuple(found), left, Figures(len(weights), len(served), share, driven / 3600))


def day_table(kind: Kind, names: list[str], seeds: range) -> Iterator[str]:
    storm = ", after a storm" if kind.of == "storm" else ", half of it overdue" if kind.of != "day" else ""
    yield f"{kind.size.name}{storm}, {kind.seconds:g} s, mean of {len(seeds)} days:\n"
    yield (
        "| solver | served weight, % | left out | by class | customer minutes | overdue served, % | driving, h"
        " | passed over | first plan, s | memory |\n"
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for name in names:
        try:
            yield day_row(name, kind, seeds)
        except RuntimeError as reason:
            yield f"| {name} | not measured: {reason} | | | | | | | | |"


def tables(options: argparse.Namespace) -> Iterator[Iterator[str]]:
    """The tables that are asked for."""
    seeds = range(1, options.seeds + 1)
    yield from (day_table(SIZES[key], options.only, seeds) for key in options.sizes)
    if "Lineup" in options.only:
        kinds = [SIZES[key] for key in options.sizes]
        days = [kind.size for kind in kinds if kind.of == "day" and kind.size.load < 2]
        twice = [(SIZES[key].size, SIZES[key].seconds) for key in options.sizes if key in AGAIN]
        if days:
            yield engine_waits.day_table(days, seeds, run_module)
        if twice:
            yield engine_again.table(twice, seeds, run_module)
        if options.sizes:
            its = engine_classes
            yield its.table(list(its.DAYS), seeds, its.ITERATIONS, [staging.SHARE, 0.0], run_module)
            yield engine_waits.why_not_table(run_module)
    for form in engine_ours.READERS:
        if folder := getattr(options, form):
            yield engine_customers.table(form, folder, options.only, options.customer_seconds, options.instances)


def main() -> None:
    every = [*OURS, *PEERS]
    usual = ["small", "medium", "small-twice", "medium-twice", "storm", "storm-medium", "overdue"]
    parser = argparse.ArgumentParser(description="Measures the engine and its peers.")
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=usual)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    parser.add_argument("--solomon", type=Path, help="a folder of instances in Solomon's format")
    parser.add_argument("--homberger", type=Path, help="a folder of the larger ones, in the same format")
    parser.add_argument("--trsp", type=Path, help="a folder of technicians' instances by Pillac and others")
    parser.add_argument("--kovacs", type=Path, help="a folder with those of Kovacs and others, as published")
    parser.add_argument("--customer-seconds", type=float, default=10.0, help="for each of their instances")
    parser.add_argument("--instances", nargs="*", default=[], help="these alone of the folders")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{machine()}\n", flush=True)
    for table in tables(options):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
