"""A person decides that a system need not take a decision any more: it was settled there by hand, or never will be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.queries import deliveries
from assignments.services.records import auditing, events, refusals
from assignments.services.writebacks import delivering, retrying, writing_back

Action = models.WriteBack.Action
Status = models.WriteBack.Status


class NothingToWriteOff(refusals.Refusal):
    """Only what a system has refused, or has not taken for days, can be written off."""

    code = "nothing-to-write-off"
    next_step = "Reload the page to see where it stands."


@transaction.atomic
def write_off(
    *, district: models.District, ids: Collection[int], reason: str, by: Any, now: datetime
) -> retrying.Outcome:
    """The district's write-backs `ids`, the dead ones settled without being told; the oldest MOST of them.

    The confirmation of an assignment that is written off goes with it, and an assignment that waited for nothing else
    is confirmed. Raises NotAManager, ReasonMissing, NothingToWriteOff.
    """
    refusals.require_manager(by=by, district=district)
    reason = refusals.required_reason(reason, "What a system has not taken is written off only with a reason.")[:200]
    rows = models.WriteBack.objects.about(district=district).filter(pk__in=ids)
    found = list(deliveries.with_districts(rows).order_by("created_at", "pk")[: retrying.MOST])
    # As for an answer: of two acts that settle the last two write-backs of an assignment the later one must see both.
    assignments = {row.assignment_id for row in found if row.assignment_id}
    list(models.Assignment.objects.select_for_update(no_key=True).filter(pk__in=assignments).order_by("pk"))
    outcome = retrying.Outcome()
    for row in found:
        (outcome.done if _settle(row, reason, by, now) else outcome.left).append(row)
    if not outcome.done:
        raise NothingToWriteOff(_why_nothing(outcome.left))
    delivering.confirm_taken(assignments)
    events.order_changed(orders={row.order_pk for row in outcome.done}, cause="write-back", now=now)
    return outcome


def _settle(row: models.WriteBack, reason: str, by: Any, now: datetime) -> bool:
    dead = models.WriteBack.objects.filter(pk=row.pk, status=Status.DEAD)
    settled = dead.transition(
        Status.WRITTEN_OFF, written_off_by=by, written_off_at=now, written_off_because=reason
    )  # fmt: skip
    row.refresh_from_db(fields=["status"])
    if not settled:
        return False
    if row.action == Action.ASSIGN:
        # Without its assignment neither a confirmation nor a pin says anything.
        of_it = models.WriteBack.objects.filter(assignment=row.assignment_id, target=row.target_id)
        unsent = of_it.filter(status__in=[Status.PENDING, Status.FAILED])
        writing_back.cancel(rows=unsent.filter(action__in=[Action.CONFIRM, Action.PIN]))
    auditing.record(
        verb="write-back.written-off", row=row, by=by, now=now, order=row.about, reason=reason,
        before={"status": Status.DEAD, "error": row.last_error}, after={"status": Status.WRITTEN_OFF},
    )  # fmt: skip
    return True


def _why_nothing(left: list[models.WriteBack]) -> str:
    if len(left) == 1:
        [row] = left
        return f"The message about {row.about.number} to {row.target} is {row.get_status_display().lower()}."
    return "None of these messages needs a person any more."
