"""Events reach subscriptions: each is posted until it is answered, in order about one subject.

Nobody has to look after them: what a subscription refuses stays refused, and what it may not hear of any more, or what
waited for days, is dropped. The write-backs of decisions never wait for any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from assignments import models
from assignments.downstream import cloud_events, trouble
from assignments.services.subscriptions import ending
from assignments.services.writebacks import connecting, counting, exchanging, leasing
from assignments.services.writebacks.exchanging import Came, Exchange
from notifications.services.backoff import Backoff

WAITS = Backoff(first=3.0, longest=60.0)
"""Before an event is sent again to a subscription that is at work."""
CONFLICTS = 5
"""Attempts answered 409 after which the event counts as refused."""
KEPT = timedelta(days=7)
"""Time for which settled events can be looked at."""
MOST = 500
"""Rows of one transaction that clears up."""

Status = models.OutgoingEvent.Status


def tellable(*, now: datetime) -> list[models.Subscription]:
    """Subscriptions that may be sent something now, and have something to be sent."""
    waiting = models.OutgoingEvent.objects.open().filter(subscription=OuterRef("pk"))
    return list(models.Subscription.objects.reachable(now).filter(Exists(waiting)).order_by("pk"))


def is_anything_open() -> bool:
    """Whether an event is to be sent, now or later."""
    return bool(models.OutgoingEvent.objects.open().filter(subscription__enabled=True).exists())


def claim(*, target: models.Subscription, owner: str, now: datetime, limit: int) -> list[models.OutgoingEvent]:
    """Up to `limit` events that are due, leased to `owner`: of each subject the oldest, if the subscription may hear of
    its district at this moment."""
    events = models.OutgoingEvent.objects.filter(subscription=target)
    due = events.due(now).open().permitted(now).select_related("district")
    return leasing.claim(due=due, of="subscription", target=target, owner=owner, now=now, limit=limit)


def tell(*, row: models.OutgoingEvent, seconds: float) -> Exchange[models.OutgoingEvent]:
    """Posts the event once, within `seconds`. Touches no database."""
    event = cloud_events.structured(
        event_id=str(row.event_id), kind=row.kind, district=row.district.code, subject=row.subject, at=row.happened_at,
        data=row.data,
    )  # fmt: skip
    try:
        http = connecting.kept(system=row.subscription)
        http.notify(event=event, id=str(row.event_id), seconds=seconds, traceparent=row.trace().header())
    except trouble.SystemUnavailable as error:
        return exchanging.failed(row, error)
    return Exchange(row, Came.DONE)


@transaction.atomic
def settle(
    *, target: models.Subscription, exchanges: Sequence[Exchange[models.OutgoingEvent]], owner: str, now: datetime
) -> None:
    """Stores what came of exchanges with the subscription. Leaves alone what another worker has taken over."""
    events = models.OutgoingEvent.objects.filter(pk__in=[one.row.pk for one in exchanges], status=Status.SENDING)
    held = set(events.held_by(owner).values_list("pk", flat=True))
    ours = [one for one in exchanges if one.row.pk in held]
    for one in ours:
        to, values = _after(one, now)
        models.OutgoingEvent.objects.filter(pk=one.row.pk).transition(to, **models.OutgoingEvent.FREE, **values)
    if any(one.is_gone for one in ours):
        ending.end_unwanted(subscription=target, now=now)
    else:
        _judge(target, ours, now)


@transaction.atomic
def drop(*, now: datetime) -> int:
    """Number of waiting events given up: their subscription may hear of them no more, or has been away for too long."""
    waiting = models.OutgoingEvent.objects.filter(status__in=[Status.PENDING, Status.FAILED])
    # A subscription that is switched off keeps what waits until then.
    silenced = waiting.filter(subscription__enabled=True).exclude(pk__in=waiting.permitted(now).values("pk"))
    found = waiting.filter(Q(give_up_at__lte=now) | Q(pk__in=silenced.values("pk")))
    ids = list(found.order_by("pk").values_list("pk", flat=True)[:MOST])
    if not ids:
        return 0
    return models.OutgoingEvent.objects.filter(pk__in=ids).transition(Status.DROPPED, settled_at=now)


def trim(*, now: datetime) -> int:
    """Number of events removed that were settled long ago, a few hundred in a transaction."""
    removed = 0
    old = models.OutgoingEvent.objects.filter(settled_at__lt=now - KEPT)
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:MOST]):
        removed += models.OutgoingEvent.objects.filter(pk__in=ids).delete()[0]
    return removed


def _after(exchange: Exchange[models.OutgoingEvent], now: datetime) -> tuple[str, dict[str, Any]]:
    row, came = exchange.row, exchange.came
    error = {"last_error": f"It {exchange.detail}"[:500]}
    if came == Came.DONE:
        return Status.DELIVERED, {"settled_at": now, "last_error": ""}
    conflicts = (row.conflicts or 0) + 1 if exchange.is_conflict else 0
    if came == Came.REFUSED or conflicts >= CONFLICTS:
        return Status.REFUSED, {"settled_at": now, **error}
    if came == Came.CLOSED:
        # Nothing was tried: nobody is let in.
        return Status.PENDING, {"attempts": F("attempts") - 1, **error}
    seconds = max(WAITS.seconds(row.attempts), min(exchange.wait or 0, 3600))
    again_at = now + timedelta(seconds=seconds)
    return Status.FAILED, {"next_attempt_at": again_at, "conflicts": conflicts or None, **error}


def _judge(target: models.Subscription, exchanges: Sequence[Exchange[Any]], now: datetime) -> None:
    answered = counting.is_answered(exchanges)
    if not exchanges or (answered and not (target.failures or target.is_away or target.resumes_at)):
        return
    row = models.Subscription.objects.select_for_update(no_key=True).filter(pk=target.pk).first()
    if row is None:
        return
    if not answered:
        counting.count(row, exchanges, now=now)
    else:
        if row.is_away:
            row.events.filter(status=Status.FAILED).update(next_attempt_at=now)
        counting.begin_anew(row)
    row.save(update_fields=counting.COLUMNS)
