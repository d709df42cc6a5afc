"""Whether a worker runs, by the clock of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Q, Subquery, Value
from django.db.models.functions import Now

from assignments import models

SILENT = timedelta(seconds=30)
"""Without a sign of life for so long, a worker counts as gone."""
_RUNNING = Q(seen_at__gt=Now() - Value(SILENT))


@dataclass(frozen=True, slots=True)
class Workers:
    running: int
    seen_at: datetime | None
    """When one was last seen; None before the first."""

    @property
    def is_silent(self) -> bool:
        """Whether none runs."""
        return not self.running


def seen() -> Workers:
    """The workers as they are now, by one query."""
    found = models.WorkerBeat.objects.aggregate(running=Count("pk", filter=_RUNNING), last=Max("seen_at"))
    return Workers(found["running"], found["last"])


def beside() -> dict[str, Subquery | Exists]:
    """Annotations that read on the way, with rows of something else, what `of` then answers."""
    beats = models.WorkerBeat.objects.order_by("-seen_at")
    return {"worker_seen_at": Subquery(beats.values("seen_at")[:1]), "worker_runs": Exists(beats.filter(_RUNNING))}


def of(row: Any) -> Workers:
    """The workers as they were when the row was read with the annotations of `beside`; of those that run, one."""
    return Workers(int(row.worker_runs), row.worker_seen_at)
