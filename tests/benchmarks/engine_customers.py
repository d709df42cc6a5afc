"""Published instances of customers and technicians: gaps to the best known costs, ours and the peers' beside them."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks import solomon
from tests.benchmarks.engine_ours import READERS
from tests.benchmarks.engine_runs import OURS, run_ours, run_peer
from tests.benchmarks.routing import RoutingDay


def table(form: str, folder: Path, names: Sequence[str], seconds: float, only: Sequence[str] = ()) -> Iterator[str]:
    """The mean gap to the best known costs, by class of instances too, and each solver's worst.

    Where none is known, the best of the solvers in this run stands for it.
    """
    every = [one for one in READERS[form](folder) if not only or one.name in only]
    misprinted = [one.name for one in every if solomon.is_misprinted(one)]
    problems = [one for one in every if one.name not in misprinted]
    without = f", without {' and '.join(misprinted)}, listed below what is proven" if misprinted else ""
    solvers = [name for name in names if name != "Lineup, weights only"]
    found = {name: {one.name: _cost(name, one, form, folder, seconds) for one in problems} for name in solvers}
    best = {one.name: one.best_known or _best(found, one.name) for one in problems}
    classes = sorted({class_of(one) for one in best})
    yield f"{len(problems)} instances of {folder.name}, {seconds:g} s each{without}:\n"
    yield f"| solver | mean gap | {' | '.join(classes)} | best known reached | worst gap | without a plan |"
    yield f"| --- | ---: |{' ---: |' * len(classes)} ---: | ---: | --- |"
    for name, its in found.items():
        yield _row(name, classes, {one: far / best[one] - 1 for one, far in its.items() if far is not None}, its)


def class_of(name: str) -> str:
    """Letters and the digit after them, of whatever was made of Solomon's customers: C1, C2, R1, R2, RC1, RC2."""
    found = re.search(r"RC?\d|C\d", name.upper())
    return found[0] if found else name


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


def _cost(name: str, one: RoutingDay, form: str, folder: Path, seconds: float) -> float | None:
    """The cost of the solver's plan, proved; None where it has none."""
    try:
        if name in OURS:
            return one.cost(run_ours(form, folder, one.name, 1, seconds)["routes"])
        return one.cost(run_peer(name, one.for_peers(), seconds, 1)["routes"])
    except (RuntimeError, ValueError):
        return None
