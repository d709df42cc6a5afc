"""Plans working days in a row, and tells whether anything is left for ever.

    python -m tests.benchmarks.weeks [--days N] [--orders N] [--crews N] [--iterations N] [--seeds N]

Orders come in every day, a little more than the crews can do; what a day's plan serves is done, the rest waits for the
next day. A plan is improved for so many iterations, so that the same seed gives the same weeks on any machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import Job, PriorityClass, Problem
from assignments.engine.search import solver
from tests.benchmarks import instances
from tests.benchmarks.instances import CLASSES, HOUR, Size

DAY = 24 * HOUR
EVENING = 17 * HOUR
WITHIN = {PriorityClass.HIGH: (1, 3), PriorityClass.NORMAL: (2, 10), PriorityClass.LOW: (5, 21)}
"""Days in which work of the class is to be done."""
WARM_UP = 5
"""Days before anything is counted: the first ones begin without a backlog."""

Planned = Callable[[Problem], Plan]


def half_overdue(seed: int, size: Size = Size(150, 20, 1.25)) -> Problem:  # noqa: B008
    """A day on which half of the orders are one to twelve days overdue, and half are due in about three weeks."""
    draw = random.Random(f"half overdue {seed}")

    def due(job: Job) -> Job:
        on = -draw.randrange(1, 13) if draw.random() < 0.5 else draw.randrange(18, 22)
        return replace(job, due=on * DAY + EVENING)

    problem = instances.day(size, seed)
    return replace(problem, jobs=tuple(due(job) for job in problem.jobs))


def served_by_due(planned: Planned, seeds: Iterable[int]) -> Mapping[tuple[PriorityClass, str], float]:
    """Shares of the work that is planned on days half overdue, by class and by whether it is overdue."""
    found: dict[tuple[PriorityClass, str], list[bool]] = defaultdict(list)
    for seed in seeds:
        problem = half_overdue(seed)
        left = {one.job_id for one in planned(problem).left_out}
        for job in problem.jobs:
            found[job.priority, "overdue" if job.due < 0 else "due later"].append(job.id not in left)
    return {key: statistics.fmean(served) for key, served in found.items()}


@dataclass(frozen=True, slots=True)
class Done:
    """An order that was done, or was open at the end; days after its due date, at most 0 when in time."""

    priority: PriorityClass
    late: int
    is_done: bool


def weeks(planned: Planned, *, days: int, size: Size, seed: int) -> list[Done]:
    """All orders that came in after the warm-up."""
    draw, found = random.Random(f"weeks {seed}"), []
    backlog: list[tuple[Job, int, int]] = []
    for today in range(days):
        problem = instances.day(size, 1_000 * seed + today)
        for job in problem.jobs:
            due = today + draw.randint(*WITHIN[job.priority])
            backlog.append((replace(job, id=10_000 * today + job.id), today, due))
        jobs = tuple(replace(job, due=(due - today) * DAY + EVENING) for job, _, due in backlog)
        left = {one.job_id for one in planned(replace(problem, jobs=jobs)).left_out}
        found += [
            Done(job.priority, today - due, is_done=True)
            for job, came, due in backlog
            if job.id not in left and came >= WARM_UP
        ]
        backlog = [one for one in backlog if one[0].id in left]
    return found + [Done(job.priority, days - 1 - due, is_done=False) for job, came, due in backlog if came >= WARM_UP]


def rows(found: Sequence[Done]) -> Iterable[str]:
    for its in CLASSES:
        of_class = [one for one in found if one.priority is its]
        # What is open and not yet due says nothing about its time.
        settled = [one for one in of_class if one.is_done or one.late > 0]
        in_time = statistics.fmean(one.late <= 0 for one in settled) if settled else 1.0
        late = [one.late for one in of_class if one.is_done and one.late > 0]
        waiting = [one.late for one in of_class if not one.is_done and one.late > 0]
        yield (
            f"| {its.name.lower()} | {len(of_class):,} | {100 * in_time:.1f} | {len(late):,} | {max(late, default=0)} "
            f"| {len(waiting):,} | {max(waiting, default=0)} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Plans working days in a row.")
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--orders", type=int, default=60)
    parser.add_argument("--crews", type=int, default=8)
    parser.add_argument("--load", type=float, default=1.05)
    parser.add_argument("--iterations", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    def planned(problem: Problem) -> Plan:
        return solver.improve(problem, iterations=options.iterations)

    size = Size(options.orders, options.crews, options.load)
    print(f"Half of 150 orders overdue, 20 crews, {options.iterations:,} iterations; planned, %:\n")
    print("| class | overdue | due in three weeks |\n| --- | ---: | ---: |")
    served = served_by_due(planned, range(1, options.seeds + 1))
    for its in CLASSES:
        print(f"| {its.name.lower()} | {100 * served[its, 'overdue']:.0f} | {100 * served[its, 'due later']:.0f} |")
    print(
        f"\n{options.days} working days, {options.orders} orders a day, {options.crews} crews, {options.seeds} runs:\n"
    )
    print("| class | orders | done in time, % | done late | days late at most | open and overdue | days at most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    found = [one for seed in range(options.seeds) for one in weeks(planned, days=options.days, size=size, seed=seed)]
    for row in rows(found):
        print(row)


if __name__ == "__main__":
    main()
