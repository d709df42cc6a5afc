from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assignments.downstream.adapters.mapped import documentation
from assignments.engine.rules.documentation import replaced


class Command(BaseCommand):
    help = "Prints the settings of manifests as docs/adapters.md holds them, or puts them there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="PAGE", help="replace the tables inside this page")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        section = documentation.as_markdown()
        if write is None:
            self.stdout.write(section)
        else:
            page = write.read_text()
            write.write_text(replaced(page, section, begin=documentation.BEGIN, end=documentation.END))
