"""The two registers as the tables of docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assignments.engine.rules.register import HARD
from assignments.engine.rules.rule import Basis
from assignments.engine.rules.scoring import SOFT

BEGIN = "<!-- rules: begin -->"
END = "<!-- rules: end -->"
_BASES: Mapping[Basis, str] = {"law": "law", "agreement": "agreement", "policy": "house rule", "physics": "physics"}


def as_markdown() -> str:
    """The section of docs/rules.md that lies between BEGIN and END, markers included."""
    hard = (
        (f"**{rule.title}** (`{rule.code}`)", _BASES[rule.basis], rule.source or "–", rule.authority.words)
        for rule in HARD.values()
    )
    soft = ((f"**{rule.name}** (`{rule.code}`)", f"{rule.weight:g}", rule.unit) for rule in SOFT.values())
    parts = [
        BEGIN,
        "## Hard rules\n",
        *table(("rule", "rests on", "source", "overridden by"), hard),
        "\n## Score parts\n",
        *table(("part", "points for each", "unit"), soft),
        END,
    ]
    return "\n".join(parts)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines of a table in Markdown."""
    return [_row(head), _row(("---",) * len(head)), *map(_row, rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def replaced(page: str, section: str, *, begin: str = BEGIN, end: str = END) -> str:
    """The page with `section` in place of its tables; raises ValueError when the page has no markers."""
    before, begins, rest = page.partition(begin)
    _, ends, after = rest.partition(end)
    if not (begins and ends):
        raise ValueError(f"The page needs the lines {begin} and {end}.")
    return before + section + after
