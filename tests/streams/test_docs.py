"""docs/streams.md lists every event with its fields, and no other."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from notifications.wire import catalogue

PAGE = Path(__file__).resolve().parents[2] / "docs" / "streams.md"


def test_the_page_and_the_code_agree() -> None:
    page = PAGE.read_text()

    assert catalogue.replaced(page, catalogue.as_markdown(catalogue.all_types())) == page, (
        "Run: python manage.py event_catalogue --write docs/streams.md"
    )


def test_the_command_prints_what_the_page_holds() -> None:
    printed = StringIO()

    call_command("event_catalogue", stdout=printed)

    assert printed.getvalue().strip() in PAGE.read_text()


def test_the_command_mends_a_page(tmp_path: Path) -> None:
    page = tmp_path / "streams.md"
    page.write_text(f"Before.\n{catalogue.BEGIN}\nstale\n{catalogue.END}\nAfter.\n")

    call_command("event_catalogue", write=page)

    mended = page.read_text()
    assert "### `notification.created`" in mended
    assert "stale" not in mended
    assert (mended.startswith("Before.\n"), mended.endswith("\nAfter.\n")) == (True, True)


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="catalogue: begin"):
        catalogue.replaced("Nothing here.", "section")
