"""Waiting times of a manager: the tables of Lineup alone, each with the seconds that are wanted."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

from tests.benchmarks.instances import Size

TOP = {200: 0.1, 1_000: 1.0, 10_000: 30.0}
"""By jobs of the day: in how many seconds every job should have its five best crews, with reasons."""
FIRST = {200: 0.05, 1_000: 0.1, 10_000: 2.0}
"""... and the day a first complete plan."""
WHY_NOT = 0.3
"""In how many seconds all crews of a district of 1,000 orders and 100 crews should be answered for."""
MEMORY = 1e9

Run = Callable[..., dict]


def day_table(sizes: Sequence[Size], seeds: range, run: Run) -> Iterator[str]:
    """Means over the seeds; memory is the largest. `run` starts a module with arguments and gives what it printed."""
    yield f"What a manager waits for, mean of {len(seeds)} days (wanted):\n"
    yield "| day | five best crews for every job, with reasons | first complete plan | memory |"
    yield "| --- | ---: | ---: | ---: |"
    for size in sizes:
        found = [run("engine_ours", "waits", size.jobs, size.crews, size.load, seed) for seed in seeds]
        top, first = (statistics.fmean(one[what] for one in found) for what in ("top", "first"))
        memory = max(one["memory"] for one in found)
        yield (
            f"| {size.name} | {top:.2f} s ({TOP[size.jobs]:g}) | {first:.2f} s ({FIRST[size.jobs]:g}) "
            f"| {memory / 1e6:,.0f} MB ({MEMORY / 1e6:,.0f}) |"
        )


def why_not_table(run: Run, orders: int = 1_000, crews: int = 100, asked: int = 100) -> Iterator[str]:
    """One order and all crews, from the database to the words."""
    found = run("engine_whynot", orders, crews, asked)
    seconds = found["seconds"]
    yield f"Why not, {orders:,} orders, {crews} crews, SQLite; {asked} orders asked about, each for every crew:\n"
    yield "| median | p95 | longest (wanted) | queries | pairs that are legal | refusals with a fix |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    p95 = seconds[int(0.95 * (len(seconds) - 1))]
    fixed = found["fixes"] / max(1e-9, 1 - found["legal"])
    yield (
        f"| {1000 * statistics.median(seconds):.0f} ms | {1000 * p95:.0f} ms "
        f"| {1000 * seconds[-1]:.0f} ms ({1000 * WHY_NOT:.0f}) | {found['queries']} "
        f"| {found['legal']:.0%} | {fixed:.0%} |"
    )
