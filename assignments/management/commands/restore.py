from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.services import copies
from notifications.services import event_log


class Command(BaseCommand):
    help = (
        "Puts a copy that back_up has written in the place of the database, brings it to this release and begins "
        "another epoch of the event log, so that every open page reloads. Lineup must not run."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            copies.put_back(copy=file)
        except copies.CopyRefused as refused:
            raise CommandError(str(refused)) from refused
        call_command("migrate", interactive=False, verbosity=0)
        epoch = event_log.begin_epoch()
        self.stdout.write(f"The database is that of {file}. The event log is in epoch {epoch}; now start Lineup.")
