"""Events for subscriptions: rows in the transaction of the event itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from assignments import models
from assignments.downstream.tracing import Trace
from assignments.models import subscriptions
from assignments.services.records import hints
from notifications.services import event_log
from notifications.wire import sse

Kind = models.Subscription.Kind
_SUBJECT: Mapping[str, str] = {Kind.ORDER: "number", Kind.RUN: "run", Kind.STORM: "district", Kind.TELLING: "system"}
"""The field of an event's data that says what it is about: events about one subject keep their order."""


def tell(*, entries: Iterable[event_log.LogEntry], now: datetime, traces: Mapping[int, Trace]) -> None:
    """A row for each subscription that may hear of an event and wants its kind; by one query where there is none. An
    event about one of the orders in `traces` is of the order's trace."""
    heard = [entry for entry in entries if entry.type.name in _SUBJECT and entry.channel.startswith("district:")]
    districts = {entry.data["district"] for entry in heard}
    listeners = subscriptions.listening(districts=districts, now=now) if heard else []
    rows = []
    for entry in heard if listeners else []:
        kind, event_id, trace = entry.type.name, uuid.uuid4(), traces.get(entry.data.get("order", 0))
        rows += [
            row(subscription_id, district_id, kind=kind, subject=str(entry.data[_SUBJECT[kind]]), data=entry.data,
                event_id=event_id, now=now, trace=trace)
            for subscription_id, district_id, kinds in listeners
            if district_id == entry.data["district"] and kind in kinds
        ]  # fmt: skip
    store(rows)


def row(
    subscription_id: int, district_id: int, *, kind: str, subject: str, data: Mapping[str, Any], event_id: uuid.UUID,
    now: datetime, trace: Trace | None = None,
) -> models.OutgoingEvent:  # fmt: skip
    """One that is not stored yet."""
    return models.OutgoingEvent(
        subscription_id=subscription_id, district_id=district_id, kind=kind, subject=subject[:80],
        data=sse.as_plain(data), event_id=event_id, happened_at=now, next_attempt_at=now,
        give_up_at=now + timedelta(days=settings.WRITE_BACK_DAYS), **models.OutgoingEvent.present(trace),
    )  # fmt: skip


def store(rows: list[models.OutgoingEvent]) -> None:
    """Writes them in the caller's transaction."""
    if rows:
        models.OutgoingEvent.objects.bulk_create(rows, batch_size=500)
        hints.write_backs_wanted()
