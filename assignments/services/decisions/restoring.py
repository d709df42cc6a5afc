"""Restoration times that managers set: never earlier than a crew can legally have the customers back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine.screening import soonest
from assignments.models import districts
from assignments.queries import days, restoring
from assignments.services.decisions import booking
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.snapshots import snapshotting
from assignments.services.writebacks import restorations
from notifications.services import held_rows

LINEUP = "Lineup"


class NotAnOutage(refusals.Refusal):
    """Nobody waits for the order in the dark, or it is finished."""

    code = "not-an-outage"
    next_step = "Nothing needs to be promised here; reload the order to see where it stands."


class TooEarly(refusals.Refusal):
    """No crew can legally have the customers back by then."""

    code = "too-early"
    next_step = "Set a later time, or find a crew that can be there sooner."

    def __init__(self, sentence: str, earliest_at: datetime) -> None:
        super().__init__(sentence)
        self.earliest_at = earliest_at


class NothingSet(refusals.Refusal):
    """The time was taken back before, replaced, or has gone by."""

    code = "nothing-set"
    next_step = "Reload the order to see its estimate."


@transaction.atomic
def set_time(
    *, order: models.WorkOrder, back_at: datetime, reason: str, by: Any, now: datetime
) -> models.SetRestoration:
    """The restoration time in place of the estimate, and of one that was set before.

    Raises NotAManager, ReasonMissing, NotAnOutage, TooEarly.
    """
    refusals.require_manager(by=by, district=order.district)
    said = refusals.required_reason(reason, "A restoration time is set with a reason.")[:200]
    locked = booking.lock(orders=[order.pk]).orders[order.pk]
    _refuse_unless_out(locked)
    before = restoring.estimate(locked, now)
    _refuse_if_early(locked, back_at, now)
    models.SetRestoration.objects.held().filter(order=locked).update(lapsed_at=now)
    word = models.SetRestoration.objects.create(order=locked, back_at=back_at, reason=said, set_by=by, set_at=now)
    auditing.record(
        verb="restoration.set", row=word, by=by, now=now, order=locked, reason=said,
        before={"back_at": before.back_at if before else None}, after={"back_at": back_at},
    )  # fmt: skip
    events.order_changed(orders=[locked], cause="restoration.set", now=now)
    restorations.tell_moved(order_ids=[locked.pk], now=now, announced=[locked.pk])
    return word


@transaction.atomic
def take_back(*, order: models.WorkOrder, by: Any, now: datetime) -> models.SetRestoration:
    """The restoration time that held for the order; the estimate counts again. Raises NotAManager, NothingSet."""
    refusals.require_manager(by=by, district=order.district)
    booking.lock(orders=[order.pk])
    held = models.SetRestoration.objects.held().filter(order=order)
    word = held.first()
    if word is None or not held.filter(pk=word.pk).update(taken_back_by=by, taken_back_at=now):
        raise NothingSet(f"No restoration time is set for {order.number} any more.")
    word.refresh_from_db()
    auditing.record(
        verb="restoration.taken-back", row=word, by=by, now=now, order=order,
        before={"back_at": word.back_at, "reason": word.reason}, after={"back_at": None},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="restoration.taken-back", now=now)
    restorations.tell_moved(order_ids=[order.pk], now=now, announced=[order.pk])
    return word


def lapse(*, now: datetime) -> Sequence[models.SetRestoration]:
    """The set times that hold no more: gone by, of work that is over, or too early for any crew on what is known now.

    The managers are told of those that they may have promised to somebody. To be called again and again; each lapses
    once, in a transaction of its own.
    """
    related = models.SetRestoration.objects.held().select_related(*districts.with_rules("order__district"))
    rows = list(related.order_by("back_at", "pk"))
    causes = [(word, _why_lapsed(word, now)) for word in rows]
    due = [(word, cause) for word, cause in causes if cause]
    done = held_rows.each(due, lambda one: one[0] if _lapse(*one, now) else None, name="Restoration time of")
    return [word for word in done if word is not None]


def earliest(*, order: models.WorkOrder, now: datetime) -> datetime:
    """The soonest that the order's customers can be back, in whole minutes: at once where a crew is there, else when
    its decision says or any crew could legally be done. Where no crew may do it, when the horizon is over.
    """
    if order.is_in_the_field:
        return now
    found = restoring.estimate(order, now)
    start, end = days.horizon_of(order.district, days.today(order.district, now), now)
    snapshot = snapshotting.problem_for(
        district=order.district, start=start, end=end, now=now, order_ids=_with_prerequisites(order.pk)
    )
    done = soonest.end(snapshot.problem, snapshot.job(order.pk))
    at = end if done is None else snapshot.at(-(-done // _MINUTE) * _MINUTE)
    if found and found.certainty in restoring.DECIDED and found.estimated_at:
        # A decision against a rule that somebody answers for may be sooner than any other crew.
        return min(at, found.estimated_at)
    return at


_MINUTE = 60
"""Seconds; customers are told of whole minutes."""
_OVER = "The outage is over"


def _with_prerequisites(order_id: int) -> list[int]:
    """The order, what it waits for, what that waits for, and so on."""
    known, newest = {order_id}, {order_id}
    links = models.WorkOrder.prerequisites.through.objects
    while newest:
        found = set(links.filter(from_workorder__in=newest).values_list("to_workorder", flat=True))
        newest = found - known
        known |= newest
    return sorted(known)


def _refuse_unless_out(order: models.WorkOrder) -> None:
    if not restoring.is_outage(order):
        why = f"is {order.get_status_display().lower()}" if order.customers_out else "has no customers out"
        if order.parts_in_all and order.customers_out and order.part != order.parts_in_all:
            why = f"brings nobody back before part {order.parts_in_all} of it is done"
        raise NotAnOutage(f"{order.number} {why}.")


def _refuse_if_early(order: models.WorkOrder, back_at: datetime, now: datetime) -> None:
    soonest_at = max(earliest(order=order, now=now), now)
    if back_at >= soonest_at and back_at > now:
        return
    at, today = soonest_at.astimezone(order.district.zone), days.today(order.district, now)
    clock = f"{at:%H:%M}" if at.date() == today else f"{at:%a} {at.day} {at:%b %H:%M}"
    if order.is_in_the_field:
        raise TooEarly(f"It is {clock} already: a time that has gone by promises nothing.", soonest_at)
    raise TooEarly(f"No crew can legally have {order.number} done before {clock}.", soonest_at)


def _why_lapsed(word: models.SetRestoration, now: datetime) -> str:
    order = word.order
    if not restoring.is_outage(order):
        return _OVER
    if word.back_at <= now:
        return "Its time has gone by"
    if word.back_at < earliest(order=order, now=now):
        return "No crew can legally have it done by then any more"
    return ""


def _lapse(word: models.SetRestoration, cause: str, now: datetime) -> bool:
    with held_rows.brief():
        return _lapse_now(word, cause, now)


def _lapse_now(word: models.SetRestoration, cause: str, now: datetime) -> bool:
    if not models.SetRestoration.objects.held().filter(pk=word.pk).update(lapsed_at=now):
        return False
    order = word.order
    auditing.record(
        verb="restoration.lapsed", row=word, by=LINEUP, now=now, order=order, reason=cause,
        before={"back_at": word.back_at, "reason": word.reason}, after={"back_at": None},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="restoration.lapsed", now=now)
    restorations.tell_moved(order_ids=[order.pk], now=now, announced=[order.pk])
    if cause != _OVER:
        telling.restoration_lapsed(word=word, cause=cause, now=now)
    return True
