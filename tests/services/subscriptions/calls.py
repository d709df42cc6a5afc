"""A worker of the tests, which sends what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import events
from assignments.services.subscriptions import posting
from tests.downstream.conftest import ScriptedSystem
from tests.factories import NOW

WORKER = "worker-1"


def happens(*orders: models.WorkOrder, cause: str = "assignment.approved") -> None:
    """An event for each of the orders."""
    with transaction.atomic():
        events.order_changed(orders=orders, cause=cause, now=NOW)


def claim(now: datetime = NOW, owner: str = WORKER) -> list[models.OutgoingEvent]:
    return [
        row
        for target in posting.tellable(now=now)
        for row in posting.claim(target=target, owner=owner, now=now, limit=10)
    ]


def send(now: datetime = NOW) -> None:
    """One attempt at whatever is due."""
    for row in claim(now):
        exchange = posting.tell(row=row, seconds=60)
        posting.settle(target=row.subscription, exchanges=[exchange], owner=WORKER, now=now)


def states() -> list[tuple[str, str]]:
    """Cause and status of each event, in order."""
    rows = models.OutgoingEvent.objects.order_by("pk")
    return [(row.data.get("cause", row.kind), row.status) for row in rows]


def causes(system: ScriptedSystem) -> list[Any]:
    """Causes of the events that arrived."""
    return [asked.body["data"].get("cause") for asked in system.asked]
