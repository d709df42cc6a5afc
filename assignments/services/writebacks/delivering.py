"""Decisions reach the downstream systems: each write-back is sent until it is acknowledged or a person must look.

A worker claims a row by a conditional UPDATE with a lease, posts it outside any transaction and settles it in another.
Whoever dies in between leaves the row to the next worker, who posts with the same idempotency key: once in effect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from assignments import models
from assignments.downstream import client, messages
from assignments.services.records import auditing, events, hints, refusals, telling
from assignments.services.writebacks import connecting
from notifications.services.backoff import Backoff

MAX_ATTEMPTS = 8
"""Attempts before a person must look; each retry by a person gives as many again."""
WAITS = Backoff(first=3.0, longest=300.0)
LEASE_MARGIN = timedelta(seconds=30)
"""Time beyond the target's own timeout that a worker may be busy with one write-back."""
WORKER = "Lineup worker"

Status = models.WriteBack.Status
Action = models.WriteBack.Action
_UNDER_WAY = (Status.PENDING, Status.SENDING, Status.FAILED)


class NothingToRetry(refusals.Refusal):
    """Only a write-back that has failed can be sent again."""

    code = "nothing-to-retry"
    next_step = "Reload the page to see where it stands."


@transaction.atomic
def claim_due(*, owner: str, now: datetime, limit: int) -> list[models.WriteBack]:
    """Up to `limit` due write-backs, leased to `owner` and to be delivered by it now; oldest first.

    To the same target an ASSIGN goes before its CONFIRM, and a REVOKE after both: a CONFIRM waits for the
    acknowledgement, a REVOKE until nothing is under way any more. A restoration time waits while an earlier one of the
    order is being sent. Disabled targets wait.
    """
    claimed = []
    for row in _deliverable(now).select_related("target").order_by("next_attempt_at", "pk")[:limit]:
        # Only columns of the row itself: PostgreSQL looks at them again after waiting for the other of two workers that
        # saw the same row, but not at a subquery, into which Django turns any condition on another table.
        unclaimed = models.WriteBack.objects.filter(pk=row.pk, attempts=row.attempts).due(now)
        if unclaimed.ready_for(Status.SENDING).claim(
            owner=owner, now=now, lasts=_lease(row.target), status=Status.SENDING, attempts=F("attempts") + 1
        ):
            claimed.append(row.pk)
    found = models.WriteBack.objects.filter(pk__in=claimed).select_related(
        "target", "order__district", "assignment__order__district"
    )
    for row in (taken := list(found.order_by("next_attempt_at", "pk"))):
        events.write_back_changed(write_back=row, now=now)
    return taken


def deliver(*, write_back: models.WriteBack, owner: str, now_fn: Callable[[], datetime]) -> models.WriteBack:
    """The claimed write-back after one attempt: acknowledged, failed with its next attempt set, or dead.

    Leaves it alone when its lease has gone to another worker meanwhile.
    """
    try:
        with connecting.to(system=write_back.target) as http:
            send = http.restore if write_back.action == Action.ETR else http.book
            answer = send(payload=write_back.payload, key=str(write_back.idempotency_key))
    except client.SystemUnavailable as error:
        _fail(write_back, owner, error, now_fn())
    else:
        _acknowledge(write_back, owner, answer, now_fn())
    write_back.refresh_from_db()
    return write_back


@transaction.atomic
def retry(*, write_back: models.WriteBack, by: Any, now: datetime) -> models.WriteBack:
    """The write-back, due at once. Raises NotAManager, NothingToRetry."""
    order = write_back.about
    refusals.require_manager(by=by, district=order.district)
    rows = models.WriteBack.objects.filter(pk=write_back.pk)
    before = rows.values_list("status", flat=True).get()
    # A failed write-back stays failed and only waits no longer. Attempts go on counting: whether anything was
    # ever sent decides what an undo must take back.
    if not (
        rows.filter(status=Status.DEAD).transition(Status.PENDING, next_attempt_at=now)
        or rows.filter(status=Status.FAILED).update(next_attempt_at=now)
    ):
        word = Status(before).label.lower()
        raise NothingToRetry(f"The write-back of {order.number} to {write_back.target} is {word}.")
    write_back.refresh_from_db()
    auditing.record(
        verb="write-back.retried", row=write_back, by=by, now=now, order=order,
        before={"status": before, "error": write_back.last_error}, after={"status": write_back.status},
    )  # fmt: skip
    events.write_back_changed(write_back=write_back, now=now)
    hints.write_backs_wanted()
    return write_back


