"""Decisions reach the downstream systems: each write-back is sent until it is answered or a person must look.

A worker claims rows by a conditional UPDATE with a lease, posts them outside any transaction and settles what came of
them in another. Whoever dies in between leaves a row to the next worker, who posts with the same idempotency key: once
in effect. Only heads of lanes are claimed, so that nothing overtakes an older decision about its order or its crews.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from assignments import models
from assignments.services.records import auditing, events, hints, refusals, telling
from assignments.services.writebacks import breaking, leasing, writing_back
from assignments.services.writebacks.exchanging import Came, Exchange
from notifications.services.backoff import Backoff

WAITS = Backoff(first=3.0, longest=60.0)
"""Before a write-back is sent again to a target that is at work."""
CONFLICTS = 5
"""Attempts answered 409 after which the booking counts as refused, and not as still being worked on."""
WORKER = "Lineup worker"
NEXT_FOR_A_PIN = (
    "It has the booking and only does not know of the pin: write this off. If it cannot put a booking in the place of "
    "the one it has, an administrator can take “takes pins” from the system."
)

Status = models.WriteBack.Status
Action = models.WriteBack.Action


class NothingToRetry(refusals.Refusal):
    """Only a write-back that has failed can be sent again."""

    code = "nothing-to-retry"
    next_step = "Reload the page to see where it stands."


def claim(*, target: models.DownstreamSystem, owner: str, now: datetime, limit: int) -> list[models.WriteBack]:
    """Up to `limit` due write-backs to the target, leased to `owner`; the oldest decisions first.

    Of a target that is away a single one, if nobody else tries it just now: the one that was tried least. The rows say
    in `may_be_known` what was so before this attempt.
    """
    due = _deliverable(target, now)
    return leasing.claim(due=due, of="target", target=target, owner=owner, now=now, limit=limit, may_be_known=True)


@transaction.atomic
def settle(
    *, target: models.DownstreamSystem, exchanges: Sequence[Exchange[models.WriteBack]], owner: str, now: datetime
) -> None:
    """Stores what came of exchanges with the target: acknowledged, to be sent again, or in need of a person.

    Leaves alone what another worker has taken over meanwhile.
    """
    # Locked, so that of two targets answering at once the later one sees the earlier one's acknowledgement.
    assignments = {one.row.assignment_id for one in exchanges if one.row.assignment_id}
    locked = models.Assignment.objects.select_for_update(no_key=True).filter(pk__in=assignments).order_by("pk")
    orders = dict(locked.values_list("pk", "order"))
    rows = models.WriteBack.objects.filter(pk__in=[one.row.pk for one in exchanges], status=Status.SENDING)
    held = set(rows.held_by(owner).values_list("pk", flat=True))
    ours = [one for one in exchanges if one.row.pk in held]
    _acknowledge([one for one in ours if one.came == Came.DONE], now)
    _fail([one for one in ours if one.came != Came.DONE], now)
    breaking.judge(target=target, exchanges=ours, now=now)
    # What came back belongs to what was asked for.
    traces = {one.row.order_id or orders[one.row.assignment_id]: one.row.trace() for one in ours}
    events.order_changed(orders=traces, cause="write-back", now=now, traces=traces)


@transaction.atomic
def retry(*, write_back: models.WriteBack, by: Any, now: datetime) -> models.WriteBack:
    """The write-back, due at once. Raises NotAManager, NothingToRetry."""
    order = write_back.about
    refusals.require_manager(by=by, district=order.district)
    rows = models.WriteBack.objects.filter(pk=write_back.pk)
    before = rows.values_list("status", flat=True).get()
    # A failed write-back stays failed and only waits no longer.
    if not (
        writing_back.send_anew(row=write_back, now=now) or rows.filter(status=Status.FAILED).update(next_attempt_at=now)
    ):
        word = Status(before).label.lower()
        raise NothingToRetry(f"The message about {order.number} to {write_back.target} is {word}.")
    write_back.refresh_from_db()
    auditing.record(
        verb="write-back.retried", row=write_back, by=by, now=now, order=order,
        before={"status": before, "error": write_back.last_error}, after={"status": write_back.status},
    )  # fmt: skip
    events.write_back_changed(write_back=write_back, now=now)
    hints.write_backs_wanted()
    return write_back


def confirm_taken(assignment_ids: Collection[uuid.UUID]) -> None:
    """Confirms those of the assignments, locked by the caller, that a target has taken and that no other is still to
    take."""
    of_it = models.WriteBack.objects.filter(assignment=OuterRef("pk"))
    # A system that is switched off holds up no confirmation.
    awaited = of_it.filter(status__in=[*models.WriteBack.OPEN, Status.DEAD], target__enabled=True)
    # Whether it is pinned holds up none either.
    awaited = awaited.exclude(action=Action.PIN)
    given = models.Assignment.objects.filter(Exists(of_it.filter(status=Status.ACKNOWLEDGED)), pk__in=assignment_ids)
    given.filter(~Exists(awaited)).transition(models.Assignment.Status.CONFIRMED)


def _deliverable(target: models.DownstreamSystem, now: datetime) -> models.writebacks.WriteBackQuerySet:
    # An ASSIGN that needs a person may still be sent again; after its CONFIRM it would make the booking tentative,
    # and after its PIN undo that.
    unheard = models.WriteBack.objects.filter(
        assignment=OuterRef("assignment"), target=OuterRef("target"), action=Action.ASSIGN, status=Status.DEAD
    )
    due = models.WriteBack.objects.due(now).open().filter(target=target)
    return due.filter(~Q(action__in=[Action.CONFIRM, Action.PIN]) | ~Exists(unheard))


def _acknowledge(done: Sequence[Exchange[models.WriteBack]], now: datetime) -> None:
    if not done:
        return
    rows = models.WriteBack.objects.filter(pk__in=[one.row.pk for one in done])
    reference = Case(*(When(pk=one.row.pk, then=Value(one.reference)) for one in done))
    rows.transition(
        Status.ACKNOWLEDGED, reference=reference, acknowledged_at=now, last_error="", **models.WriteBack.FREE
    )
    _leave_lanes(one.row for one in done)
    for one in done:
        if one.row.action == Action.REVOKE:
            # What came after it was told anew.
            _told(one.row).filter(pk__lt=one.row.pk).exclude(action=Action.REVOKE).transition(Status.COMPENSATED)
    confirm_taken({one.row.assignment_id for one in done if one.row.assignment_id})


def _fail(failed: Sequence[Exchange[models.WriteBack]], now: datetime) -> None:
    if not failed:
        return
    related = ("target", "order__district", "assignment__order__district")
    rows = models.WriteBack.objects.select_related(*related).in_bulk([one.row.pk for one in failed])
    for one in failed:
        _Failure(rows[one.row.pk], one, now).settle()


def _told(row: models.WriteBack) -> models.writebacks.WriteBackQuerySet:
    """All that the target has been or is to be told of the assignment."""
    return models.WriteBack.objects.filter(assignment=row.assignment_id, target=row.target_id)


def _leave_lanes(rows: Iterable[models.WriteBack]) -> None:
    models.WriteBackLane.objects.filter(write_back__in=[row.pk for row in rows]).delete()


class _Failure:
    """One write-back that was not acknowledged; inside the transaction that settles it."""

    def __init__(self, row: models.WriteBack, exchange: Exchange[models.WriteBack], now: datetime) -> None:
        self._row, self._exchange, self._now = row, exchange, now
        self._may_be_known = exchange.row.may_be_known or exchange.is_reached
        self._values = {"last_error": f"{row.target} {exchange.detail}"[:500], **models.WriteBack.FREE}

    def settle(self) -> None:
        came = self._exchange.came
        is_refused = came == Came.REFUSED or self._conflicts() >= CONFLICTS
        # What the target has refused it has not taken, whatever came of earlier attempts with the same key.
        is_unheard = is_refused or not self._may_be_known
        if self._row.action != Action.REVOKE and is_unheard and self._is_taken_back():
            self._cancel()
        elif is_refused:
            self._call_for_a_person()
        elif came == Came.CLOSED:
            self._wait()
        elif self._row.give_up_at and self._now >= self._row.give_up_at:
            self._call_for_a_person()
        else:
            self._send_again()

    def _conflicts(self) -> int:
        """Times in a row, this one included: tries that were not answered say nothing of a conflict."""
        return (self._row.conflicts or 0) + 1 if self._exchange.is_conflict else 0

    def _is_taken_back(self) -> bool:
        return _told(self._row).filter(action=Action.REVOKE, pk__gt=self._row.pk).exists()

    def _cancel(self) -> None:
        """The decision was taken back meanwhile, and the target knows nothing of it: there is nothing to tell."""
        self._change(Status.COMPENSATED)
        others = _told(self._row).exclude(pk=self._row.pk)
        gone = others.filter(status__in=[Status.PENDING, Status.FAILED])
        # Of what was told more than once it may still know an earlier one.
        is_known = others.exclude(action=Action.REVOKE).filter(Q(status=Status.ACKNOWLEDGED) | Q(may_be_known=True))
        writing_back.cancel(rows=gone.exclude(action=Action.REVOKE) if is_known.exists() else gone)

    def _wait(self) -> None:
        """Nothing was tried: the target lets nobody in."""
        to = Status.FAILED if self._may_be_known else Status.PENDING
        self._change(to, attempts=F("attempts") - 1, may_be_known=self._may_be_known)

    def _send_again(self) -> None:
        seconds = max(WAITS.seconds(self._row.attempts), min(self._exchange.wait or 0, 3600))
        self._change(
            Status.FAILED,
            next_attempt_at=self._now + timedelta(seconds=seconds),
            may_be_known=self._may_be_known,
            conflicts=self._conflicts() or None,
        )

    def _call_for_a_person(self) -> None:
        is_refused = self._exchange.came == Came.REFUSED
        if self._row.action == Action.PIN:
            self._values["last_error"] = f"{self._values['last_error'][:250]}. {NEXT_FOR_A_PIN}"
        self._change(Status.DEAD, may_be_known=self._may_be_known and not is_refused)
        row, order = self._row, self._row.about
        telling.tell_managers(
            district=order.district,
            kind="write-back.dead",
            title=f"{row.target} has not taken {row.get_action_display().lower()} of {order.number}",
            body=str(self._values["last_error"]),
            url=order.get_absolute_url(),
            by=WORKER,
            now=self._now,
        )

    def _change(self, to: Status, **values: Any) -> None:
        models.WriteBack.objects.filter(pk=self._row.pk).transition(to, **self._values, **values)
        if to not in models.WriteBack.OPEN:
            _leave_lanes([self._row])
