"""Proves the search on small days, of which the best plan is known, and the objective by what must hold of the best.

    python -m tests.proofs.small [--days 1000] [--jobs 6] [--shifts 3] [--iterations 3000] [--seed N]

Of each day: how far the plan found is from the best one; that another crew, hour or permit makes the best plan no
worse; that no work but the least urgent is left out of it though it fits, and that only where its absence costs less;
that more customers out at one place and time are served no later; that no class is served better when the later ones
are taken away. `--seed` looks at one day alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assignments.engine.domain.problem import (
    CrewShift,
    Equipment,
    HeldQualification,
    Level,
    PermitState,
    PriorityClass,
    Problem,
    Window,
)
from assignments.engine.rules.scoring import CLASS_WEIGHT
from assignments.engine.search import anytime, comparing, modelling, solver
from assignments.engine.search.comparing import Worth
from assignments.engine.search.kernel import Routes
from assignments.engine.search.leaving_out import KEPT
from assignments.engine.search.modelling import Layout
from tests.builders import CODES, HOUR, a_member, a_random_problem, a_shift
from tests.proofs import optimum
from tests.proofs.optimum import Optimum, plain

MEAN, WORST = 0.005, 0.05
"""Wanted at most: the mean and the worst gap to the best plan's points, of plans that serve the classes as well."""
LEAST_ABSENCE = KEPT * CLASS_WEIGHT[PriorityClass.LOW] * 30
"""Points that the absence of any work costs: four hours of driving, or 80 minutes of overtime."""
_SAME = 1e-6


@dataclass(slots=True)
class Day:
    """Findings of one day."""

    seed: int
    gap: float = 0.0
    """To the points of the best plan."""
    by_class: bool = True
    """Whether the plan serves the classes as well as the best one."""
    dear: bool = False
    """Whether the best plan leaves out what fits beside it, because its absence costs less."""
    broken: list[str] = field(default_factory=list)


def a_day(seed: int, jobs: int, shifts: int) -> Problem:
    """Every other day has half shifts, so that much is left out."""
    day = plain(a_random_problem(seed, jobs, shifts))
    return replace(day, shifts=tuple(_cut(shift) for shift in day.shifts)) if seed % 2 else day


def _cut(shift: CrewShift) -> CrewShift:
    return replace(shift, window=Window(shift.window.start, shift.window.start + 4 * HOUR))


def prove_day(seed: int, *, jobs: int = 6, shifts: int = 3, iterations: int = 3000) -> Day:
    """The plan found and the best one of the day."""
    problem, found = a_day(seed, jobs, shifts), Day(seed)
    layout, routes = improved(problem, iterations)
    worth, best = comparing.of(layout, anytime.copied(routes)), optimum.of(layout)
    if worth > _a_little_better(best.worth):
        found.broken.append(f"the plan found, {worth}, is better than the best, {best.worth}")
    found.by_class = worth.served == best.worth.served
    if found.by_class and best.worth.points:
        found.gap = max(0.0, (best.worth.points - worth.points) / -best.worth.points)
    found.dear = bool(best.left_though_fitting)
    found.broken += _absence_pays(layout, best)
    for more, day in eased(problem):
        easier = optimum.of(modelling.lay_out(day)).whole
        if best.whole > _a_little_better(easier):
            found.broken.append(f"with {more} the best plan is worse: {best.whole}, then {easier}")
    found.broken += _customers_first(problem, iterations)
    found.broken += _better_alone(layout, routes, iterations)
    return found


def _absence_pays(layout: Layout, best: Optimum) -> list[str]:
    """Work that is left out though it fits, but for what docs/objective.md proves: of the last class alone, and only
    where serving it costs more points than its absence."""
    found = []
    for one in best.left_though_fitting:
        absence, number = float(layout.leaving_out.points[one.row]), layout.problem.jobs[one.row].number
        if layout.model.order[one.row] < max(PriorityClass):
            found.append(f"{number} is left out though it fits, and is not of the last class")
        if absence < LEAST_ABSENCE or one.price < absence - _SAME:
            found.append(f"the absence of {number} costs {absence}, serving it {one.price}")
    return found


def improved(problem: Problem, iterations: int) -> tuple[Layout, Routes]:
    """The plan that the search finds."""
    layout, routes = solver.begin(modelling.lay_out(problem))
    improver = anytime.Improver(layout, routes, iterations=iterations)
    while not improver.is_done:
        improver.advance()
    return layout, improver.best()


