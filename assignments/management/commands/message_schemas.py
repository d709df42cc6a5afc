from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assignments.downstream import schemas


class Command(BaseCommand):
    help = "Prints the JSON Schemas of all messages with downstream systems, or puts each into its file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="FOLDER", help="write one file for each message there")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        for name, document in schemas.documents().items():
            text = schemas.as_json(document)
            if write is None:
                self.stdout.write(text)
            else:
                write.mkdir(parents=True, exist_ok=True)
                (write / f"{name}.json").write_text(text)
