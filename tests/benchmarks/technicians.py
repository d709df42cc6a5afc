"""Reads instances of technicians: those of Pillac, Gueret and Medaglia (TRSP), and those of Kovacs and others.

Both are Solomon's customers with skills. What Lineup has no word for is left out, for its peers as well:

- TRSP: nobody drives to the depot during the day for tools or spare parts. A technician has the tools of the file and
  loads the parts that the day needs before it begins. What nobody may do then is left out by everybody.
- Kovacs: teams that are formed for the day are no part of the problem, so the files without teams are read alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from tests.benchmarks.routing import MUST, RoutingDay
from tests.benchmarks.solomon import best_known

_PLENTY = 10**9


def read_trsp(folder: Path) -> list[RoutingDay]:
    """TRSP (C. Gueret, A. Medaglia, V. Pillac, Optimization Letters 7, 2013), in the authors' own flat files."""
    best = best_known(folder)
    return [_read_trsp(path, best) for path in sorted(folder.rglob("*.txt")) if "CREW COUNT" in _head(path)]


def _head(path: Path) -> str:
    return path.read_text(errors="replace")[:200]


def _read_trsp(path: Path, best: dict[str, float]) -> RoutingDay:
    name, *lines = path.read_text().splitlines()
    if "DISTANCES" in lines:
        raise ValueError(f"{path.name}: ways by road are not read.")
    counts, *rows = (line for line in lines if line.strip()[:1].isdigit())
    technicians = int(counts.split()[0])
    # A space after a comma would cut a list in two. Row 0 is the depot, which nobody needs here.
    cells = [re.sub(r",\s+", ",", row).split() for row in rows[1:]]
    numbers = np.array([[float(cell) for cell in row[1:6]] for row in cells])
    has = [[set(map(int, re.findall(r"\d+", cell))) for cell in row[6:8]] for row in cells]
    homes, requests = numbers[:technicians], numbers[technicians:]
    able = [[need[0] <= its[0] and need[1] <= its[1] for need in has[technicians:]] for its in has[:technicians]]
    jobs = len(requests)
    return RoutingDay(
        name=name.strip(),
        places=np.concatenate([requests[:, :2], homes[:, :2]]),
        first=_whole(requests[:, 2]),
        last=_whole(requests[:, 3]),
        duration=_whole(requests[:, 4]),
        load=np.zeros(jobs, dtype=np.int64),
        absence=np.full(jobs, MUST),
        able=np.array(able),
        base=np.arange(jobs, jobs + technicians),
        begin=_whole(homes[:, 2]),
        end=_whole(homes[:, 3]),
        capacity=_PLENTY,
        best_known=best.get(name.strip().upper()),
    )


def _whole(times: np.ndarray) -> np.ndarray:
    if (times % 1).any():
        raise ValueError("Times are not whole.")
    return times.astype(np.int64)


def read_kovacs(folder: Path) -> list[RoutingDay]:
    """A. Kovacs, S. Parragh, K. Doerner, R. Hartl, Journal of Scheduling 15, 2012.

    The tasks of `tasks_noTeam`, with the technicians of `technicians_noTeam` and, where they are, the fewer ones of
    `techniciansReduced_noTeam`.
    """
    best, found = best_known(folder), []
    for tasks in sorted((folder / "tasks_noTeam").glob("*.txt")):
        for group, its in (("technicians_noTeam", "complete"), ("techniciansReduced_noTeam", "reduced")):
            technicians = folder / group / f"technicians_{tasks.name}"
            if technicians.exists():
                found.append(_read_kovacs(f"{tasks.stem} {its}", tasks, technicians, best))
    return found


def _read_kovacs(name: str, tasks: Path, technicians: Path, best: dict[str, float]) -> RoutingDay:
    skills, levels = _size(tasks.name)
    rows = _table(tasks, skip=4)
    # Columns: number, x, y, demand, ready, due, service, cost, and for each skill and level how many must have it.
    depot, customers = rows[0, 1:], rows[1:, 1:]
    needed = customers[:, 7 : 7 + skills * levels].reshape(-1, skills, levels)
    held = _table(technicians, skip=7)[:, 1 : 1 + skills]
    has = held[:, :, None] > np.arange(levels)
    jobs, count = len(customers), len(held)
    return RoutingDay(
        name=name,
        places=np.concatenate([customers[:, :2], depot[None, :2]]),
        first=customers[:, 3],
        last=customers[:, 4],
        duration=customers[:, 5],
        load=np.zeros(jobs, dtype=np.int64),
        # As the paper and public checkers of its plans reckon it, which pass over the file's column.
        absence=200.0 + needed.sum(axis=(1, 2)) ** 1.5,
        able=np.all(needed[None] <= has[:, None], axis=(2, 3)),
        base=np.full(count, jobs),
        begin=np.full(count, depot[3]),
        end=np.full(count, depot[4]),
        capacity=_PLENTY,
        best_known=best.get(name.upper()),
    )


def _size(name: str) -> tuple[int, int]:
    """Numbers of skills and levels, as 5 and 4 of C101_5x4_noTeam.txt."""
    found = re.search(r"_(\d+)x(\d+)_", name)
    if not found:
        raise ValueError(f"{name}: the name tells no skills and levels.")
    return int(found[1]), int(found[2])


def _table(path: Path, skip: int) -> np.ndarray:
    """Rows of numbers between tabs, after a head of `skip` lines."""
    lines = [line.split() for line in path.read_text().splitlines()[skip:]]
    return np.array([[int(cell) for cell in line] for line in lines if len(line) > 1])
