"""Shows managers that a colleague has the review of an order open, so that two do not decide it unawares.

The row of a person and an order is the truth. The stream of the open page moves its expiry on, which is told to nobody;
only the beginning and the end are. That somebody looks at an order is not audited.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import events
from notifications.services import held_rows

LIFE = timedelta(seconds=45)
"""Without a sign of life of the page for this long, the review is over: two of its stream's rounds may be lost."""
TOLD_FOR = timedelta(minutes=10)
"""Time that boards show a review whose end is not reported, and after which a long one is reported again."""
_BATCH = 200


@transaction.atomic
def keep(*, order: models.WorkOrder, by: Any, now: datetime) -> None:
    """The person has the review open, from now on or still."""
    known = models.Reviewing.objects.filter(person=by, order=order)
    if known.filter(expires_at__gt=now, told_until__gt=now + LIFE).update(expires_at=now + LIFE):
        return
    times = {"expires_at": now + LIFE, "told_until": now + TOLD_FOR}
    models.Reviewing.objects.update_or_create(
        person=by, order=order, defaults=times, create_defaults={**times, "began_at": now}
    )
    # From now on a run pays double for planning it otherwise.
    models.Suggestion.objects.filter(order=order, in_plan=True, read_at=None).proposed().update(read_at=now)
    events.order_reviewing(order=order, now=now)


@transaction.atomic
def go_on(*, looked_at: Collection[tuple[int, int]], now: datetime) -> None:
    """Keeps the reviews whose pages are still open, by the ids of their order and their person.

    One that has ended stays so: a connection may name a page that was closed a moment ago.
    """
    pairs, until = set(looked_at), now + LIFE
    running = models.Reviewing.objects.filter(expires_at__gt=now)
    found = running.filter(order__in={order for order, _ in pairs}).select_related("order")
    going = [one for one in found if (one.order_id, one.person_id) in pairs]
    running.filter(pk__in=[one.pk for one in going]).update(expires_at=until)
    for one in going:
        if one.told_until <= until and running.filter(pk=one.pk).update(told_until=now + TOLD_FOR):
            events.order_reviewing(order=one.order, now=now)


@transaction.atomic
def end(*, order: models.WorkOrder, by: Any, now: datetime) -> None:
    """The person has left the review; nothing is told when that was known."""
    if models.Reviewing.objects.filter(person=by, order=order).delete()[0]:
        events.order_reviewing(order=order, now=now)


def end_silent(*, now: datetime) -> int:
    """Number of reviews ended because their pages have gone without a word, each in a transaction of its own."""
    over = models.Reviewing.objects.over(now).select_related("order").order_by("pk")[:_BATCH]
    return sum(held_rows.each(over, lambda one: _end(one, now), name="Review"))


def _end(over: models.Reviewing, now: datetime) -> bool:
    with held_rows.brief():
        # It may have given a sign of life since it was read.
        is_ended = bool(models.Reviewing.objects.over(now).filter(pk=over.pk).delete()[0])
        if is_ended:
            events.order_reviewing(order=over.order, now=now)
    return is_ended
