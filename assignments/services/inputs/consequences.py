"""Consequences of changed inputs: suggestions go stale or are offered again, decisions turn red or become firm,
orders wait."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from assignments import models
from assignments.queries import chunks, shared_people
from assignments.services.decisions import judging, readiness, rejecting
from assignments.services.inputs import moving_away, parting
from assignments.services.records import events, telling
from assignments.services.runs import standing
from assignments.services.writebacks import restorations

CAUSE = "inputs.changed"


@transaction.atomic
def follow(
    *,
    order_ids: Collection[int],
    crew_ids: Collection[int],
    now: datetime,
    cause: str | None = None,
    moved: Mapping[int, int] = MappingProxyType({}),
    new: Collection[int] = (),
) -> set[int]:
    """The ids of the orders that were told as changed: the given ones, and those whose suggestions or decisions were.

    To be called in the transaction that changed the orders and crews, or after it. `cause` says in words what
    happened, for the suggestions that go stale; without it the words are found from the facts. `moved` has the district
    before of those orders that are another's now; nothing hangs yet on those that are `new`. Doing it twice is one
    effect.
    """
    moving_away.follow(moved=moved, now=now)
    order_ids = {*order_ids, *parting.lay(order_ids=order_ids, now=now)}
    known = order_ids - set(new)
    waiting = judging.waiting_for(known)
    order_ids |= waiting
    known |= waiting
    affected = set(order_ids) | readiness.settle(order_ids=order_ids, now=now)
    concerned = {*crew_ids, *_done_early(known, now)}
    # Who joined one crew may be wanted in another, and who is free again may be there.
    beside = shared_people.crews_beside(concerned) if concerned else set()
    suggested = standing.judge(order_ids=known, crew_ids=concerned | beside, now=now, cause=cause)
    changed, firm = judging.judge(order_ids=known, crew_ids={*crew_ids, *beside}, now=now)
    affected |= suggested.stale | suggested.offered | changed
    affected |= rejecting.lapse(order_ids=known, crew_ids=crew_ids, now=now)
    events.order_changed(orders=affected - firm, cause=CAUSE, now=now)
    restorations.tell_moved(order_ids=affected | firm, crew_ids=crew_ids, now=now, announced=affected | firm)
    for part in chunks.chunked(order_ids):
        telling.emergencies(order_ids=part, now=now)
    return affected | firm


def _done_early(order_ids: Collection[int], now: datetime) -> set[int]:
    """Crews that would still have been at work on these orders, had the field not reported it done."""
    found: set[int] = set()
    done = models.Assignment.objects.filter(status=models.Assignment.Status.COMPLETED, ends_at__gt=now)
    for part in chunks.chunked(order_ids):
        found.update(done.filter(order__in=chunks.among(part)).values_list("crew", flat=True))
    return found
