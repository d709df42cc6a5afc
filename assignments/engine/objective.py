"""The objective of a plan as the tables of docs/objective.md, from the soft register and from what the search is
charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assignments.engine.domain.problem import Job, Place, PriorityClass, Problem, RuleData
from assignments.engine.rules import documentation, scoring
from assignments.engine.rules.scoring import DAY, SOFT, haste, overdue
from assignments.engine.search import modelling
from assignments.engine.search.leaving_out import KEPT, OUTWEIGHS, UNITS

BEGIN = "<!-- objective: begin -->"
END = "<!-- objective: end -->"
_CUSTOMERS = 1_000
_DAYS = (1, 5, 30)
_RULES = RuleData()


def as_markdown() -> str:
    """The section of docs/objective.md that lies between BEGIN and END, markers included."""
    parts = (
        (f"**{rule.name}** (`{rule.code}`)", rule.meaning, f"{rule.weight:g}", rule.unit) for rule in SOFT.values()
    )
    many = f"the same, {_CUSTOMERS:,} customers out"
    lines = [
        BEGIN,
        "## The parts\n",
        *documentation.table(("part", "what counts", "points for each", "unit"), parts),
        "\n## What a class is worth\n",
        *documentation.table(
            ("class", "served", "waits an hour", many, "left out of a day", many, "left out, five days overdue"),
            map(_class_row, PriorityClass),
        ),
        "",
        *_sentences(),
        END,
    ]
    return "\n".join(lines)


def _class_row(its: PriorityClass) -> tuple[str, ...]:
    plain = Job(1, "", "", its, Place(0.0, 0.0), 3600, "")
    many = replace(plain, customers_out=_CUSTOMERS)
    rush = -scoring.weight(_RULES, "rush") * (its in scoring.RUSHED)
    hours = [60 * (haste(its, job.customers_out) * -scoring.weight(_RULES, "wait") + rush) for job in (plain, many)]
    left = [_left_out(job) for job in (plain, many, replace(plain, due=-5 * DAY))]
    worth = scoring.CLASS_WEIGHT[its] * scoring.weight(_RULES, "priority")
    return its.name.capitalize(), *(f"{points:,.1f}".removesuffix(".0") for points in (worth, *hours, *left))


def _left_out(job: Job) -> float:
    layout = modelling.lay_out(Problem(jobs=(job,), shifts=(), horizon=DAY))
    return float(layout.leaving_out.points[0])


def _sentences() -> Iterator[str]:
    ages = ", ".join(f"{days} day{'s' * (days > 1)}: {100 * overdue(-days * DAY, 0):.0f}\u00a0%" for days in _DAYS)
    yield f"- Worth that overdue work gains, in percent of its class's: {ages}."
    yield (
        f"- Leaving a job out costs {KEPT:g} times its worth, and the waiting and lateness that it would have if"
        " it were done one day after the plan's end."
    )
    yield (
        f"- Plans are compared class after class in units: a plain job of a class has {UNITS}, a worse one more. In"
        f" the search the least job of a class outweighs {OUTWEIGHS} of the greatest of the next."
    )
