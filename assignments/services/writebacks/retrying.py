"""Sends all that downstream systems have not taken once more, by one act of a manager or an administrator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.queries import deliveries
from assignments.services.records import auditing, events, hints, refusals
from assignments.services.writebacks import delivering, writing_back

MOST = 200
"""Write-backs that one act sends again: more would hold the database's only writer too long."""

Status = models.WriteBack.Status


class TargetDisabled(refusals.Refusal):
    """Nothing is sent to a disabled system, so a retry would only look like one."""

    code = "target-disabled"
    next_step = "Ask an administrator to enable it, then retry."


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one act: write-backs sent again or settled, and those left alone that need no person any more or
    whose system is disabled."""

    done: list[models.WriteBack] = field(default_factory=list)
    left: list[models.WriteBack] = field(default_factory=list)
    """As they stand now."""


@transaction.atomic
def retry_dead(
    *,
    district: models.District,
    ids: Collection[int] | None = None,
    target: models.DownstreamSystem | None = None,
    by: Any,
    now: datetime,
) -> Outcome:
    """The district's write-backs `ids`, the dead ones due at once; without `ids` all that are dead, without a target
    those to all systems; the oldest MOST of them.

    Raises NotAManager, TargetDisabled, NothingToRetry.
    """
    refusals.require_manager(by=by, district=district)
    if target is not None and not target.enabled:
        raise TargetDisabled(f"{target} is disabled.")
    rows = models.WriteBack.objects.about(district=district)
    rows = rows.filter(status=Status.DEAD) if ids is None else rows.filter(pk__in=ids)
    outcome = _send_anew(rows if target is None else rows.filter(target=target), by, now)
    if outcome.done:
        return outcome
    if disabled := {str(row.target) for row in outcome.left if row.status == Status.DEAD}:
        raise TargetDisabled(f"Nothing is sent to {' or '.join(sorted(disabled))}, which an administrator disabled.")
    to = f" to {target}" if target else ""
    raise delivering.NothingToRetry(f"None of these messages{to} needs a person any more.")


@transaction.atomic
def retry_target(*, target: models.DownstreamSystem, by: Any, now: datetime) -> Outcome:
    """The same for the write-backs of all districts to one system. The caller has asked whether `by` may set up
    systems. Raises TargetDisabled."""
    if not target.enabled:
        raise TargetDisabled(f"{target} is disabled.")
    return _send_anew(models.WriteBack.objects.filter(target=target, status=Status.DEAD), by, now)


def _send_anew(rows: models.writebacks.WriteBackQuerySet, by: Any, now: datetime) -> Outcome:
    outcome = Outcome()
    for row in deliveries.with_districts(rows).order_by("created_at", "pk")[:MOST]:
        if row.target.enabled and writing_back.send_anew(row=row, now=now):
            _record(row, by, now)
            outcome.done.append(row)
        else:
            row.refresh_from_db(fields=["status"])
            outcome.left.append(row)
    if outcome.done:
        events.order_changed(orders={row.order_pk for row in outcome.done}, cause="write-back", now=now)
        hints.write_backs_wanted()
    return outcome


def _record(row: models.WriteBack, by: Any, now: datetime) -> None:
    auditing.record(
        verb="write-back.retried", row=row, by=by, now=now, order=row.about,
        before={"status": Status.DEAD, "error": row.last_error}, after={"status": Status.PENDING},
        reason="Retried with others that needed a person",
    )  # fmt: skip
    row.status = Status.PENDING
