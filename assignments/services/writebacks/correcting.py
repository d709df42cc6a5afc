"""A person corrects what a system was told and has refused, and it is sent again.

The decision is not changed here: which one it is, who made it and whether it is firm stay as they are, and so do the
crews and their time. Open to correction is how the system is told of it: its own references of the order and the crews,
the note, and the told time within what the crews have been given.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from pydantic import ValidationError

from assignments import models
from assignments.downstream import messages, outbound, trouble
from assignments.queries import deliveries
from assignments.services.records import auditing, events, hints, refusals
from assignments.services.writebacks import writing_back

ROUNDING = timedelta(minutes=15)
"""How far told times may go beyond the decided ones: for systems that book by the quarter of an hour."""
OF_BOOKINGS = frozenset({"order", "crew", "further_crews", "period", "reason"})
OF_RESTORATIONS = frozenset({"order", "reason"})

Action = models.WriteBack.Action
Status = models.WriteBack.Status


class NothingToCorrect(refusals.Refusal):
    """Only what a system has refused, or has not taken for days, can be corrected."""

    code = "nothing-to-correct"
    next_step = "Reload the page to see where it stands."


class ChangedBefore(refusals.Refusal):
    """Two people corrected the same write-back; the second has not seen what the first did."""

    code = "changed-before"
    next_step = "Reload the page and look at what is sent now."


class NotCorrectable(refusals.Refusal):
    """The system cannot be told this way: it would be no message of the contract, or another decision."""

    code = "not-correctable"
    next_step = "Change what you wrote. To change the decision itself, move or revoke the assignment."


@transaction.atomic
def correct(
    *,
    write_back: models.WriteBack,
    changes: Mapping[str, Any],
    seen: uuid.UUID | None = None,
    reason: str,
    by: Any,
    now: datetime,
) -> models.WriteBack:
    """The dead write-back, due at once with `changes` to its payload, under a new idempotency key.

    `seen` is the key that it had when the person looked. Raises NotAManager, ReasonMissing, NothingToCorrect,
    ChangedBefore, NotCorrectable.
    """
    refusals.require_manager(by=by, district=write_back.about.district)
    reason = refusals.required_reason(reason, "What a system is told is corrected only with a reason.")
    rows = deliveries.with_districts(models.WriteBack.objects.filter(pk=write_back.pk))
    row: models.WriteBack = rows.select_for_update(of=("self",), no_key=True).get()
    if row.status != Status.DEAD:
        word = row.get_status_display().lower()
        raise NothingToCorrect(f"The message about {row.about.number} to {row.target} is {word}.")
    if seen is not None and seen != row.idempotency_key:
        raise ChangedBefore(f"What {row.target} is told of {row.about.number} was corrected meanwhile.")
    before, payload = row.payload, _corrected(row, changes)
    # Under the old key a system would answer that it has it already, or that it came with another body.
    models.WriteBack.objects.filter(pk=row.pk).update(payload=payload, idempotency_key=uuid.uuid4())
    _correct_what_follows(row, payload)
    writing_back.send_anew(row=row, now=now)
    differing = sorted(name for name in payload if before.get(name) != payload[name])
    auditing.record(
        verb="write-back.corrected", row=row, by=by, now=now, order=row.about, reason=reason,
        before={name: before.get(name) for name in differing} | {"error": row.last_error},
        after={name: payload[name] for name in differing},
    )  # fmt: skip
    row.refresh_from_db()
    events.write_back_changed(write_back=row, now=now)
    hints.write_backs_wanted()
    return row


def _correct_what_follows(row: models.WriteBack, payload: Mapping[str, Any]) -> None:
    """The same words for all that the system is still to be told of the assignment, such as that it is firm."""
    of_it = models.WriteBack.objects.filter(assignment=row.assignment_id, target=row.target_id, pk__gt=row.pk)
    words = {name: payload[name] for name in writing_back.WORDS if name in payload}
    for later in of_it.filter(assignment__isnull=False, status=Status.PENDING, may_be_known=False):
        models.WriteBack.objects.filter(pk=later.pk, status=Status.PENDING).update(payload={**later.payload, **words})


def _corrected(row: models.WriteBack, changes: Mapping[str, Any]) -> dict[str, Any]:
    is_etr = row.action == Action.ETR
    if foreign := sorted(changes.keys() - (OF_RESTORATIONS if is_etr else OF_BOOKINGS)):
        raise NotCorrectable(f"{foreign[0]} says what was decided, not how {row.target} is told of it.")
    shape = outbound.RestorationMessage if is_etr else outbound.BookingMessage
    try:
        message = shape.model_validate({**row.payload, **changes})
    except ValidationError as error:
        raise NotCorrectable(f"{row.target} cannot be told this: {trouble.first_fault(error)}.") from error
    if isinstance(message, outbound.BookingMessage):
        _refuse_other_crews(row, message)
        if "period" in changes:
            _refuse_other_time(row, message.period)
    payload = message.model_dump(mode="json", include=row.payload.keys() | changes.keys())
    if payload == row.payload:
        raise NotCorrectable("Nothing is different from what was sent.", next_step="To send it as it is, retry it.")
    return payload


def _refuse_other_crews(row: models.WriteBack, message: outbound.BookingMessage) -> None:
    crews = models.Assignment.objects.filter(Q(pk=row.assignment_id) | Q(lead=row.assignment_id)).count()
    if 1 + len(message.further_crews) != crews:
        raise NotCorrectable(f"{row.about.number} is done by {crews} crew{'' if crews == 1 else 's'}.")


def _refuse_other_time(row: models.WriteBack, period: messages.Period) -> None:
    decided = cast("models.Assignment", row.assignment)  # by the constraint
    if period.start >= decided.starts_at - ROUNDING and period.end <= decided.ends_at + ROUNDING:
        return
    start, end = (at.astimezone(row.about.district.zone) for at in (decided.starts_at, decided.ends_at))
    raise NotCorrectable(
        f"{decided.crew} has {row.about.number} from {start:%H:%M} to {end:%H:%M}: the time may be told shorter, "
        f"and rounded by up to {ROUNDING // timedelta(minutes=1)} minutes, not moved."
    )
