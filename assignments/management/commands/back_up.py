from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.services import copies


class Command(BaseCommand):
    help = "Writes a copy of the whole database to a file, as of one moment, while Lineup goes on."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a new one")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            size = copies.back_up(to=file)
        except copies.CopyRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{file} holds the database, in {size / 1e6:.1f} MB. Keep it as safe as the database itself.")
