"""Solomon's and Homberger's customers: the gaps to the best known distances, ours and the peers' beside them."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks import solomon
from tests.benchmarks.engine_runs import OURS, run_ours, run_peer


def table(folder: Path, names: Sequence[str], seconds: float, only: Sequence[str] = ()) -> Iterator[str]:
    """The mean gap to the best known distances, by class of instances too, and each solver's worst.

    Where no distance is known, the best of the solvers in this run stands for it.
    """
    every = [one for one in solomon.read(folder) if not only or one.name in only]
    problems, misprinted = [o for o in every if not o.is_misprinted], [o.name for o in every if o.is_misprinted]
    without = f", without {' and '.join(misprinted)}, listed below what is proven" if misprinted else ""
    solvers = [name for name in names if name != "Lineup, weights only"]
    found = {name: {one.name: _distance(name, one, folder, seconds) for one in problems} for name in solvers}
    best = {one.name: one.best_known or _best(found, one.name) for one in problems}
    classes = sorted({class_of(one) for one in best})
    yield f"{len(problems)} instances of {folder.name}, {seconds:g} s each{without}:\n"
    yield f"| solver | mean gap | {' | '.join(classes)} | best known reached | worst gap | without a plan |"
    yield f"| --- | ---: |{' ---: |' * len(classes)} ---: | ---: | --- |"
    for name, its in found.items():
        yield _row(name, classes, {one: far / best[one] - 1 for one, far in its.items() if far is not None}, its)


def class_of(name: str) -> str:
    """Letters and the digit after them: C1, C2, R1, R2, RC1, RC2."""
    letters = name.rstrip("0123456789_")
    letters = "".join(one for one in letters if one.isalpha())
    return letters + next((one for one in name if one.isdigit()), "")


def _row(name: str, classes: Sequence[str], gaps: dict[str, float], its: dict[str, float | None]) -> str:
    by_class = defaultdict(list)
    for one, gap in gaps.items():
        by_class[class_of(one)].append(gap)
    worst = max(((gap, one) for one, gap in gaps.items()), default=(float("nan"), "–"))
    failed = [one for one, far in its.items() if far is None]
    cells = [name, _mean(list(gaps.values())), *(_mean(by_class[its]) for its in classes)]
    cells += [f"{sum(gap < 5e-5 for gap in gaps.values())} of {len(gaps)}", f"{worst[0]:.2%} ({worst[1]})"]
    return f"| {' | '.join(cells)} | {', '.join(failed) or 'none'} |"


def _mean(gaps: Sequence[float]) -> str:
    return f"{statistics.fmean(gaps):.3%}" if gaps else "–"


def _best(found: dict[str, dict[str, float | None]], name: str) -> float:
    return min(far for its in found.values() if (far := its[name]) is not None)


def _distance(name: str, one: solomon.Instance, folder: Path, seconds: float) -> float | None:
    """The distance of the solver's plan, proved; None where it has none."""
    try:
        return solomon.distance(one, _customers(name, one, folder, seconds)["routes"])
    except (RuntimeError, ValueError):
        return None


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
