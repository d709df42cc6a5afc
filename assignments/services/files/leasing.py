"""Imports are gone on with by one worker at a time; one that died is followed by another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import file_events

LEASE = timedelta(seconds=15)
"""Several times what a piece takes."""

Status = models.FileImport.Status


class ImportLost(Exception):
    """It was cancelled, or another worker has it. Nothing was written."""


TELL_EVERY = 0.5
"""Seconds between two words on how far it has come, for who has its page open."""


@dataclass(slots=True)
class HeldImport:
    """An import that a worker goes on with."""

    file: models.FileImport
    owner: str
    now_fn: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False
    pause: Callable[[], None] = lambda: None
    _told: float = field(default=0.0, init=False)
    _renewed: float = field(default_factory=time.monotonic, init=False)

    def progressed(self, **values: Any) -> None:
        """Keeps the lease and stores how far it has come, in the transaction of what was done. Raises ImportLost."""
        file, now = self.file, self.now_fn()
        mine = models.FileImport.objects.filter(pk=file.pk, status=file.status)
        if not mine.renew(owner=self.owner, now=now, lasts=LEASE, **values):
            raise ImportLost(f"{file.name} was cancelled, or taken over by another worker.")
        for name, value in values.items():
            setattr(file, name, value)
        self._renewed = time.monotonic()
        if time.monotonic() - self._told >= TELL_EVERY:
            file_events.progressed(file=file, now=now)
            self._told = time.monotonic()

    def keep(self) -> None:
        """Keeps the lease during long reading. Raises ImportLost."""
        if time.monotonic() - self._renewed > LEASE.total_seconds() / 4:
            with transaction.atomic():
                self.progressed()

    def becomes(self, status: str, **values: Any) -> None:
        """Moves it on to another state. Raises ImportLost."""
        now = self.now_fn()
        with transaction.atomic():
            self.progressed(**values)
            over = {"ended_at": now, **models.FileImport.FREE} if status in models.FileImport.OVER else {}
            models.FileImport.objects.filter(pk=self.file.pk).transition(status, **over)
            self.file.status = status
            for name, value in over.items():
                setattr(self.file, name, value)
            file_events.progressed(file=self.file, now=now)


def claim(*, owner: str, now: datetime) -> models.FileImport | None:
    """The import that has waited longest, now leased to the owner; None when there is none."""
    file: models.FileImport
    for file in models.FileImport.objects.waiting().free(now).select_related("started_by").order_by("asked_at")[:50]:
        if models.FileImport.objects.waiting().filter(pk=file.pk).claim(owner=owner, now=now, lasts=LEASE):
            return file
    return None


def release(*, file: models.FileImport, owner: str) -> None:
    """Gives it back: another worker goes on where this one stopped."""
    models.FileImport.objects.filter(pk=file.pk).release(owner=owner)
