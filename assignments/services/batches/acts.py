"""The acts of a batch: how each is done to one of its items, and taken back.

Every act is the single decision's own service, so that the same rules, locks, audit entries and write-backs hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.db.models import Q

from assignments import models
from assignments.services.decisions import approving, guards, moving, pinning, rejecting, revoking
from assignments.services.records import refusals

Act = models.Batch.Act

TAKEN_BACK = (
    Q(assignment__status=models.Assignment.Status.REVOKED)
    | Q(rejection__taken_back_at__isnull=False)
    | Q(rejection__lapsed_at__isnull=False)
    | Q(batch__act=Act.HOLD, before__pinned=False)
)
"""Items whose decision somebody has taken back by itself."""
_DAY = 24 * 60


class AlreadySo(refusals.Refusal):
    """The decision is as it was to be made."""

    code = "already-so"
    next_step = "Nothing needs to be done here."


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedAct:
    """The act that a manager wants for all the selected orders."""

    act: str
    tentatively: bool = False
    code: str = ""
    reason: str = ""
    to_crew: models.Crew | None = None
    later_by: int = 0
    """Minutes; negative for earlier."""

    @property
    def is_of_suggestions(self) -> bool:
        """Whether it is about suggestions; else about decisions."""
        return self.act in {Act.APPROVE, Act.REJECT}

    def columns(self) -> dict[str, Any]:
        """Its columns of the batch."""
        return {
            "act": self.act, "tentatively": self.tentatively, "code": self.code, "reason": self.reason,
            "to_crew": self.to_crew, "later_by": self.later_by,
        }  # fmt: skip


def carry_out(*, item: models.BatchItem, by: Any, now: datetime) -> dict[str, Any]:
    """Columns of the item that keep the result. Raises the refusals of the decision."""
    return _ACTS[item.batch.act](item, by, now)


def take_back(*, item: models.BatchItem, by: Any, now: datetime) -> None:
    """Raises the refusals of taking the decision back."""
    _WAYS_BACK[item.batch.act](item, by, now)


def _approve(item: models.BatchItem, by: Any, now: datetime) -> dict[str, Any]:
    suggestion = _suggestion(item)
    tentative = item.batch.tentatively and suggestion.tentative
    return {"assignment": approving.approve(suggestion=suggestion, by=by, now=now, tentative=tentative, tell=False)}


def _disapprove(item: models.BatchItem, by: Any, now: datetime) -> None:
    assignment, batch = _assignment(item.assignment_id), item.batch
    guards.refuse_if_pinned(assignment)
    if batch.undo_reason:
        revoking.revoke(assignment=assignment, reason=batch.undo_reason, by=by, now=now, tell=False)
    else:
        revoking.undo(assignment=assignment, by=by, now=now, asked_at=batch.undo_asked_at, tell=False)


def _reject(item: models.BatchItem, by: Any, now: datetime) -> dict[str, Any]:
    suggestion, batch = _suggestion(item), item.batch
    rejecting.reject(suggestion=suggestion, code=batch.code, reason=batch.reason, by=by, now=now)
    held = models.Rejection.objects.held().filter(order=item.order_id, shift=suggestion.shift_id, team=suggestion.team)
    return {"rejection": held.get()}


def _offer_again(item: models.BatchItem, by: Any, now: datetime) -> None:
    rejection = models.Rejection.objects.select_related("order__district").get(pk=cast("int", item.rejection_id))
    rejecting.take_back(rejection=rejection, by=by, now=now)


def _hold(item: models.BatchItem, by: Any, now: datetime) -> dict[str, Any]:
    assignment = _assignment(item.before_id)
    if assignment.pinned:
        # Else taking back would also take the pin of a colleague.
        raise AlreadySo(guards.pinned_sentence(assignment))
    pinning.pin(assignment=assignment, by=by, now=now)
    return {}


def _let_go(item: models.BatchItem, by: Any, now: datetime) -> None:
    pinning.unpin(assignment=_assignment(item.before_id), by=by, now=now)


def _move(item: models.BatchItem, by: Any, now: datetime) -> dict[str, Any]:
    assignment, batch = _assignment(item.before_id), item.batch
    crew = batch.to_crew or assignment.crew
    starts_at = later(assignment.starts_at, batch.later_by, assignment.order.district)
    if (crew, starts_at) == (assignment.crew, assignment.starts_at):
        raise AlreadySo(f"{assignment.order.number} is with {crew} at that time already.")
    return {"assignment": _moved(assignment, crew, starts_at, by, now, tentative=batch.tentatively)}


def _move_back(item: models.BatchItem, by: Any, now: datetime) -> None:
    before = _assignment(item.before_id)
    # It may wait for what it waited for before.
    _moved(_assignment(item.assignment_id), before.crew, before.starts_at, by, now, tentative=True)


def _moved(
    assignment: models.Assignment, crew: models.Crew, starts_at: datetime, by: Any, now: datetime, *, tentative: bool
) -> models.Assignment:
    version = assignment.order.version
    return moving.move(
        assignment=assignment, crew=crew, starts_at=starts_at, version=version, tentative=tentative, by=by, now=now,
        tell=False,
    )  # fmt: skip


def later(at: datetime, minutes: int, district: models.District) -> datetime:
    """The moment so many minutes after, or before; whole days keep the hour of the district's clock."""
    if minutes % _DAY:
        return at + timedelta(minutes=minutes)
    return (at.astimezone(district.zone) + timedelta(minutes=minutes)).astimezone(UTC)


def _suggestion(item: models.BatchItem) -> models.Suggestion:
    suggestions = models.Suggestion.objects.with_teams().select_related("order__district", "run")
    found: models.Suggestion | None = suggestions.filter(pk=item.suggestion_id).first()
    if found is None:
        raise approving.SuggestionGone(f"The suggestion for {item.order.number} was withdrawn.")
    return found


def _assignment(pk: Any) -> models.Assignment:
    related = models.Assignment.objects.with_teams().select_related("order__district", "approved_by", "revoked_by")
    found: models.Assignment = related.get(pk=pk)
    return found


_ACTS: Mapping[str, Callable[[models.BatchItem, Any, datetime], dict[str, Any]]] = {
    Act.APPROVE: _approve,
    Act.REJECT: _reject,
    Act.HOLD: _hold,
    Act.MOVE: _move,
}
_WAYS_BACK: Mapping[str, Callable[[models.BatchItem, Any, datetime], None]] = {
    Act.APPROVE: _disapprove,
    Act.REJECT: _offer_again,
    Act.HOLD: _let_go,
    Act.MOVE: _move_back,
}
