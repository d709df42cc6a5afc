"""Whether a class is served better when the later ones are taken away; in the end it should not be.

python -m tests.benchmarks.engine_classes JOBS CREWS LOAD SEED SECONDS
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from assignments.engine.domain.problem import PriorityClass, Problem
from assignments.engine.search import anytime, modelling, solver
from tests.benchmarks import instances
from tests.benchmarks.instances import Size

Run = Callable[..., dict]


def classes(size: Size, seed: int, seconds: float) -> Mapping[str, object]:
    """By class: units left out of it and of the more urgent ones, with the later ones and without them."""
    solver.warm_up()
    problem = instances.day(size, seed)
    together = _left(problem, seed, seconds)
    found = {}
    for its in sorted({job.priority for job in problem.jobs})[:-1]:
        alone = replace(problem, jobs=tuple(job for job in problem.jobs if job.priority <= its))
        found[its.name] = (together[: its + 1], _left(alone, seed, seconds)[: its + 1])
    return {"classes": found}


def _left(problem: Problem, seed: int, seconds: float) -> list[int]:
    layout, routes = solver.begin(modelling.lay_out(problem), seed=seed)
    improver = anytime.Improver(layout, routes, seed=seed, seconds=seconds)
    while not improver.is_done:
        improver.advance()
    # The last class is weighed in points among all, but counts here when it stands last alone.
    jobs, best = layout.scope.seeds, improver.best()
    left = jobs[best.shift[jobs] < 0]
    units = layout.leaving_out.units[left]
    return [int(units[layout.model.order[left] == its].sum()) for its in PriorityClass]


def table(days: Sequence[tuple[Size, float]], seeds: range, run: Run) -> Iterator[str]:
    """Days on which a class was served better alone, and mean units left out; `run` starts a module."""
    yield (
        f"Units of class left out, with the later classes and without them, mean of {len(seeds)} days, and the"
        " days on which the class, or a more urgent one, is served better without (wanted: none):\n"
    )
    yield "| day | class | together | alone | served better alone |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for size, seconds in days:
        found = [run("engine_classes", size.jobs, size.crews, size.load, seed, seconds)["classes"] for seed in seeds]
        for name in found[0]:
            pairs = [one[name] for one in found]
            together, alone = (statistics.fmean(pair[at][-1] for pair in pairs) for at in (0, 1))
            better = sum(pair[1] < pair[0] for pair in pairs)
            units = f"{together:.1f} | {alone:.1f} | {better} of {len(pairs)}"
            yield f"| {size.name}, {seconds:g} s | {name.lower()} | {units} |"


def main() -> None:
    jobs, crews, load, seed, seconds = sys.argv[1:]
    print(json.dumps(classes(Size(int(jobs), int(crews), float(load)), int(seed), float(seconds))))


if __name__ == "__main__":
    main()
