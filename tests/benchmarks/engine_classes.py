"""Whether a class is served better when the later ones are taken away, and what searching by class is worth.

    python -m tests.benchmarks.engine_classes [--days small storm ...] [--seeds N] [--iterations N] [--share 0.4 0 ...]

Iterations are counted, so the plans are the same on any machine; seconds are the processor's. A share of 0 searches all
classes at once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from assignments.engine.domain.problem import PriorityClass, Problem
from assignments.engine.rules.scoring import CLASS_WEIGHT, DAY
from assignments.engine.search import anytime, modelling, reading, solver, staging
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout
from tests.benchmarks import instances
from tests.benchmarks.instances import Size

Run = Callable[..., dict]
DAYS: Mapping[str, tuple[Callable[[Size, int], Problem], Size]] = {
    "small": (instances.day, Size(200, 30)),
    "small-twice": (instances.day, Size(200, 30, 2.0)),
    "ten-crews": (instances.day, Size(400, 10, 2.0)),
    "storm": (instances.storm, Size(1_000, 100, 2.0)),
}
ITERATIONS = 30_000


def classes(day: str, seed: int, iterations: int, share: float) -> dict[str, object]:
    """By class: units left out of it and of the more urgent ones, with the later ones and without them; and figures."""
    staging.SHARE = share
    solver.warm_up()
    make, size = DAYS[day]
    problem = make(size, seed)
    began = time.process_time()
    layout, best = _planned(problem, seed, iterations)
    took, together, found = time.process_time() - began, _left(layout, best), {}
    for its in sorted({job.priority for job in problem.jobs})[:-1]:
        alone = replace(problem, jobs=tuple(job for job in problem.jobs if job.priority <= its))
        left = _left(*_planned(alone, seed, iterations))
        found[its.name] = (together[: its + 1], left[: its + 1])
    return {"classes": found, "left": together, "seconds": took, **figures(layout, best)}


def figures(layout: Layout, routes: Routes) -> dict[str, float]:
    """Served weight in percent, and the minutes that customers are out until a day after the horizon at most."""
    problem, plan = layout.problem, reading.read_plan(layout, routes)
    ends = {stop.job_id: stop.end for route in plan.routes for stop in route.stops}
    weights = {job.id: CLASS_WEIGHT[job.priority] for job in problem.jobs}
    served = sum(weight for job_id, weight in weights.items() if job_id in ends) / sum(weights.values())
    late = problem.horizon + DAY
    out = sum(job.customers_out * (ends.get(job.id, late) - problem.now) / 60 for job in problem.jobs)
    return {"served": 100 * served, "customer_minutes": out, "hours": plan.figures.travel_hours}


def _planned(problem: Problem, seed: int, iterations: int) -> tuple[Layout, Routes]:
    layout, routes = solver.begin(modelling.lay_out(problem), seed=seed)
    improver = anytime.Improver(layout, routes, seed=seed, iterations=iterations)
    while not improver.is_done:
        improver.advance()
    return layout, improver.best()


def _left(layout: Layout, best: Routes) -> list[int]:
    # The last class is weighed in points among all, but counts here when it stands last alone.
    jobs = layout.scope.seeds
    left = jobs[best.shift[jobs] < 0]
    units = layout.leaving_out.units[left]
    return [int(units[layout.model.order[left] == its].sum()) for its in PriorityClass]


def table(days: Sequence[str], seeds: range, iterations: int, shares: Sequence[float], run: Run) -> Iterator[str]:
    """Means over the days; `run` starts a module."""
    yield (
        f"{iterations:,} iterations, mean of {len(seeds)} days. *Better alone*: days on which a class, or a more urgent"
        " one, is served better without the later ones (wanted: none).\n"
    )
    yield (
        "| day | share of a class | units left out, most urgent class first | better alone, by class | served weight, %"
        " | customer minutes | driving, h | processor, s |"
    )
    yield "| --- | ---: | --- | --- | ---: | ---: | ---: | ---: |"
    for day in days:
        for share in shares:
            found = [run("engine_classes", day, seed, iterations, share) for seed in seeds]
            yield _row(day, share, found)


def _row(day: str, share: float, found: Sequence[dict]) -> str:
    def mean(key: str) -> float:
        return statistics.fmean(one[key] for one in found)

    left = " / ".join(f"{statistics.fmean(units):.1f}" for units in zip(*(one["left"] for one in found), strict=True))
    alone = [
        f"{name.lower()} {sum(one['classes'][name][1] < one['classes'][name][0] for one in found)}"
        for name in found[0]["classes"]
    ]
    name = f"{day}, {DAYS[day][1].name}"
    return (
        f"| {name} | {share:g} | {left} | {', '.join(alone)} of {len(found)} | {mean('served'):.2f} "
        f"| {mean('customer_minutes'):,.0f} | {mean('hours'):.1f} | {mean('seconds'):.2f} |"
    )


def main() -> None:
    if len(sys.argv) == 5 and sys.argv[1] in DAYS:
        day, seed, iterations, share = sys.argv[1:]
        print(json.dumps(classes(day, int(seed), int(iterations), float(share))))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", nargs="+", choices=DAYS, default=list(DAYS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--share", type=float, nargs="+", default=[staging.SHARE, 0.0])
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    # Here one process is enough.
    for line in table(options.days, seeds, options.iterations, options.share, lambda _, *rest: classes(*rest)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
