"""Signs of life of the workers, and what pages are told when none runs any more, or one does again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Now

from assignments import models
from assignments.queries import workers
from assignments.services.records import worker_events

EVERY = 10.0
"""Seconds between two signs of life."""
_KEPT = timedelta(days=7)


@transaction.atomic
def beat(*, owner: str, now: datetime) -> bool:
    """Notes that the worker runs; whether it is the first after a time without any, which pages are told."""
    before = workers.seen()
    if not models.WorkerBeat.objects.filter(owner=owner).update(seen_at=Now()):
        models.WorkerBeat.objects.create(owner=owner, began_at=Now(), seen_at=Now())
        models.WorkerBeat.objects.filter(seen_at__lt=Now() - Value(_KEPT)).delete()
    if before.is_silent:
        worker_events.workers_changed(seen=workers.seen(), now=now)
    return before.is_silent


def look(*, known: workers.Workers | None, now: datetime) -> workers.Workers:
    """The workers as they are. When none runs, pages are told of it: once, whoever looks, and not again by a caller
    that hands in as `known` what it was given before."""
    seen = workers.seen()
    if seen.is_silent and seen != known:
        with transaction.atomic():
            worker_events.workers_changed(seen=seen, now=now)
    return seen
