"""Many decisions by one act, and taking them all back: item by item, each in a transaction of its own.

Hundreds take longer than a gateway waits. So the items are rows with a state, the batch's page goes on with them for a
few seconds at a time, and being broken off loses nothing and does nothing twice. When the page was closed, a worker
finishes what it left, in the name of who asked for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.batches import acts
from assignments.services.decisions import revoking
from assignments.services.records import auditing, refusals, telling

MOST = 900
"""Suggestions of one batch: the ticks of one form, below Django's limit of its fields."""

LEASE = timedelta(seconds=15)
"""Time after the last sign of a page or a worker until another worker goes on: several times what one piece takes."""

PAGE = ""
"""The owner of a lease that a page has."""

Item = models.BatchItem
Status = models.BatchItem.Status


class BegunByAnother(refusals.Refusal):
    """Decisions carry the name of the manager who chose them."""

    code = "begun-by-another"
    next_step = "Let them go on, or decide the orders that are left from the board."


class NothingToTakeBack(refusals.Refusal):
    """Nothing of the batch is left."""

    code = "nothing-to-take-back"
    next_step = "Look at the orders; they are as they were before, or have moved on."


@transaction.atomic
def start(
    *,
    district: models.District,
    day: date,
    suggestions: Iterable[models.Suggestion],
    by: Any,
    now: datetime,
    attended: bool = True,
) -> models.Batch:
    """The batch, with every suggestion waiting for `go_on`; what starts first comes first. Unattended, a worker goes
    on with it at once. Raises NotAManager."""
    refusals.require_manager(by=by, district=district)
    chosen = sorted(suggestions, key=lambda one: (one.starts_at, one.pk))
    batch = models.Batch.objects.create(
        district=district, day=day, started_by=by, started_at=now, lease_owner=PAGE,
        lease_until=now + _lasts(attended), **models.Batch.present(),
    )  # fmt: skip
    Item.objects.bulk_create(
        (Item(batch=batch, place=place, order=one.order, suggestion=one) for place, one in enumerate(chosen)),
        batch_size=500,
    )
    _tell_of_start(batch, len(chosen), by, now)
    return batch


@transaction.atomic
def start_with_selected(
    *,
    act: acts.SelectedAct,
    district: models.District,
    day: date,
    chosen: Iterable[models.Suggestion | models.Assignment],
    by: Any,
    now: datetime,
) -> models.Batch:
    """The batch of what was selected by hand: suggestions to approve or reject, decisions to pin or move, each waiting
    for `go_on`. Raises NotAManager."""
    refusals.require_manager(by=by, district=district)
    # Work that is moved to later makes room for what stands before it.
    in_turn = sorted(chosen, key=lambda one: (one.starts_at, one.pk), reverse=act.later_by > 0)
    batch = models.Batch.objects.create(
        district=district, day=day, started_by=by, started_at=now, lease_owner=PAGE, lease_until=now + LEASE,
        **act.columns(), **models.Batch.present(),
    )  # fmt: skip
    column = "suggestion" if act.is_of_suggestions else "before"
    Item.objects.bulk_create(
        (Item(batch=batch, place=place, order=one.order, **{column: one}) for place, one in enumerate(in_turn)),
        batch_size=500,
    )
    _tell_of_start(batch, len(in_turn), by, now)
    return batch


def _tell_of_start(batch: models.Batch, orders: int, by: Any, now: datetime) -> None:
    auditing.record(
        verb="batch.started", row=batch, by=by, now=now, district=batch.district, reason=batch.reason,
        after={"day": batch.day, "orders": orders, "act": batch.act},
    )  # fmt: skip
    telling.batch_started(batch=batch, orders=orders, by=by, now=now)


