"""The end of a subscription whose receiver has said that it wants no more: 410 Gone."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from assignments import models
from assignments.services.records import auditing, telling

LINEUP = "Lineup"

Status = models.OutgoingEvent.Status


def end_unwanted(*, subscription: models.Subscription, now: datetime) -> int:
    """Number of waiting events that are not sent any more; the subscription is switched off, its managers hear of it,
    and an administrator may switch it on again. Once, however many events are answered so; in the caller's
    transaction."""
    if not models.Subscription.objects.filter(pk=subscription.pk, enabled=True).update(enabled=False):
        return 0
    waiting = subscription.events.filter(status__in=[Status.PENDING, Status.FAILED])
    dropped = waiting.transition(Status.DROPPED, settled_at=now)
    auditing.record(
        verb="subscription.gone", row=subscription, by=LINEUP, now=now, before={"enabled": True},
        after={"enabled": False, "left_out": dropped}, reason="It answered 410",
    )  # fmt: skip
    for district in subscription.districts.order_by("pk"):
        telling.tell_managers(
            district=district, kind="system.away", by=LINEUP, now=now, title=f"{subscription} wants no more events",
            body="It answered 410, so nothing is sent to it any more. An administrator can switch it on again.",
            url=reverse("assignments:write-backs", args=[district.code]),
            dedupe_key=f"subscription.gone:{subscription.pk}:{now.isoformat()}",
        )  # fmt: skip
    return dropped
