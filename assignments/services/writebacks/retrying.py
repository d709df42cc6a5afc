"""A downstream system works again: all that it has not taken is sent once more, by one act of a manager."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
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
    """The result of one act: write-backs sent again, and those left alone that need no person any more."""

    retried: list[models.WriteBack]
    left: list[models.WriteBack]
    """As they stand now."""


@transaction.atomic
def retry_dead(
    *, district: models.District, target: models.DownstreamSystem, ids: Collection[int], by: Any, now: datetime
) -> Outcome:
    """The district's write-backs `ids` to the target, the dead ones due at once; the oldest MOST of them.

    Raises NotAManager, TargetDisabled, NothingToRetry.
    """
    refusals.require_manager(by=by, district=district)
    if not target.enabled:
        raise TargetDisabled(f"{target} is disabled.")
    outcome = Outcome([], [])
    for row in _asked_for(district, target, ids):
        if writing_back.send_anew(row=row, now=now):
            _record(row, by, now)
            outcome.retried.append(row)
        else:
            row.refresh_from_db(fields=["status"])
            outcome.left.append(row)
    if not outcome.retried:
        raise delivering.NothingToRetry(f"None of these write-backs to {target} needs a person any more.")
    events.order_changed(orders={row.order_pk for row in outcome.retried}, cause="write-back", now=now)
    hints.write_backs_wanted()
    return outcome


def _asked_for(
    district: models.District, target: models.DownstreamSystem, ids: Collection[int]
) -> list[models.WriteBack]:
    rows = models.WriteBack.objects.about(district=district).filter(pk__in=ids, target=target)
    related = rows.select_related("target", "order__district", "assignment__order__district", "assignment__crew")
    return list(related.order_by("created_at", "pk")[:MOST])


def _record(row: models.WriteBack, by: Any, now: datetime) -> None:
    auditing.record(
        verb="write-back.retried", row=row, by=by, now=now, order=row.about,
        before={"status": Status.DEAD, "error": row.last_error}, after={"status": Status.PENDING},
        reason="Retried with all others of the system",
    )  # fmt: skip
    row.status = Status.PENDING
