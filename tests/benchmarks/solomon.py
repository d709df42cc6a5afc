"""Reads vehicle routing instances in Solomon's format: every customer must be served, and the vehicles do not count."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.benchmarks.routing import MUST, RoutingDay

PROVEN = {"R109": 1146.9, "RC103": 1258.0}
"""Optima of the same customers with distances cut to one decimal, which can only be shorter (Kohl, Desrosiers, Madsen,
Solomon and Soumis, Transportation Science 33(1), 1999). Lists of best known distances have 1101.37 and 1249.86 for
these two, which nobody can drive."""


def read(folder: Path) -> list[RoutingDay]:
    """The instances of a folder and those below it, Solomon's or the larger ones of Gehring and Homberger."""
    best = best_known(folder)
    files = [path for path in folder.rglob("*") if path.suffix.lower() in (".txt", ".vrp") and _is_instance(path)]
    return [_read(path, best) for path in sorted(files)]


def best_known(folder: Path) -> dict[str, float]:
    """`best_known.json` of the folder, if there is one: {"C101": 828.94}, or as VROOM has them
    {"C101": {"distance": 828.94, "vehicles": 10}}."""
    known = folder / "best_known.json"
    told = json.loads(known.read_text()) if known.exists() else {}
    return {name.upper(): one["distance"] if isinstance(one, dict) else one for name, one in told.items()}


def is_misprinted(one: RoutingDay) -> bool:
    """Whether what is listed as best known is less than can be."""
    return one.best_known is not None and one.best_known < PROVEN.get(one.name, 0.0)


def _is_instance(path: Path) -> bool:
    return "CUST" in path.read_text(errors="replace")[:2000].upper()


def _read(path: Path, best: dict[str, float]) -> RoutingDay:
    lines = [line.split() for line in path.read_text().splitlines()]
    numbers = [[int(float(one)) for one in line] for line in lines if line and line[0].isdigit()]
    (vehicles, capacity), *rows = numbers
    # Columns: x, y, demand, ready, due, service; the depot comes first.
    depot, customers = np.array(rows)[0, 1:], np.array(rows)[1:, 1:]
    jobs, name = len(customers), path.stem.upper()
    return RoutingDay(
        name=name,
        places=np.concatenate([customers[:, :2], depot[None, :2]]),
        first=customers[:, 3],
        last=customers[:, 4],
        duration=customers[:, 5],
        load=customers[:, 2],
        absence=np.full(jobs, MUST),
        able=np.ones((vehicles, jobs), dtype=bool),
        base=np.full(vehicles, jobs),
        begin=np.full(vehicles, depot[3]),
        end=np.full(vehicles, depot[4]),
        capacity=capacity,
        required=True,
        best_known=best.get(name),
    )
