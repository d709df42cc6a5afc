from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications.wire import catalogue


class Command(BaseCommand):
    help = "Prints the catalogue of events as docs/streams.md holds it, or puts it there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="PAGE", help="replace the catalogue inside this page")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        section = catalogue.as_markdown(catalogue.all_types())
        if write is None:
            self.stdout.write(section)
        else:
            write.write_text(catalogue.replaced(write.read_text(), section))
