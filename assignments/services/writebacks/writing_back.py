"""The rows that tell downstream systems of a decision; delivering sends them.

One for each target, whose payload names all crews of a team: a target takes them together or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.services.records import hints, refusals

Status = models.WriteBack.Status


def assign(*, assignment: models.Assignment, by: Any, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each enabled target."""
    targets = models.DownstreamSystem.objects.filter(enabled=True, is_target=True)
    return _write(assignment, list(targets), models.WriteBack.Action.ASSIGN, by, now)


def confirm(*, assignment: models.Assignment, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that has been, or is to be, told of the assignment as tentative."""
    told = models.WriteBack.objects.filter(assignment=assignment, action=models.WriteBack.Action.ASSIGN)
    targets = [row.target for row in told.exclude(status=Status.COMPENSATED).select_related("target")]
    return _write(assignment, targets, models.WriteBack.Action.CONFIRM, assignment.approved_by, now)


def revoke(*, assignment: models.Assignment, by: Any, now: datetime) -> list[models.WriteBack]:
    """Takes the assignment back from every target that may have heard of it.

    What was never sent is compensated on the spot; a failed attempt may have arrived, so it is revoked as well. One
    revocation takes back the assignment and its confirmation.
    """
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=models.WriteBack.Action.REVOKE)
    told.filter(status=Status.PENDING, attempts=0).transition(Status.COMPENSATED)
    # A confirmation is sent only after its assignment was, so the assignments tell who may have heard of anything.
    assigned = told.filter(action=models.WriteBack.Action.ASSIGN)
    heard = list(assigned.exclude(status=Status.COMPENSATED).select_related("target"))
    told.filter(status__in=[Status.FAILED, Status.DEAD, Status.PENDING]).transition(Status.COMPENSATED)
    return _write(assignment, [row.target for row in heard], models.WriteBack.Action.REVOKE, by, now)


def _write(
    assignment: models.Assignment, targets: list[models.DownstreamSystem], action: str, by: Any, now: datetime
) -> list[models.WriteBack]:
    # An order that is not split is told as it always was.
    unsaid = None if assignment.order.part else {"part", "parts"}
    payload = _booking(assignment, action, by).model_dump(mode="json", exclude=unsaid)
    hints.write_backs_wanted()
    return models.WriteBack.objects.bulk_create(
        models.WriteBack(
            assignment=assignment, target=target, action=action, payload=payload, next_attempt_at=now, created_at=now
        )
        for target in targets
    )


def _booking(assignment: models.Assignment, action: str, by: Any) -> messages.BookingMessage:
    order = assignment.order
    return messages.BookingMessage.model_validate(
        {
            "action": action,
            "assignment": str(assignment.pk),
            "order": order.whole.source_reference or order.whole.number,
            "part": order.part,
            "parts": order.parts_in_all,
            "crew": _reference(assignment.crew),
            "further_crews": [_reference(one.crew) for one in assignment.team[1:]],
            "period": {"start": assignment.starts_at, "end": assignment.ends_at},
            "tentative": assignment.status == models.Assignment.Status.TENTATIVE,
            "approved_by": refusals.person(by),
            "reason": assignment.revoke_reason or assignment.override_reason,
        }
    )


def _reference(crew: models.Crew) -> str:
    return crew.source_reference or str(crew.pk)
