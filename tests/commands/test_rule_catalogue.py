"""docs/rules.md lists every rule with its source, and no other."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from assignments.engine.rules import documentation, register, scoring
from tests.project import house

PAGE = house.ROOT / "docs" / "rules.md"


def test_the_page_and_the_registers_agree() -> None:
    page = PAGE.read_text()

    assert documentation.replaced(page, documentation.as_markdown()) == page, (
        "Run: python manage.py rule_catalogue --write docs/rules.md"
    )


def test_the_command_prints_what_the_page_holds() -> None:
    printed = StringIO()

    call_command("rule_catalogue", stdout=printed)

    assert printed.getvalue().strip() in PAGE.read_text()


def test_the_command_mends_a_page(tmp_path: Path) -> None:
    page = tmp_path / "rules.md"
    page.write_text(f"Before.\n{documentation.BEGIN}\nstale\n{documentation.END}\nAfter.\n")

    call_command("rule_catalogue", write=page)

    mended = page.read_text()
    assert all(f"(`{code}`)" in mended for code in (*register.HARD, *scoring.SOFT))
    assert "stale" not in mended
    assert (mended.startswith("Before.\n"), mended.endswith("\nAfter.\n")) == (True, True)


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="rules: begin"):
        documentation.replaced("# The rules\n", documentation.as_markdown())


@pytest.mark.parametrize("code", register.HARD)
def test_a_rule_names_its_source_unless_it_is_physics(code: str) -> None:
    rule = register.HARD[code]

    assert bool(rule.source) == (rule.basis != "physics")
    assert "|" not in rule.source
