"""A manager cuts work into parts, or puts its parts together again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine.domain.cutting import CannotBeCut
from assignments.services.decisions import guards
from assignments.services.inputs import consequences, part_rows, parting
from assignments.services.records import refusals


class SplittingForbidden(refusals.Refusal):
    """The order's owner does not let its work be interrupted."""

    code = "splitting-forbidden"
    next_step = "Have its owner allow it in work management, or give one crew longer hours for it."


class NotCut(refusals.Refusal):
    """Parts of that length are no parts, or too short ones."""

    code = "not-cut"
    next_step = "Choose another longest part, or have the owner of the order allow shorter ones."


class AlreadySplit(refusals.Refusal):
    """The order has parts, or is one."""

    code = "already-split"
    next_step = "Put its parts together first to cut the work otherwise."


class PartsDecided(refusals.Refusal):
    """A part has a crew, or is done."""

    code = "parts-decided"
    next_step = "Undo the decisions about its parts first."


class NotSplit(refusals.Refusal):
    """The order has no parts."""

    code = "not-split"
    next_step = "Reload the order to see how it stands."


def proposed(order: models.WorkOrder, longest_minutes: int) -> list[part_rows.Length]:
    """The parts that `split` would lay. Raises SplittingForbidden, NotCut."""
    if order.splitting == models.WorkOrder.Splitting.NO:
        raise SplittingForbidden(f"The owner of {order.number} forbids splitting its work.")
    try:
        lengths = parting.cut_order(order, order.duration_minutes, longest_minutes)
    except CannotBeCut as error:
        raise NotCut(str(error)) from error
    if len(lengths) < 2:
        raise NotCut(f"All of {order.number} fits into one part of {longest_minutes} minutes.")
    return lengths


@transaction.atomic
def split(*, order: models.WorkOrder, longest_minutes: int, by: Any, now: datetime) -> models.WorkOrder:
    """The order, cut into parts of at most so many minutes, set-up included.

    Raises NotAManager, OrderTaken, OrderNotAssignable, AlreadySplit, SplittingForbidden, NotCut.
    """
    refusals.require_manager(by=by, district=order.district)
    [whole] = parting.locked([order.pk], now)
    if whole.order.part or whole.order.is_split:
        raise AlreadySplit(f"{whole.order.label} is done in parts already.")
    guards.refuse_unless_open(whole.order)
    lengths = proposed(whole.order, longest_minutes)
    changed = part_rows.write(whole.order, whole.withdrawn, lengths, by=by, now=now)
    models.WorkOrder.objects.filter(pk=order.pk).update(kept_whole_at=None)
    consequences.follow(order_ids=changed | {order.pk}, crew_ids=(), now=now)
    order.refresh_from_db()
    return order


@transaction.atomic
def put_together(*, order: models.WorkOrder, by: Any, now: datetime) -> models.WorkOrder:
    """The order, whole again until it takes another time. Raises NotAManager, NotSplit, PartsDecided."""
    refusals.require_manager(by=by, district=order.district)
    [whole] = parting.locked([order.pk], now)
    if not whole.parts:
        raise NotSplit(f"{whole.order.label} is not cut into parts.")
    if whole.kept:
        decided = whole.kept[-1]
        raise PartsDecided(f"{decided.label} is {decided.get_status_display().lower()}.")
    rows = models.WorkOrder.objects.filter(pk=order.pk)
    rows.update(kept_whole_at=whole.order.duration_minutes)
    changed = part_rows.write(whole.order, [*whole.parts, *whole.withdrawn], [], by=by, now=now)
    consequences.follow(order_ids=changed | {order.pk}, crew_ids=(), now=now)
    order.refresh_from_db()
    return order
