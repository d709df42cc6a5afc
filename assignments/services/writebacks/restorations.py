"""Restoration times that have moved: told by events, and to the outage systems that take them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from assignments import models
from assignments.downstream import outbound
from assignments.models import districts
from assignments.queries import chunks, restoring
from assignments.queries.restoring import DECIDED
from assignments.services.records import events, refusals
from assignments.services.writebacks import hearing, writing_back
from notifications.services import held_rows

Status = models.WriteBack.Status
CAUSE = "restoration.moved"
_UNSENT = (Status.PENDING, Status.FAILED, Status.DEAD)


def tell_moved(
    *, order_ids: Collection[int] = (), crew_ids: Collection[int] = (), now: datetime, announced: Collection[int] = ()
) -> set[int]:
    """The outages among the orders, and among what the crews have to do, whose restoration time is told anew.

    It is when a decision is behind it now or no longer, when a manager has set it, or when it has moved by more than
    the margin of the rules in force. To be called in the transaction of whatever may have moved it; twice is one
    effect. For the orders `announced` the caller publishes an event itself.
    """
    told: set[int] = set()
    ids = set(order_ids) | _on_their_way(crew_ids)
    for part in chunks.chunked(ids):
        told |= _tell(part, now)
    events.order_changed(orders=told - set(announced), cause=CAUSE, now=now)
    return told


def sweep(*, now: datetime) -> set[int]:
    """The same for every outage, and for plans and clocks that have moved meanwhile; a transaction for each few hundred
    orders, and for each order where somebody else holds one of them."""
    known = models.ToldRestoration.objects.values("order")
    orders = models.WorkOrder.objects.filter(Q(customers_out__gt=0) | Q(pk__in=known)).open()
    told: set[int] = set()
    for part in chunks.chunked(orders.values_list("pk", flat=True)):
        for _, moved in held_rows.together_or_each(list(part), lambda ids: _sweep(ids, now), name="Restoration of"):
            told |= moved
    return told


def _sweep(order_ids: Collection[int], now: datetime) -> set[int]:
    with held_rows.brief():
        return tell_moved(order_ids=order_ids, now=now)


def _on_their_way(crew_ids: Collection[int]) -> set[int]:
    if not crew_ids:
        return set()
    live = models.Assignment.objects.live().filter(crew__in=crew_ids, order__customers_out__gt=0)
    return set(live.order_by().values_list("order", flat=True))


def _tell(order_ids: Collection[int], now: datetime) -> set[int]:
    of_them = chunks.among(order_ids)
    without_power = models.WorkOrder.objects.filter(pk__in=of_them, customers_out__gt=0).order_by()
    out = list(without_power.values_list("pk", flat=True))
    rows = models.WorkOrder.objects.filter(pk__in=out).select_related(*districts.with_rules("district"))
    orders = list(rows) if out else []
    outages = {order.pk: order for order in orders if restoring.is_outage(order)}
    last = {one.order_id: one for one in models.ToldRestoration.objects.filter(order__in=of_them).order_by()}
    over = last.keys() - outages.keys()
    if over:
        # Whoever is out again later is told anew, and nobody needs to hear any more of what was not taken.
        models.ToldRestoration.objects.filter(order__in=over).delete()
        unsent = models.WriteBack.objects.filter(order__in=over, status__in=_UNSENT, may_be_known=False)
        writing_back.cancel(rows=unsent)
    if not outages:
        return set()
    found = restoring.estimates(outages.values(), now)
    moved = [pk for pk, order in outages.items() if _has_moved(last.get(pk), found[pk], order)]
    taken = {pk for pk in moved if _take(last.get(pk), found[pk], now)}
    if taken:
        _write(((outages[pk], found[pk]) for pk in sorted(taken)), now)
    return taken


def _has_moved(
    last: models.ToldRestoration | None, found: restoring.RestorationEstimate, order: models.WorkOrder
) -> bool:
    if last is None:
        return found.back_at is not None
    if last.is_set != bool(found.word) or (last.certainty in DECIDED) != (found.certainty in DECIDED):
        return True
    if last.back_at is None or found.back_at is None:
        return last.back_at != found.back_at
    # A manager's word is told to the minute.
    margin = timedelta(minutes=0 if found.word else order.district.rules_in_force.etr_margin_minutes)
    return abs(found.back_at - last.back_at) > margin


def _take(last: models.ToldRestoration | None, found: restoring.RestorationEstimate, now: datetime) -> bool:
    """Whether this transaction is the one that tells it."""
    values = {
        "back_at": found.back_at, "certainty": found.certainty, "is_set": bool(found.word), "told_at": now
    }  # fmt: skip
    if last is not None:
        same = models.ToldRestoration.objects.filter(
            pk=last.pk, back_at=last.back_at, certainty=last.certainty, is_set=last.is_set, told_at=last.told_at
        )
        return bool(same.update(**values))
    try:
        with transaction.atomic():
            models.ToldRestoration.objects.create(order_id=found.order_id, **values)
    except IntegrityError:
        return False
    return True


def _write(moved: Iterable[tuple[models.WorkOrder, restoring.RestorationEstimate]], now: datetime) -> None:
    """A pending write-back for each target that takes restoration times, in place of what was not sent yet."""
    taking = models.DownstreamSystem.objects.filter(enabled=True, is_target=True, takes_etr=True)
    targets = list(taking.prefetch_related("hears_of"))
    if not targets:
        return
    references = hearing.References(targets)
    rows = [
        models.WriteBack(
            order=order, target=target, action=models.WriteBack.Action.ETR,
            payload=_message(order, found, references.of(target), now).model_dump(mode="json"),
        )
        for order, found in moved
        for target in targets
        if hearing.hears(target, order)
    ]  # fmt: skip
    unsent = models.WriteBack.objects.filter(
        order__in={row.order_id for row in rows}, target__in=targets, status__in=_UNSENT
    )
    writing_back.cancel(rows=unsent)
    writing_back.store(rows=rows, now=now)


def _message(
    order: models.WorkOrder,
    found: restoring.RestorationEstimate,
    references: hearing.ReferencesOf,
    now: datetime,
) -> outbound.RestorationMessage:
    word = found.word
    return outbound.RestorationMessage.model_validate(
        {
            "order": references.order(order),
            "back_at": found.back_at,
            "certainty": found.certainty.value,
            "set_by": refusals.person(word.set_by) if word else "",
            "reason": word.reason if word else "",
            "told_at": now,
        }
    )
