"""Measures what breaks cost the joint plan: days without one, and the same days with a meal break for every crew.

    python -m tests.benchmarks.engine_breaks [--sizes small medium] [--seeds N]

Every plan is proved by our checker.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assignments.engine.domain.plans import Figures
from assignments.engine.domain.problem import Break, Problem, RuleData
from assignments.engine.rules import checker
from assignments.engine.search import anytime, modelling, reading, solver
from tests.benchmarks import instances
from tests.benchmarks.engine import SIZES
from tests.benchmarks.streams import machine

_MINUTE = 60
MEAL = Break("meal break", 30 * _MINUTE, earliest=210 * _MINUTE, latest=360 * _MINUTE, after=360 * _MINUTE)
"""Half an hour, begun between three and a half and six hours into the shift; 5 to 6 % of it."""
WITH: Mapping[str, tuple[Break, ...]] = {
    "no break": (),
    "a meal break": (MEAL,),
    "the same at the base": (replace(MEAL, at_base=True),),
}


@dataclass(frozen=True, slots=True)
class _Planned:
    """One plan; seconds, and steps of the search a second."""

    figures: Figures
    first: float
    pace: float


def measure(problem: Problem, seconds: float, seed: int) -> _Planned:
    """Raises RuntimeError for a plan that is not legal."""
    began = time.perf_counter()
    layout = modelling.lay_out(problem)
    start = solver.first_routes(layout, seed=seed, stop=lambda: True)
    first = time.perf_counter() - began
    improver = anytime.Improver(layout, start, seed=seed, seconds=max(0.1, seconds - first))
    searched = time.perf_counter()
    while not improver.is_done:
        standing = improver.advance()
    pace = standing.iterations / (time.perf_counter() - searched)
    plan = reading.read_plan(layout, improver.best())
    if broken := checker.check_plan(problem, plan):
        raise RuntimeError(f"plan is not legal: {broken[0].rule}")
    return _Planned(plan.figures, first, pace)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="*", default=["small", "medium"], choices=SIZES)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}\n")
    print("| day | breaks | served % | left out | hours driven | first plan, s | steps a second |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    solver.warm_up()
    for name in options.sizes:
        size, seconds = SIZES[name].size, SIZES[name].seconds
        for told, rests in WITH.items():
            days = (replace(instances.day(size, seed), rules=RuleData(breaks=rests)) for seed in range(options.seeds))
            found = [measure(day, seconds, seed) for seed, day in enumerate(days)]
            print(f"| {size.name} | {told} | {' | '.join(_means(found))} |")


def _means(found: Sequence[_Planned]) -> Iterator[str]:
    yield f"{statistics.fmean(one.figures.served_weight for one in found):.2f}"
    yield f"{statistics.fmean(one.figures.jobs - one.figures.planned for one in found):,.0f}"
    yield f"{statistics.fmean(one.figures.travel_hours for one in found):,.0f}"
    yield f"{statistics.fmean(one.first for one in found):.2f}"
    yield f"{statistics.fmean(one.pace for one in found):,.0f}"


if __name__ == "__main__":
    main()
