"""A second press of *Suggest*: how many of the shown orders move, as the product plans.

python -m tests.benchmarks.engine_again JOBS CREWS LOAD SEED SECONDS
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from assignments.engine import planning
from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import Problem
from assignments.engine.planning import ResultBatch
from assignments.engine.ranking import changes
from assignments.engine.search import solver
from tests.benchmarks import instances
from tests.benchmarks.instances import Size
from tests.shown import as_shown

WANTED = 0.02
"""Share of the shown orders that may move for one new order."""

Run = Callable[..., dict]


def again(size: Size, seed: int, seconds: float) -> Mapping[str, object]:
    """Orders moved by a second plan: from nothing, from what is shown, and with one more order."""
    solver.warm_up()
    full = instances.day(size, seed)
    without = replace(full, jobs=full.jobs[:-1])
    shown = as_shown(_plan(without, seed, seconds))

    def moved(problem: Problem, plan: Plan) -> tuple[int, int]:
        found = changes.moved(replace(problem, shown=shown), plan)
        return len(found), sum(one.team != one.shown.team for one in found)

    more = _result(replace(full, shown=shown), seed + 1, seconds)
    afresh = _plan(full, seed + 1, seconds)
    unchanged = replace(without, shown=shown, unchanged=True)
    return {
        "shown": len(shown),
        "afresh": moved(without, _plan(without, seed + 1, seconds)),
        "unchanged": moved(without, _plan(unchanged, seed + 1, seconds)),
        "more_afresh": moved(full, afresh),
        "more": moved(full, more.plan or afresh),
        "served_afresh": afresh.figures.served_weight,
        "served": more.plan.figures.served_weight if more.plan else 0.0,
    }


def _plan(problem: Problem, seed: int, seconds: float) -> Plan:
    plan = _result(problem, seed, seconds).plan
    if plan is None:
        raise RuntimeError("There is no plan.")
    return plan


def _result(problem: Problem, seed: int, seconds: float) -> ResultBatch:
    return list(planning.plan(problem, lead=0, seed=seed, seconds=seconds))[-1]


def table(days: Sequence[tuple[Size, float]], seeds: range, run: Run) -> Iterator[str]:
    """Means over the seeds; `run` starts a module with arguments and gives what it printed."""
    yield (
        f"Orders that a second press moves, in brackets those to another crew; mean of {len(seeds)} days. Wanted: none"
        f" with nothing changed, and {WANTED:.0%} to another crew for one new order:\n"
    )
    yield (
        "| day | shown | nothing changed, from nothing | from what is shown | one new order, from nothing"
        " | from what is shown | served weight of both, % |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for size, seconds in days:
        found = [run("engine_again", size.jobs, size.crews, size.load, seed, seconds) for seed in seeds]
        cells = [f"{statistics.fmean(one['shown'] for one in found):,.0f}"]
        for what in ("afresh", "unchanged", "more_afresh", "more"):
            orders, crews = (statistics.fmean(one[what][at] for one in found) for at in (0, 1))
            cells.append(f"{orders:,.0f} ({crews:,.0f})")
        served = [statistics.fmean(one[what] for one in found) for what in ("served_afresh", "served")]
        cells.append(" / ".join(f"{one:.1f}" for one in served))
        yield f"| {size.name}, {seconds:g} s | {' | '.join(cells)} |"


def main() -> None:
    jobs, crews, load, seed, seconds = sys.argv[1:]
    print(json.dumps(again(Size(int(jobs), int(crews), float(load)), int(seed), float(seconds))))


if __name__ == "__main__":
    main()
