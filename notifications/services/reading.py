"""The log as rows of plain values, for the reader of each server process."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from notifications.models import Event


class CommittedEvent(NamedTuple):
    """One committed event."""

    position: int
    channel: str
    type: str
    data: Mapping[str, Any]
    created_at: datetime


def committed_after(position: int, *, limit: int) -> list[CommittedEvent]:
    """The first `limit` committed events beyond `position`, in commit order."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor, limit), [position])
        rows = cursor.fetchall()
    # Both databases hand JSON over as text here; decoding it is a model field's work, which this goes past.
    return [CommittedEvent(at, to, name, json.loads(data), _moment(made)) for at, to, name, data, made in rows]


def _moment(value: Any) -> datetime:
    """With the zone that SQLite does not know of."""
    read: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@functools.cache
def _statement(vendor: str, limit: int) -> str:
    """The queryset's own SQL, kept: building it anew costs ten times what running it does, for every event."""
    rows = Event.objects.after(0).values_list(*CommittedEvent._fields)[:limit]
    return str(rows.query.sql_with_params()[0])