@transaction.atomic
def take_back(*, batch: models.Batch, by: Any, now: datetime, reason: str = "", attended: bool = True) -> models.Batch:
    """The batch, with everything of it that stands to be taken back by `go_on`, or unattended by a worker; what still
    waited is left alone.

    Without a reason only until its `undo_until`. Raises NotAManager, UndoOver, NothingToTakeBack.
    """
    refusals.require_manager(by=by, district=batch.district)
    reason = reason.strip()[:200]
    if not reason and now >= batch.undo_until:
        at = batch.started_at.astimezone(batch.district.zone)
        raise revoking.UndoOver(f"{refusals.person(batch.started_by)} decided these at {at:%H:%M}.")
    items = Item.objects.filter(batch=batch)
    withdrawn = items.transition(Status.WITHDRAWN)
    wanted = items.filter(status__in=Item.STANDING).exclude(acts.TAKEN_BACK)
    leaving = Item.objects.filter(pk__in=list(wanted.values_list("pk", flat=True))).transition(Status.LEAVING)
    if not leaving and not withdrawn:
        raise NothingToTakeBack("Nothing of these decisions is left to take back.")
    models.Batch.objects.filter(pk=batch.pk).take_over(
        owner=PAGE,
        now=now,
        lasts=_lasts(attended),
        undo_asked_by=by,
        undo_asked_at=now,
        undo_reason=reason,
        **models.Batch.present(),
    )
    batch.refresh_from_db(fields=["undo_asked_by", "undo_asked_at", "undo_reason"])
    auditing.record(verb="batch.taken-back", row=batch, by=by, now=now, district=batch.district, reason=reason)
    telling.batch_taken_back(batch=batch, by=by, now=now)
    return batch


def _lasts(attended: bool) -> timedelta:
    return LEASE if attended else timedelta()


def go_on(*, batch: models.Batch, by: Any, now: datetime, seconds: float) -> int:
    """Number of items left after going on with them for so many seconds. Raises NotAManager, BegunByAnother."""
    refusals.require_manager(by=by, district=batch.district)
    until = time.monotonic() + seconds
    unfinished = batch.items.filter(status__in=Item.UNFINISHED)
    if by != batch.started_by and unfinished.filter(status=Status.WAITING).exists():
        raise BegunByAnother(f"{refusals.person(batch.started_by)} is deciding these.")
    # A worker that has it lets go at its next item.
    models.Batch.objects.filter(pk=batch.pk).take_over(owner=PAGE, now=now, lasts=LEASE)
    for pk in list(unfinished.order_by(batch.sequence).values_list("pk", flat=True)):
        settle(item_id=pk, by=by, now=now)
        if time.monotonic() > until:
            break
    return unfinished.count()


@transaction.atomic
def settle(*, item_id: Any, by: Any, now: datetime) -> None:
    """The item done, taken back or refused, as it waits for; without `by` in the name of who asked for it."""
    # Locked first: nobody else approves it meanwhile, and `take_back` finds it either waiting or approved. The batch is
    # read after that: of a row that is only joined, PostgreSQL shows what stood there before the wait.
    item = Item.objects.select_for_update(of=("self",)).select_related("order").get(pk=item_id)
    if item.status == Status.WAITING:
        _carry_out(item, by or item.batch.started_by, now)
    elif item.status == Status.LEAVING:
        _take_back(item, by or item.batch.undo_asked_by, now)


def _carry_out(item: models.BatchItem, by: Any, now: datetime) -> None:
    with _refused(item, Status.REFUSED):
        result = acts.carry_out(item=item, by=by, now=now)
        Item.objects.filter(pk=item.pk).transition(Status.APPROVED, **result)


def _take_back(item: models.BatchItem, by: Any, now: datetime) -> None:
    with _refused(item, Status.KEPT):
        acts.take_back(item=item, by=by, now=now)
        Item.objects.filter(pk=item.pk).transition(Status.UNDONE, code="", sentence="", next_step="")


@contextmanager
def _refused(item: models.BatchItem, to: str) -> Iterator[None]:
    """A refusal within the block becomes the item's, which stops no other."""
    try:
        yield
    except refusals.Refusal as refusal:
        said = {"code": refusal.code, "sentence": refusal.sentence[:500], "next_step": refusal.next_step[:200]}
        Item.objects.filter(pk=item.pk).transition(to, **said)
