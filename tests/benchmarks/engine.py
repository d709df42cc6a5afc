"""Measures the engine: our plans and its peers', of the same instances, in the same seconds, on one core.

    python -m tests.benchmarks.engine [--sizes small medium large ...] [--seeds N] [--only NAME ...]
                                      [--solomon FOLDER] [--solomon-seconds S]

Every plan, whosever it is, is proved by our checker. Solomon's and Homberger's instances are not part of Lineup: give
the folder of their files; `best_known.json` in it may hold the best known distances.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assignments.engine.domain.plans import Figures, LeftOut, Plan, Route, Stop
from assignments.engine.domain.problem import Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Reason
from assignments.engine.rules import checker
from assignments.engine.rules.scoring import CLASS_WEIGHT
from assignments.engine.search import staging
from assignments.engine.search.modelling import lay_out
from tests.benchmarks import (
    districts,
    engine_again,
    engine_classes,
    engine_ours,
    engine_waits,
    instances,
    peers,
    solomon,
)
from tests.benchmarks.instances import GRADES, Size
from tests.benchmarks.streams import machine

CACHE = peers.ROOT / "var" / "bench-engine"
PINS = "requirements-bench-engine.txt"
SIZES = {
    "small": (Size(200, 30), 2.0),
    "medium": (Size(1_000, 100), 10.0),
    "large": (Size(10_000, 500), 60.0),
    "small-twice": (Size(200, 30, 2.0), 2.0),
    "medium-twice": (Size(1_000, 100, 2.0), 10.0),
    "large-twice": (Size(10_000, 500, 2.0), 60.0),
}
AGAIN = ("small", "medium")
"""Days on which *Suggest* is pressed again."""
OURS = {"Lineup": "classes", "Lineup, weights only": "weight"}
PEERS = {"VROOM 1.15": "vroom", "PyVRP 0.14": "pyvrp", "OR-Tools 9.15": "ortools"}
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


def day_row(name: str, size: Size, seconds: float, seeds: range) -> str:
    """The means over the seeds; ours with the seconds to the first complete plan."""
    found = [measure(name, size, seconds, seed) for seed in seeds]
    mean = {one: statistics.fmean(getattr(m, one) for m in found) for one in ("served", "left", "hours", "passed_over")}
    first = [m.first for m in found if m.first is not None]
    divided = f", {size.jobs // DIVIDED} districts" if name in PEERS and size.jobs > ABOVE else ""
    return (
        f"| {name}{divided} | {mean['served']:.2f} | {mean['left']:,.0f} | {mean['hours']:,.0f} "
        f"| {mean['passed_over']:.0f} | {f'{statistics.fmean(first):.2f}' if first else '–'} "
        f"| {max(m.memory for m in found) / 1e6:,.0f} MB |"
    )


def measure(name: str, size: Size, seconds: float, seed: int) -> Measured:
    """One plan, proved. Raises RuntimeError when there is none or it is not legal."""
    problem = instances.day(size, seed)
    if name in OURS:
        found = run_ours("day", size.jobs, size.crews, size.load, seed, seconds, OURS[name])
    elif size.jobs > ABOVE:
        found = _in_districts(name, problem, seconds, seed)
    else:
        found = run_peer(name, arrays(problem), seconds, seed)
    plan = as_plan(problem, found["routes"])
    violations = checker.check_plan(problem, plan)
    if violations:
        raise RuntimeError(f"plan is not legal: {violations[0].rule}")
    figures = plan.figures
    left = figures.jobs - figures.planned
    over = districts.passed_over(problem, plan)
    return Measured(figures.served_weight, left, figures.travel_hours, over, found["memory"], found.get("first"))


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
    return {
        "travel": model.travel[np.ix_(rows, rows)].astype(np.int32) * model.unit,
        "duration": model.duration[: model.jobs],
        "first": np.array([a.start if a else 0 for a in appointments]),
        "last": np.array([a.end - 1 if a else problem.horizon for a in appointments]),
        "weight": weight,
        "gain": (60 * engine_ours.POINTS * weight).astype(np.int64),
        "grade": np.array([GRADES.index(job.needs[0].code) for job in problem.jobs]),
        "load": np.zeros(model.jobs, dtype=np.int64),
        "required": np.array(False),
        "base": np.array([model.jobs + bases.index(place) for place in places]),
        "begin": np.array([shift.window.start for shift in problem.shifts]),
        "end": np.array([shift.window.end for shift in problem.shifts]),
        "vehicle_grade": np.array([len(shift.members[0].qualifications) - 1 for shift in problem.shifts]),
        "capacity": np.ones(len(places), dtype=np.int64),
    }


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


def solomon_table(folder: Path, names: list[str], seconds: float) -> Iterator[str]:
    """The mean gap to the best known distances, and each solver's worst."""
    every = solomon.read(folder)
    problems, misprinted = [o for o in every if not o.is_misprinted], [o.name for o in every if o.is_misprinted]
    without = f", without {' and '.join(misprinted)}, listed below what is proven" if misprinted else ""
    yield f"{len(problems)} instances of {folder.name}, {seconds:g} s each{without}:\n"
    yield "| solver | mean gap | best known reached | worst gap | instances without a plan |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name in names:
        if name == "Lineup, weights only":
            continue
        gaps, failed = [], []
        for one in problems:
            try:
                found = _customers(name, one, folder, seconds)
                gaps.append((solomon.distance(one, found["routes"]) / (one.best_known or 1) - 1, one.name))
            except (RuntimeError, ValueError) as reason:
                failed.append(f"{one.name} ({str(reason)[-60:]})")
        reached = sum(gap < 5e-5 for gap, _ in gaps)
        worst = max(gaps, default=(float("nan"), "–"))
        mean = statistics.fmean(gap for gap, _ in gaps) if gaps else float("nan")
        cells = [name, f"{mean:.3%}", f"{reached} of {len(gaps)}", f"{worst[0]:.2%} ({worst[1]})"]
        yield f"| {' | '.join(cells)} | {', '.join(failed[:3]) or 'none'} |"


