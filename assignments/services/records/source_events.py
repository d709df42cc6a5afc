"""The event of a source that was read; published in the transaction that says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

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
            "system": "code of the connected system",
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


def source_read(*, source: SourceState, now: datetime, served: Mapping[str, datetime] = MappingProxyType({})) -> None:
    """Publishes to every district as of when the source is shown; `served` says it for some by their codes."""
    entries = []
    for pk, code in models.District.objects.order_by("pk").values_list("pk", "code"):
        state = source.of_district(served.get(code))
        data = {
            "district": pk,
            "system": state.code,
            "name": state.name,
            "as_of": state.as_of,
            "lasts": round(state.interval + GRACE.total_seconds()),
            "detail": state.detail,
        }
        entries.append(event_log.LogEntry(SOURCE_READ, events.district_channel(pk), data))
    if entries:
        event_log.publish_all(entries=entries, now=now)
