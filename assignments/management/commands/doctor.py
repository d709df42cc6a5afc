from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from assignments.services import examining


class Command(BaseCommand):
    help = "Says what is wrong with this installation and what to do about it. Exits with 1 when something is wrong."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(examining.examine(now=timezone.now()))
        for one in found:
            self.stdout.write(f"{one.subject}: {one.sentence}\n    {one.remedy}")
        if found:
            self.stdout.write(f"\n{len(found)} thing{'s are' if len(found) > 1 else ' is'} wrong.")
            sys.exit(1)
        self.stdout.write("All is well: machine, settings, database, set-up, workers, sources and targets.")
