"""Targets that were not there when decisions were made are told of those that still stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from assignments import models
from assignments.services.decisions import booking
from assignments.services.records import auditing, events
from assignments.services.writebacks import hearing, writing_back
from notifications.services import held_rows

MOST = 100
"""Decisions that one call tells a target of: more would hold up the worker's other duties."""

Status = models.WriteBack.Status


def catch_up(*, now: datetime) -> int:
    """Number of write-backs made: of live decisions, not over yet, to enabled targets that have none of them."""
    targets = models.DownstreamSystem.objects.filter(enabled=True, is_target=True).order_by("pk")
    untold = ((target, lead) for target in targets for lead in _untold(target, now)[:MOST])
    return sum(held_rows.each(untold, lambda one: _tell(*one, now), name="Decision"))


@transaction.atomic
def start_from_now(*, target: models.DownstreamSystem, by: Any, now: datetime) -> int:
    """Number of decisions that the target will not be told: all that it cannot have heard of by now.

    The caller has asked whether `by` may set up systems.
    """
    models.DownstreamSystem.objects.filter(pk=target.pk).update(told_from=now)
    waiting = models.WriteBack.objects.filter(target=target, may_be_known=False)
    rows = waiting.filter(status__in=[Status.PENDING, Status.FAILED, Status.DEAD])
    orders = set(rows.values_list("assignment__order", flat=True))
    count = rows.count()
    writing_back.cancel(rows=rows)
    auditing.record(
        verb="system.started-from-now", row=target, by=by, now=now,
        before={"told_from": target.told_from}, after={"told_from": now, "left_out": count},
    )  # fmt: skip
    events.order_changed(orders=orders, cause="write-back", now=now)
    return count


def _untold(target: models.DownstreamSystem, now: datetime) -> QuerySet[models.Assignment]:
    told = models.WriteBack.objects.filter(assignment=OuterRef("pk"), target=target)
    live = models.Assignment.objects.live().leads().filter(~Exists(told), ends_at__gt=now)
    heard = (
        live.filter(Q(order__source=target) | Q(order__part_of__source=target))
        if target.hears == target.Hears.OWN
        else live
    )
    if districts := list(target.hears_of.values_list("pk", flat=True)):
        heard = heard.filter(order__district__in=districts)
    since = heard.filter(approved_at__gte=target.told_from) if target.told_from else heard
    # In the order in which they were made.
    return since.order_by("approved_at", "pk")


def _tell(target: models.DownstreamSystem, lead: models.Assignment, now: datetime) -> int:
    with held_rows.brief():
        return _tell_now(target, lead, now)


def _tell_now(target: models.DownstreamSystem, lead: models.Assignment, now: datetime) -> int:
    # Locked as for a decision: one that takes it back meanwhile must find this write-back, or be found by this.
    locked = booking.lock(orders=[lead.order_id], crews=[one.crew_id for one in lead.team])
    row = models.Assignment.objects.live().with_teams().filter(pk=lead.pk).first()
    order = locked.orders[lead.order_id]
    if row is None or target not in hearing.targets_of(order) or row.write_backs.filter(target=target).exists():
        return 0
    row.order = order
    made = writing_back.catch_up(assignment=row, targets=[target], now=now)
    events.order_changed(orders=[order], cause="write-back", now=now)
    return len(made)