def _customers(name: str, one: solomon.Instance, folder: Path, seconds: float) -> dict:
    if name in OURS:
        return run_ours("solomon", folder, one.name, 1, seconds)
    model, vehicles = solomon.model(one), one.vehicles
    jobs = model.jobs
    return run_peer(
        name,
        {
            "travel": one.travel, "duration": model.duration[:jobs], "first": model.first[:jobs],
            "last": model.last[:jobs], "weight": np.zeros(jobs, int), "gain": np.zeros(jobs, int),
            "grade": np.zeros(jobs, int), "load": model.load, "required": np.array(True),
            "base": np.full(vehicles, jobs), "begin": model.fixed[jobs : jobs + vehicles], "end": model.shift_end,
            "vehicle_grade": np.zeros(vehicles, int), "capacity": np.full(vehicles, one.capacity),
        },
        seconds,
        1,
    )  # fmt: skip


def run_ours(*arguments: object) -> dict:
    return run_module("engine_ours", *arguments)


def run_module(name: str, *arguments: object) -> dict:
    return _answer([sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, arguments)])


def run_peer(name: str, instance: dict[str, np.ndarray], seconds: float, seed: int) -> dict:
    python = _environment_of_peers()
    with tempfile.TemporaryDirectory(prefix="lineup-bench-") as scratch:
        path = Path(scratch) / "instance.npz"
        np.savez(path, allow_pickle=False, seconds=np.array(seconds), seed=np.array(seed), **instance)
        script = str(Path(__file__).with_name("engine_peer.py"))
        return _answer([str(python), script, PEERS[name], str(path)])


def _answer(command: list[str]) -> dict:
    done = subprocess.run(
        command, cwd=peers.ROOT, capture_output=True, text=True, check=False,
        preexec_fn=peers.pinned(min(os.sched_getaffinity(0))),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"failed: {done.stderr.strip()[-120:] or done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _environment_of_peers() -> Path:
    python = CACHE / "bin" / "python"
    wanted, stamp = (peers.ROOT / PINS).read_text(), CACHE / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        peers.run([sys.executable, "-m", "venv", str(CACHE)], peers.ROOT)
        peers.run([str(python), "-m", "pip", "install", "--quiet", "-r", PINS], peers.ROOT)
        stamp.write_text(wanted)
    return python


def day_table(key: str, names: list[str], seeds: range) -> Iterator[str]:
    size, seconds = SIZES[key]
    yield f"{size.name}, {seconds:g} s, mean of {len(seeds)} days:\n"
    yield (
        "| solver | served weight, % | left out | driving, h | passed over | first plan, s | memory |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for name in names:
        try:
            yield day_row(name, size, seconds, seeds)
        except RuntimeError as reason:
            yield f"| {name} | not measured: {reason} | | | | | |"


def main() -> None:
    every = [*OURS, *PEERS]
    parser = argparse.ArgumentParser(description="Measures the engine and its peers.")
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=["small", "medium", "small-twice", "medium-twice"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    parser.add_argument("--solomon", type=Path, help="a folder of instances in Solomon's format")
    parser.add_argument("--solomon-seconds", type=float, default=10.0)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{machine()}\n", flush=True)
    seeds = range(1, options.seeds + 1)
    tables = [day_table(key, options.only, seeds) for key in options.sizes]
    if "Lineup" in options.only:
        days = [SIZES[key][0] for key in options.sizes if not key.endswith("twice")]
        tables += [engine_waits.day_table(days, seeds, run_module)] if days else []
        twice = [SIZES[key] for key in options.sizes if key in AGAIN]
        tables += [engine_again.table(twice, seeds, run_module)] if twice else []
        if options.sizes:
            its = engine_classes
            tables.append(its.table(list(its.DAYS), seeds, its.ITERATIONS, [staging.SHARE, 0.0], run_module))
        tables.append(engine_waits.why_not_table(run_module))
    if options.solomon:
        tables.append(solomon_table(options.solomon, options.only, options.solomon_seconds))
    for table in tables:
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
