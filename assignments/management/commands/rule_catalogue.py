from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assignments.engine.rules import documentation


class Command(BaseCommand):
    help = "Prints the rules with their sources as docs/rules.md holds them, or puts them there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="PAGE", help="replace the tables inside this page")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        section = documentation.as_markdown()
        if write is None:
            self.stdout.write(section)
        else:
            write.write_text(documentation.replaced(write.read_text(), section))
