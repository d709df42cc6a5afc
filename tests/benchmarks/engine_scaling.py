"""Growth of the first plan, of memory and of a step's cost with the day, and the worth of searching by sectors.

    python -m tests.benchmarks.engine_scaling [--sizes small medium large huge] [--seconds 20] [--seed 1]

Seconds are the processor's, of one thread; each day has a process of its own. A day with a shown plan is the same day
once its first plan is what people see.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from assignments.engine.search import anytime, modelling, reading, sectors, solver
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout
from tests.benchmarks import instances
from tests.benchmarks.instances import Size
from tests.shown import as_shown

SIZES = {
    "small": Size(200, 30),
    "medium": Size(1_000, 100),
    "thousands": Size(3_000, 200),
    "large": Size(10_000, 500),
    "huge": Size(20_000, 1_000),
}


def first_plan(key: str, seed: int, *, shown: bool) -> dict[str, float]:
    """Seconds from the problem to its first plan, and the peak of memory by then."""
    solver.warm_up()
    problem = instances.day(SIZES[key], seed)
    if shown:
        layout = modelling.lay_out(problem)
        seen = as_shown(reading.read_plan(layout, solver.first_routes(layout, seed=seed)))
        problem = replace(problem, shown=seen)
    began = time.process_time()
    solver.begin(modelling.lay_out(problem), seed=seed)
    took = time.process_time() - began
    return {"seconds": took, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def searched(key: str, seed: int, seconds: float, *, divided: bool) -> dict[str, float]:
    """Steps a second, and the plan after so many seconds."""
    solver.warm_up()
    if not divided:
        sectors.TOGETHER = 10**9
    layout, routes = _begun(key, seed)
    improver = anytime.Improver(layout, routes, seed=seed, seconds=seconds, clock=time.process_time, threads=1)
    while not improver.is_done:
        standing = improver.advance()
    figures = reading.figures(layout, improver.best())
    left = figures.jobs - figures.planned
    return {
        "steps": standing.iterations / seconds,
        "served": figures.served_weight,
        "left": left,
        "hours": figures.travel_hours,
    }


def _begun(key: str, seed: int) -> tuple[Layout, Routes]:
    return solver.begin(modelling.lay_out(instances.day(SIZES[key], seed)), seed=seed)


def table(keys: list[str], seed: int, seconds: float) -> Iterator[str]:
    """A line for each size."""
    yield f"Seed {seed}; searched for {seconds:g} s. Served weight in %, left out, hours driven.\n"
    yield (
        "| day | first plan, s | with a shown plan, s | memory, MB | steps a second, undivided | by sectors"
        " | plan, undivided | by sectors |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |"
    for key in keys:
        alone, shown = (_run("first", key, seed, how) for how in ("alone", "shown"))
        whole, parts = (_run("searched", key, seed, seconds, how) for how in ("whole", "sectors"))
        plans = (f"{one['served']:.1f}, {one['left']:,.0f}, {one['hours']:,.0f}" for one in (whole, parts))
        yield (
            f"| {SIZES[key].name} | {alone['seconds']:.2f} | {shown['seconds']:.2f} | {alone['memory'] / 1e6:,.0f} "
            f"| {whole['steps']:,.0f} | {parts['steps']:,.0f} | {' | '.join(plans)} |"
        )


def _run(*arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.engine_scaling", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    if sys.argv[1:2] == ["first"]:
        _, key, seed, how = sys.argv[1:]
        print(json.dumps(first_plan(key, int(seed), shown=how == "shown")))
        return
    if sys.argv[1:2] == ["searched"]:
        _, key, seed, seconds, how = sys.argv[1:]
        print(json.dumps(searched(key, int(seed), float(seconds), divided=how == "sectors")))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for line in table(options.sizes, options.seed, options.seconds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
