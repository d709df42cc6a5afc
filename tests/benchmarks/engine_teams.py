"""Measures how much teams formed anew are worth, on small days: some of 14 jobs need a second crew; five crews.

    python -m tests.benchmarks.engine_teams [--days 30] [--trials 150]

Each day is compared with the best that searches of other seeds and twice the trials find, which stands for the optimum.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import replace

from assignments.engine import jointly
from assignments.engine.domain.problem import CrewNeed, Problem, QualificationNeed
from assignments.engine.rules import checker
from assignments.engine.search.comparing import Worth
from assignments.engine.teaming import TeamSearch
from tests.benchmarks import instances
from tests.benchmarks.instances import Size

SIZE = Size(14, 5, 1.6)
SEEDS = 3
_SAME = 1.0
"""Points."""


def day(seed: int) -> Problem:
    """A small day on which about a third of the jobs need a second crew."""
    draw, quiet = random.Random(f"teams {seed}"), instances.day(SIZE, seed)
    jobs = []
    for job in quiet.jobs:
        need = CrewNeed("second crew", (QualificationNeed(draw.choice(["Q1", "Q1", "Q2"])),), 1, frozenset())
        jobs.append(replace(job, further_crews=(need,)) if draw.random() < 0.3 else job)
    return replace(quiet, jobs=tuple(jobs))


def searched(problem: Problem, seed: int, trials: int) -> tuple[TeamSearch, Worth]:
    """The search after its trials, and the worth before them."""
    joint = jointly.place(problem)
    if joint is None:
        raise RuntimeError("nothing stopped it")
    search = TeamSearch(joint, seed=seed)
    before = search.worth
    for _ in range(trials):
        search.trial()
    return search, before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--trials", type=int, default=150)
    options = parser.parse_args()
    for line in table(options.days, options.trials):
        print(line, flush=True)


def table(days: int, trials: int) -> Iterator[str]:
    """A line for each day that is not as good as the best known in the end, then the counts."""
    as_good, as_classes, units, took = [0, 0], [0, 0], [0, 0, 0], 0.0
    for seed in range(days):
        problem, began = day(seed), time.process_time()
        search, before = searched(problem, 0, trials)
        took += time.process_time() - began
        if checker.check_plan(problem, search.joint.whole(search.joint.read(search.joint.routes))):
            raise RuntimeError(f"seed {seed}: the plan is not legal")
        others = (searched(problem, other, 2 * trials)[0].worth for other in range(1, SEEDS))
        best = max(search.worth, *others)
        for at, its in enumerate((before, search.worth)):
            as_good[at] += its.served == best.served and best.points - its.points < _SAME
            as_classes[at] += its.served == best.served
        for at, its in enumerate((before, search.worth, best)):
            units[at] -= sum(its.served)
        if best != search.worth:
            yield f"seed {seed}: {search.worth}, best known {best}"
    yield f"{days} days, {trials} trials, {took / days:.2f} s of the processor a day. Before trials, then after:"
    yield f"as good as the best known: {as_good[0]}, {as_good[1]}; by class: {as_classes[0]}, {as_classes[1]}"
    yield f"units left out, the last class aside: {units[0]}, {units[1]}, best known {units[2]}"


if __name__ == "__main__":
    main()
