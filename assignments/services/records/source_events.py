"""The event of a source that was read; published in the transaction that says so."""

from __future__ import annotations

from datetime import datetime

from assignments import models
from assignments.queries.sources import GRACE, SourceState
from assignments.services.records import events
from notifications.services import event_log
from notifications.wire.catalogue import EventType, register

SOURCE_READ = register(
    EventType(
        name="source.read",
        channel="district:<id>",
        payload={
            "district": "id of the district whose channel it is",
            "system": "code of the downstream system",
            "name": "its name",
            "as_of": "when the last reading began that came to its end: what is shown of it is as of then; null before "
            "the first",
            "lasts": "for how many seconds after that it counts as live",
            "detail": "why the last reading failed; empty if it came to its end",
        },
        rendered={},
        description="A source was read at its interval, or could not be.",
    )
)


def source_read(*, source: SourceState, now: datetime) -> None:
    """Publishes to every district as of when the source is shown."""
    data = {
        "system": source.code,
        "name": source.name,
        "as_of": source.as_of,
        "lasts": round(source.interval + GRACE.total_seconds()),
        "detail": source.detail,
    }
    entries = [
        event_log.LogEntry(SOURCE_READ, events.district_channel(pk), {"district": pk, **data})
        for pk in models.District.objects.order_by("pk").values_list("pk", flat=True)
    ]
    if entries:
        event_log.publish_all(entries=entries, now=now)
