"""The rows that tell downstream systems of a decision; delivering sends them.

One for each target, whose payload names all crews of a team: a target takes them together or not at all. Each stands in
the lanes of its order and of its crews: there, decisions reach the target in the order in which they were made, since
whoever decides holds the locks of order and crews.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Q

from assignments import models
from assignments.downstream import messages
from assignments.services.records import hints, refusals
from assignments.services.writebacks import hearing

Action = models.WriteBack.Action
Status = models.WriteBack.Status


def assign(*, assignment: models.Assignment, by: Any, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that hears of the order, a disabled one too; that waits."""
    return _write(assignment, hearing.targets_of(assignment.order), Action.ASSIGN, by, now)


def catch_up(
    *, assignment: models.Assignment, targets: Sequence[models.DownstreamSystem], now: datetime
) -> list[models.WriteBack]:
    """One pending write-back for each of the targets, which did not hear of the decision when it was made."""
    return _write(assignment, targets, Action.ASSIGN, assignment.approved_by, now)


def confirm(*, assignment: models.Assignment, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that has been, or is to be, told of the assignment as tentative."""
    told = models.WriteBack.objects.filter(assignment=assignment, action=Action.ASSIGN)
    targets = [row.target for row in told.exclude(status=Status.COMPENSATED).select_related("target")]
    return _write(assignment, targets, Action.CONFIRM, assignment.approved_by, now)


def revoke(*, assignment: models.Assignment, by: Any, now: datetime) -> list[models.WriteBack]:
    """Takes the assignment back from every target that may have heard of it.

    What no target can have taken is compensated on the spot. What may have arrived without an answer is sent until it
    is answered, and the revocation follows it: sent first, it could be overtaken by what it takes back. One revocation
    takes back the assignment and its confirmation.
    """
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=Action.REVOKE)
    unheard = told.filter(status__in=[Status.PENDING, Status.FAILED, Status.DEAD], may_be_known=False)
    # A dead one that may be known is not sent again, so nothing could overtake its revocation.
    cancel(rows=unheard)
    assigned = told.filter(action=Action.ASSIGN).exclude(status=Status.COMPENSATED)
    targets = [row.target for row in assigned.select_related("target")]
    cancel(rows=told.filter(status=Status.DEAD))
    # Without its assignment a confirmation says nothing.
    cancel(rows=told.filter(status=Status.PENDING).exclude(target__in=targets))
    return _write(assignment, targets, Action.REVOKE, by, now)


def cancel(*, rows: models.writebacks.WriteBackQuerySet) -> None:
    """Compensates rows that are not to be sent any more, and clears their lanes."""
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        models.WriteBack.objects.filter(pk__in=ids).transition(Status.COMPENSATED)
        models.WriteBackLane.objects.filter(write_back__in=ids).delete()


def store(*, rows: Sequence[models.WriteBack], now: datetime) -> list[models.WriteBack]:
    """The rows, pending from now on, last in their lanes."""
    for row in rows:
        row.next_attempt_at = row.created_at = now
        row.give_up_at = _give_up_at(now)
    stored = models.WriteBack.objects.bulk_create(rows)
    models.WriteBackLane.objects.lay(stored)
    hints.write_backs_wanted()
    return stored


def send_anew(*, row: models.WriteBack, now: datetime) -> int:
    """1 when the dead write-back is due again; it keeps its place before newer decisions of its lanes."""
    values = {"next_attempt_at": now, "give_up_at": _give_up_at(now)}
    sent = models.WriteBack.objects.filter(pk=row.pk, status=Status.DEAD).transition(Status.PENDING, **values)
    if sent:
        models.WriteBackLane.objects.lay([row])
    return sent


def _give_up_at(now: datetime) -> datetime:
    return now + timedelta(days=settings.WRITE_BACK_DAYS)


def _write(
    assignment: models.Assignment, targets: Sequence[models.DownstreamSystem], action: str, by: Any, now: datetime
) -> list[models.WriteBack]:
    if not targets:
        return []
    references = hearing.References(targets)
    sequence = _next_in_sequence(assignment, action)
    # An order that is not split is told as it always was.
    unsaid = None if assignment.order.part else {"part", "parts"}
    rows = [
        models.WriteBack(
            assignment=assignment,
            target=target,
            action=action,
            sequence=sequence,
            payload=_booking(assignment, action, sequence, references.of(target), by).model_dump(
                mode="json", exclude=unsaid
            ),
        )
        for target in targets
    ]
    return store(rows=rows, now=now)


def _next_in_sequence(assignment: models.Assignment, action: str) -> int:
    """A decision that is told late to one target has the number that the others have."""
    of_order = models.WriteBack.objects.filter(assignment__order=assignment.order_id)
    same = Q(assignment=assignment, action=action)
    found = of_order.aggregate(same=Max("sequence", filter=same), last=Max("sequence"))
    return int(found["same"] or (found["last"] or 0) + 1)


def _booking(
    assignment: models.Assignment, action: str, sequence: int, references: hearing.ReferencesOf, by: Any
) -> messages.BookingMessage:
    order = assignment.order
    return messages.BookingMessage.model_validate(
        {
            "action": action,
            "assignment": str(assignment.pk),
            "sequence": sequence,
            "order": references.order(order.whole),
            "part": order.part,
            "parts": order.parts_in_all,
            "crew": references.crew(assignment.crew),
            "further_crews": _further(assignment.team[1:], references),
            "period": {"start": assignment.starts_at, "end": assignment.ends_at},
            "tentative": assignment.status == models.Assignment.Status.TENTATIVE,
            "approved_by": refusals.person(by),
            "reason": assignment.revoke_reason or assignment.override_reason,
        }
    )


def _further(team: Iterable[models.Assignment], references: hearing.ReferencesOf) -> list[str]:
    return [references.crew(one.crew) for one in team]
