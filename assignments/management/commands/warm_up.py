from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from assignments.engine.search import compiling, solver


class Command(BaseCommand):
    help = "Compiles the planning engine, so that the first worker need not. Part of an installation and of an upgrade."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        solver.warm_up()
        seconds, place = time.monotonic() - began, compiling.SETTINGS.CACHE_DIR
        self.stdout.write(f"The engine is ready after {seconds:.0f} s; its machine code is kept in {place}.")
