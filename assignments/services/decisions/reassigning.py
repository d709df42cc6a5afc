"""The two halves of putting a decision elsewhere: off its crew, and on with another or at another time.

Whoever calls holds the locks of the order and the crews, and tells everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assignments import models
from assignments.services.writebacks import writing_back

Status = models.Assignment.Status


@dataclass(frozen=True)
class OverrideGrant:
    """The rules that somebody answers for, by code, and why."""

    rules: tuple[str, ...]
    code: str
    reason: str


def take_off(*, assignment: models.Assignment, reason: str, by: Any, now: datetime) -> bool:
    """Whether it is now reassigned, and its targets to be told of it; False when it is pinned, sent or gone."""
    rows = models.Assignment.objects.filter(pk=assignment.pk, pinned=False).exclude(status=Status.DISPATCHED)
    values = {"revoked_by": by, "revoked_at": now, "revoke_reason": reason[:200], "red_cause": ""}
    if not rows.transition(Status.REASSIGNED, **values):
        return False
    assignment.refresh_from_db(fields=["status", *values])
    if assignment.suggestion_id:
        models.Suggestion.objects.filter(pk=assignment.suggestion_id).transition(models.Suggestion.Status.SUPERSEDED)
    writing_back.revoke(assignment=assignment, by=by, now=now)
    return True


def put_on(
    *, order: models.WorkOrder, crew: models.Crew, shift_id: int, departs_at: datetime, starts_at: datetime,
    ends_at: datetime, tentative: bool, by: Any, now: datetime, override: OverrideGrant | None = None,
) -> models.Assignment:  # fmt: skip
    """The new assignment, with the write-backs that tell of it."""
    created: models.Assignment = models.Assignment.objects.create(
        order=order,
        crew=crew,
        shift_id=shift_id,
        departs_at=departs_at,
        starts_at=starts_at,
        ends_at=ends_at,
        status=Status.TENTATIVE if tentative else Status.APPROVED,
        approved_by=by,
        approved_at=now,
        override_rules=list(override.rules) if override else [],
        override_code=override.code if override else "",
        override_reason=override.reason if override else "",
    )
    writing_back.assign(assignment=created, by=by, now=now)
    return created


def facts(row: models.Assignment) -> dict[str, Any]:
    """What the audit keeps of an assignment."""
    return {"crew": row.crew.name, "starts_at": row.starts_at, "ends_at": row.ends_at, "status": row.status}