def eased(problem: Problem) -> Iterator[tuple[str, Problem]]:
    """The day with more to do its work with."""
    # As able as any, so that no other crew's skills become rarer by it.
    held = [HeldQualification(code, Level.MASTER) for code in CODES]
    crew = a_shift(
        99,
        window=Window(7 * HOUR, 15 * HOUR),
        members=tuple(replace(a_member(990 + n), qualifications=tuple(held)) for n in range(4)),
        equipment=(Equipment("BUCKET"), Equipment("DIGGER")),
        territories=frozenset({"NORTH", "SOUTH"}),
    )
    yield "another crew", replace(problem, shifts=(*problem.shifts, crew))
    longer = (replace(one, window=Window(one.window.start, one.window.end + HOUR)) for one in problem.shifts)
    yield "another hour", replace(problem, shifts=tuple(longer))
    issued = (
        replace(job, permits=tuple(replace(p, state=PermitState.LIVE) for p in job.permits)) for job in problem.jobs
    )
    yield "all permits", replace(problem, jobs=tuple(issued))


def _customers_first(problem: Problem, iterations: int) -> list[str]:
    first, *others, last = problem.jobs
    more = replace(first, id=last.id, number=last.number, customers_out=first.customers_out + 500)
    layout, routes = improved(replace(problem, jobs=(first, *others, more)), iterations)
    fewer, many = 0, len(problem.jobs) - 1
    if routes.shift[fewer] < 0:
        return []
    in_order = routes.shift[many] >= 0 and routes.early[many] <= routes.early[fewer]
    return [] if in_order else [f"more customers out are served later than {layout.problem.jobs[fewer].number}"]


def _better_alone(layout: Layout, routes: Routes, iterations: int) -> list[str]:
    together, found = comparing.of(layout, anytime.copied(routes)).served, []
    for its in sorted({job.priority for job in layout.problem.jobs})[:-1]:
        jobs = tuple(job for job in layout.problem.jobs if job.priority <= its)
        alone = comparing.of(*improved(replace(layout.problem, jobs=jobs), iterations)).served
        if alone[: its + 1] > together[: its + 1]:
            found.append(f"{its.name.lower()} work is served better alone: {alone}, {together}")
    return found


def _a_little_better(worth: Worth) -> Worth:
    return worth._replace(points=worth.points + _SAME * max(1.0, abs(worth.points)))


def summary(days: list[Day]) -> str:
    """The gaps and what was broken, in a line for each."""
    gaps = [day.gap for day in days if day.by_class]
    worst = max(days, key=lambda day: day.gap)
    worse = [day.seed for day in days if not day.by_class]
    broken = [f"seed {day.seed}: {what}" for day in days for what in day.broken]
    optimal = sum(day.by_class and day.gap < _SAME for day in days)
    return "\n".join(
        [
            f"{len(days):,} days, {optimal:,} of them with the best plan. Worse by class: {len(worse)} {worse[:10]}.",
            f"Gap in points: mean {statistics.fmean(gaps):.3%} (wanted {MEAN:.1%}).",
            f"Worst gap: {worst.gap:.2%} (seed {worst.seed}; wanted {WORST:.0%}).",
            f"Days on which low work that fits is left out, its absence costing less: {sum(day.dear for day in days)}.",
            f"Broken: {len(broken)}",
            *broken[:20],
        ]
    )


def holds(days: list[Day]) -> bool:
    """Whether all is as wanted."""
    gaps = [day.gap for day in days]
    good = all(day.by_class and not day.broken for day in days)
    return good and statistics.fmean(gaps) <= MEAN and max(gaps) <= WORST


def main() -> int:
    parser = argparse.ArgumentParser(description="Proves the search on small days, of which the best plan is known.")
    parser.add_argument("--days", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--shifts", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=3_000)
    parser.add_argument("--seed", type=int, help="one day alone")
    options = parser.parse_args()
    seeds = range(options.days) if options.seed is None else [options.seed]
    size = {"jobs": options.jobs, "shifts": options.shifts, "iterations": options.iterations}
    days = [prove_day(seed, **size) for seed in seeds]
    print(summary(days))
    return 0 if holds(days) else 1


if __name__ == "__main__":
    sys.exit(main())
