from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assignments.engine import objective
from assignments.engine.rules import documentation


class Command(BaseCommand):
    help = "Prints what a plan is made for as docs/objective.md holds it, or puts it there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="PAGE", help="replace the tables inside this page")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        section = objective.as_markdown()
        if write is None:
            self.stdout.write(section)
        else:
            page = documentation.replaced(write.read_text(), section, begin=objective.BEGIN, end=objective.END)
            write.write_text(page)
