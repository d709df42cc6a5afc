from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from notifications.services import event_log


class Command(BaseCommand):
    help = "Begins a new epoch of the event log: every open page reloads its state. After a restore by hand."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The event log is in epoch {event_log.begin_epoch()}. Open pages reload within seconds.")