def _deliverable(now: datetime) -> models.bookings.WriteBackQuerySet:
    earlier = models.WriteBack.objects.filter(assignment=OuterRef("assignment"), target=OuterRef("target"))
    assign = earlier.filter(action=Action.ASSIGN)
    # An ASSIGN that needs a person may still be sent again; after its CONFIRM it would make the booking tentative.
    unheard = assign.filter(status__in=[*_UNDER_WAY, Status.DEAD])
    same_order = models.WriteBack.objects.filter(order=OuterRef("order"), target=OuterRef("target"))
    being_told = same_order.filter(status=Status.SENDING, pk__lt=OuterRef("pk"))
    unsettled = earlier.exclude(action=Action.REVOKE).filter(status__in=_UNDER_WAY)
    return models.WriteBack.objects.due(now).filter(
        Q(action=Action.ASSIGN)
        | Q(~Exists(unheard), action=Action.CONFIRM)
        | Q(~Exists(unsettled), action=Action.REVOKE)
        | Q(~Exists(being_told), action=Action.ETR),
        target__enabled=True,
    )


def _lease(target: models.DownstreamSystem) -> timedelta:
    return timedelta(seconds=target.timeout_seconds) + LEASE_MARGIN


def _held(write_back: models.WriteBack, owner: str) -> models.bookings.WriteBackQuerySet:
    return models.WriteBack.objects.filter(pk=write_back.pk, status=Status.SENDING).held_by(owner)


@transaction.atomic
def _acknowledge(write_back: models.WriteBack, owner: str, answer: messages.Acknowledgement, now: datetime) -> None:
    values = {"reference": answer.reference, "acknowledged_at": now, "last_error": "", **models.WriteBack.FREE}
    if write_back.action == Action.ETR:
        if _held(write_back, owner).transition(Status.ACKNOWLEDGED, **values):
            events.write_back_changed(write_back=write_back, now=now)
        return
    # Locked, so that of two targets answering at once the later one sees the earlier one's acknowledgement.
    assignment = models.Assignment.objects.select_for_update(no_key=True).get(pk=write_back.assignment_id)
    if not _held(write_back, owner).transition(Status.ACKNOWLEDGED, **values):
        return
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=Action.REVOKE)
    if write_back.action == Action.REVOKE:
        told.filter(target=write_back.target_id).transition(Status.COMPENSATED)
    elif not told.exclude(status=Status.ACKNOWLEDGED).exists():
        models.Assignment.objects.filter(pk=assignment.pk).transition(models.Assignment.Status.CONFIRMED)
    events.write_back_changed(write_back=write_back, now=now)


@transaction.atomic
def _fail(write_back: models.WriteBack, owner: str, error: client.SystemUnavailable, now: datetime) -> None:
    """Another attempt later, or a person's turn: when asking again cannot help or was tried often enough."""
    row = _held(write_back, owner)
    last_error = f"{write_back.target} {error.detail}"[:500]
    dead = error.permanent or write_back.attempts % MAX_ATTEMPTS == 0
    values = {"last_error": last_error, **models.WriteBack.FREE}
    if dead:
        changed = row.transition(Status.DEAD, **values)
    else:
        failures = (write_back.attempts - 1) % MAX_ATTEMPTS + 1
        wait = timedelta(seconds=max(WAITS.seconds(failures), min(error.retry_after or 0, 3600)))
        changed = row.transition(Status.FAILED, next_attempt_at=now + wait, **values)
    if not changed:
        return
    events.write_back_changed(write_back=write_back, now=now)
    if dead:
        _call_for_a_person(write_back, last_error, now)


def _call_for_a_person(write_back: models.WriteBack, last_error: str, now: datetime) -> None:
    order = write_back.about
    telling.tell_managers(
        district=order.district,
        kind="write-back.dead",
        title=f"{write_back.target} has not taken {write_back.get_action_display().lower()} of {order.number}",
        body=last_error,
        url=order.get_absolute_url(),
        by=WORKER,
        now=now,
    )
