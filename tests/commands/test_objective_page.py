"""docs/objective.md says what the engine reckons with."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from assignments.engine import objective
from assignments.engine.domain.problem import PriorityClass
from assignments.engine.rules import documentation, scoring
from tests.project import house

PAGE = house.ROOT / "docs" / "objective.md"


def test_the_page_and_the_register_agree() -> None:
    page = PAGE.read_text()

    written = documentation.replaced(page, objective.as_markdown(), begin=objective.BEGIN, end=objective.END)

    assert written == page, "Run: python manage.py objective_page --write docs/objective.md"


def test_the_command_prints_what_the_page_holds() -> None:
    printed = StringIO()

    call_command("objective_page", stdout=printed)

    assert printed.getvalue().strip() in PAGE.read_text()


def test_the_command_mends_a_page(tmp_path: Path) -> None:
    page = tmp_path / "objective.md"
    page.write_text(f"Before.\n{objective.BEGIN}\nstale\n{objective.END}\nAfter.\n")

    call_command("objective_page", write=page)

    mended = page.read_text()
    assert all(f"(`{code}`)" in mended for code in scoring.SOFT)
    assert all(f"| {its.name.capitalize()} |" in mended for its in PriorityClass)
    assert "stale" not in mended
    assert (mended.startswith("Before.\n"), mended.endswith("\nAfter.\n")) == (True, True)


def test_every_part_says_what_it_means() -> None:
    assert [code for code, rule in scoring.SOFT.items() if not rule.meaning.endswith(".")] == []
