"""Draws instances in the published formats, for machines that cannot have the published ones.

    python -m tests.benchmarks.drawn FOLDER [--customers 200] [--seed 1]

Writes FOLDER/homberger, FOLDER/trsp and FOLDER/kovacs: customers at random, in clusters and half of each, with short
(1) and long (2) horizons, as those of Gehring and Homberger are made; and the same with technicians. Nobody knows
their best costs: solvers are compared with the best of each other.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIDE, CLUSTER, SKILLS, LEVELS, TOOLS = 140, 6, 5, 4, 5
HORIZON = {1: 900, 2: 3600}
SERVICE = 10
KINDS = [f"{spread}{kind}" for spread in ("R", "C", "RC") for kind in (1, 2)]


@dataclass(frozen=True, slots=True)
class DrawnCustomer:
    """Place, demand and window of one customer; all are whole."""

    x: int
    y: int
    demand: int
    ready: int
    due: int

    @property
    def cells(self) -> tuple[int, ...]:
        return self.x, self.y, self.demand, self.ready, self.due, SERVICE


def customers(draw: random.Random, kind: str, count: int) -> list[DrawnCustomer]:
    """Customers around a depot in the middle; half of them have a window."""
    centres = [(draw.randrange(SIDE), draw.randrange(SIDE)) for _ in range(max(3, count // 20))]
    share, latest = {"R": 0.0, "C": 1.0, "RC": 0.5}[kind[:-1]], HORIZON[int(kind[-1])] - SIDE
    found = []
    for _ in range(count):
        x, y = draw.randrange(SIDE), draw.randrange(SIDE)
        if draw.random() < share:
            near = draw.choice(centres)
            x, y = (min(SIDE, max(0, round(draw.gauss(middle, CLUSTER)))) for middle in near)
        ready, due = (0, latest)
        if draw.random() < 0.5:
            ready = draw.randrange(SIDE, latest - latest // 6)
            due = ready + latest // 8
        found.append(DrawnCustomer(x, y, draw.randrange(1, 40), ready, due))
    return found


def homberger(kind: str, its: list[DrawnCustomer]) -> Iterator[str]:
    yield from (kind, "", "VEHICLE", "NUMBER     CAPACITY", f"{len(its) // 4:8} {200 if '1' in kind else 1000:12}", "")
    yield from ("CUSTOMER", "CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME", "")
    depot = (SIDE // 2, SIDE // 2, 0, 0, HORIZON[int(kind[-1])], 0)
    for number, cells in enumerate([depot, *(one.cells for one in its)]):
        yield " ".join(f"{cell:8}" for cell in (number, *cells))


def trsp(draw: random.Random, kind: str, its: list[DrawnCustomer]) -> Iterator[str]:
    technicians, end = len(its) // 4, HORIZON[int(kind[-1])]
    yield from (f"{kind}.{len(its)}_{technicians}-{SKILLS}-{TOOLS}-0", "", "INFO")
    yield from ("CREW COUNT  SKILLS    TOOLS   SPARE PARTS", f"{technicians:9} {SKILLS:8} {TOOLS:8} {0:13}", "")
    yield from ("DEPOT TECHNICIANS AND REQUESTS", "ID X Y TWS TWE Serv SKILLS TOOLS SPARE PARTS")
    yield _trsp_row(0, SIDE // 2, SIDE // 2, 0, end, 0, [], [])
    for number in range(1, technicians + 1):
        skills, tools = draw.sample(range(SKILLS), draw.randint(2, 4)), draw.sample(range(TOOLS), draw.randint(3, 5))
        yield _trsp_row(number, draw.randrange(SIDE), draw.randrange(SIDE), 0, end, 0, skills, tools)
    for number, one in enumerate(its, start=technicians + 1):
        skills, tools = [draw.randrange(SKILLS)], draw.sample(range(TOOLS), draw.randint(0, 2))
        yield _trsp_row(number, one.x, one.y, one.ready, one.due, SERVICE, skills, tools)


def _trsp_row(number: int, *rest: int | list[int]) -> str:
    numbers = [f"{one:8.1f}" for one in rest if isinstance(one, int)]
    lists = [f"[{', '.join(map(str, sorted(one)))}]" for one in rest if isinstance(one, list)]
    return f"{number:<5} {' '.join(numbers)} \t" + " \t".join([*lists, "[]"])


def kovacs_tasks(draw: random.Random, kind: str, its: list[DrawnCustomer]) -> Iterator[str]:
    yield from (
        "Capacity: 200",
        f"Number of tasks: {len(its) + 1}",
        "",
        "number x y demand ready due service cost needs",
    )
    yield "\t".join(map(str, [1, SIDE // 2, SIDE // 2, 0, 0, HORIZON[int(kind[-1])], 0, 0, *[0] * SKILLS * LEVELS]))
    for number, one in enumerate(its, start=2):
        needs = []
        for _ in range(SKILLS):
            level = draw.choice((0, 0, 0, 1, 2, 3))
            needs += [int(at < level) for at in range(LEVELS)]
        yield "\t".join(map(str, [number, *one.cells, 200, *needs]))


def kovacs_technicians(draw: random.Random, count: int) -> Iterator[str]:
    yield from ("Technicians", f"Number of technicians: {count}", "", "", "", "", "number and level of each skill")
    for number in range(1, count + 1):
        yield "\t".join(map(str, [number, *(draw.randint(1, LEVELS) for _ in range(SKILLS))]))


def write(folder: Path, count: int, seed: int) -> None:
    """A file of each kind in each format."""
    for kind in KINDS:
        draw = random.Random(f"{kind} {seed}")
        its, tasks = customers(draw, kind, count), f"{kind}01_{SKILLS}x{LEVELS}_noTeam.txt"
        for path, lines in {
            f"homberger/{kind}_{count // 100}_{seed}.TXT": homberger(kind, its),
            f"trsp/{kind}.txt": trsp(draw, kind, its),
            f"kovacs/tasks_noTeam/{tasks}": kovacs_tasks(draw, kind, its),
            f"kovacs/technicians_noTeam/technicians_{tasks}": kovacs_technicians(draw, count // 4),
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws instances in the published formats.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.folder, options.customers, options.seed)


if __name__ == "__main__":
    main()
