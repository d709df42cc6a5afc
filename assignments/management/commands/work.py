from __future__ import annotations

import logging
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from assignments.tasks import process, worker
from notifications.services import ending


class Command(BaseCommand):
    help = "Plans suggestion runs, sends write-backs, finishes batches and lets permits lapse; several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what there is to do now, and end.")

    def handle(self, *args: Any, once: bool, verbosity: int, **options: Any) -> None:
        if verbosity < 2:
            # The worker prints what it did; how the queue passed it on interests nobody.
            for name in ("django_tasks", "django_tasks_db"):
                logging.getLogger(name).setLevel(logging.WARNING)
        if once:
            worker.work_once()
            return
        ending.set_by_signals(process.stopping, signal.SIGTERM, signal.SIGINT)
        worker.work()
