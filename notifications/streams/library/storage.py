"""django-eventstream's storage contract over our log, so that a third party's `send_event` reaches our streams."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_eventstream.event import Event as StreamedEvent
from django_eventstream.storage import EventDoesNotExist, StorageBase

from notifications.models import Event
from notifications.services import positions, wakeups
from notifications.wire import sse


class LogStorage(StorageBase):  # type: ignore[misc]  # django-eventstream has no types
    """Numbers of this storage are positions of the whole log: they grow, with gaps, on every channel."""

    def append_event(self, channel: str, event_type: str, data: Any) -> StreamedEvent:
        """The event, written in the caller's transaction or one of its own. To be called after commit.

        Inside an open transaction its position is not known yet on PostgreSQL; the row's key stands in for it.
        """
        # Refused here, to its sender: in the log it could not be told to anybody.
        sse.encode(sse.ServerSentEvent(event_type))
        with transaction.atomic():
            row = Event.objects.create(
                channel=channel, type=event_type, data=_as_object(data), created_at=timezone.now()
            )
            wakeups.announce_after_commit()
        row.refresh_from_db(fields=["position"])
        return StreamedEvent(channel, event_type, data, id=row.position or row.pk)

    def get_events(self, channel: str, last_id: int, limit: int = 100) -> list[StreamedEvent]:
        """Events of the channel after `last_id`; raises EventDoesNotExist when they cannot be told without a gap."""
        log = positions.log_state()
        if not log.trimmed_through <= last_id <= log.head:
            raise EventDoesNotExist(f"No event {last_id} in the log.", log.head)
        rows = Event.objects.on([channel]).after(last_id)[:limit]
        return [StreamedEvent(row.channel, row.type, row.data, id=row.position) for row in rows]

    def get_current_id(self, channel: str) -> int:
        return positions.log_state().head


def _as_object(data: Any) -> Any:
    """`send_event` hands over JSON text; our streams carry objects, so a bare value is wrapped."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {"data": data}
    return data if isinstance(data, dict) else {"data": data}
