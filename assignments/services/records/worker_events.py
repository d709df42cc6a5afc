"""The event of workers that have gone or come back."""

from __future__ import annotations

from datetime import datetime

from assignments import models
from assignments.queries.workers import Workers
from assignments.services.records import events
from notifications.services import event_log
from notifications.wire.catalogue import EventType, register

WORKERS_CHANGED = register(
    EventType(
        name="workers.changed",
        channel="district:<id>",
        payload={
            "district": "id of the district whose channel it is",
            "running": "whether a worker runs: without one, runs wait and systems are told nothing",
            "seen_at": "when one was last seen; null before the first",
        },
        rendered={"html": "the notice of the pages that no worker runs; empty while one does"},
        description="No worker runs any more, or one does again. Beats of workers are told to nobody.",
    )
)


def workers_changed(*, seen: Workers, now: datetime) -> None:
    """Publishes to every district; of one absence only once."""
    key = f"workers.silent:{seen.seen_at and seen.seen_at.isoformat()}" if seen.is_silent else None
    entries = [
        event_log.LogEntry(
            WORKERS_CHANGED,
            events.district_channel(pk),
            {"district": pk, "running": not seen.is_silent, "seen_at": seen.seen_at},
            dedupe_key=key,
        )
        for pk in models.District.objects.order_by("pk").values_list("pk", flat=True)
    ]
    if entries:
        event_log.publish_all(entries=entries, now=now)
