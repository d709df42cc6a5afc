"""Moving a decision to another crew or time, and what the rules say of it before anybody lets go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assignments import models
from assignments.engine.rules.case import Case
from assignments.services.decisions import booking, guards, placing
from assignments.services.records import auditing, events, refusals, telling

Status = models.Assignment.Status
_ELSEWHERE = "Choose another crew or time."
_TENTATIVELY = "Move it tentatively, or wait until the permit is issued."


def check(
    *, assignment: models.Assignment, crew: models.Crew, starts_at: datetime, now: datetime
) -> placing.PlacementOutlook:
    """The rules' answer to moving the assignment there, by a constant number of queries; nothing is written.

    Raises AssignmentNotLive, CrewDispatched, Pinned, SeveralCrews: it could go nowhere at all.
    """
    refuse_unless_movable(assignment)
    return placing.Placement(assignment, crew, starts_at, now).answer()


def move(
    *,
    assignment: models.Assignment,
    crew: models.Crew,
    starts_at: datetime,
    version: int,
    by: Any,
    now: datetime,
    tentative: bool = False,
    tell: bool = True,
) -> models.Assignment:
    """The new assignment in place of the old one, with write-backs that take that one back, audit entry, events and
    notifications. Without `tell` the caller tells the managers.

    Order and crews are locked and every hard rule is checked again. `version` is that of the order when its place was
    chosen. With `tentative` it may wait for a pending permit; when none is pending, the assignment is firm at once.
    Raises NotAManager, AssignmentNotLive, CrewDispatched, Pinned, SeveralCrews, ChangedMeanwhile, OnlyTentative,
    RulesBroken.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    during = starts_at, starts_at + assignment.order.duration
    with booking.decided(order=assignment.order, crews=[crew], during=during, instead_of=assignment):
        locked = _locked(assignment, crew)
        refuse_unless_movable(locked)
        _refuse_if_changed(locked, version)
        new = _Move(locked, placing.Placement(locked, crew, starts_at, now), by, now).make(tentative=tentative)
        if tell:
            telling.moved(assignment=new, before=locked, by=by, now=now)
        return new


def refuse_unless_movable(assignment: models.Assignment) -> None:
    """Raises AssignmentNotLive, CrewDispatched, Pinned or SeveralCrews unless the decision could go elsewhere."""
    order = assignment.order
    guards.refuse_unless_live(assignment)
    guards.refuse_if_pinned(assignment)
    beside = models.Assignment.objects.live().filter(order=order).exclude(pk=assignment.pk)
    if beside.exists() or order.further_parts:
        raise guards.SeveralCrews(
            f"{order.number} is done by several crews together, so it is not moved from one of them."
        )


def _locked(assignment: models.Assignment, crew: models.Crew) -> models.Assignment:
    """The assignment as it is once its order and both crews are locked."""
    locked = booking.lock(orders=[assignment.order_id], crews={assignment.crew_id, crew.pk})
    related = models.Assignment.objects.with_teams().select_related("revoked_by")
    row: models.Assignment = related.get(pk=assignment.pk)
    row.order = locked.orders[row.order_id]
    return row


def _refuse_if_changed(assignment: models.Assignment, version: int) -> None:
    order = assignment.order
    if order.version != version:
        at = assignment.starts_at.astimezone(order.district.zone)
        where = f"It is with {assignment.crew} at {at:%H:%M}."
        raise guards.ChangedMeanwhile(f"{order.number} has changed since this page showed it. {where}")


class _Move:
    """One call of `move`, inside its transaction."""

    def __init__(self, old: models.Assignment, place: placing.Placement, by: Any, now: datetime) -> None:
        self._old, self._order, self._place, self._by, self._now = old, old.order, place, by, now

    def make(self, *, tentative: bool) -> models.Assignment:
        """The new assignment. Raises OnlyTentative, RulesBroken."""
        answer, case, before = self._place.answer(), self._place.case, booking.facts(self._old)
        if case is None or (answer.broken and not answer.tentative):
            raise guards.RulesBroken(" ".join(answer.broken), next_step=answer.fix or _ELSEWHERE)
        if answer.tentative and not tentative:
            raise guards.OnlyTentative(f"{self._order.number}: {answer.broken[0]}", next_step=_TENTATIVELY)
        [new] = booking.book(
            on=[self._work(answer, case)], off=[self._old], reason=self._reason(answer), by=self._by, now=self._now
        )
        auditing.record(
            verb="assignment.reassigned", row=new, by=self._by, now=self._now, order=self._order,
            reason=self._old.revoke_reason, before=before, after=booking.facts(new),
        )  # fmt: skip
        events.order_changed(orders=[self._order], cause="assignment.reassigned", now=self._now)
        return new

    def _reason(self, answer: placing.PlacementOutlook) -> str:
        at = answer.starts_at.astimezone(self._order.district.zone)
        return f"Moved to {answer.crew}, {at:%a} {at.day} {at:%b %H:%M}"

    def _work(self, answer: placing.PlacementOutlook, case: Case) -> booking.Work:
        departs_at = self._place.snapshot.at(case.leaves)
        visit = booking.CrewVisit(answer.crew, case.shift.id, departs_at, answer.starts_at, answer.ends_at)
        return booking.Work(self._order, [visit], answer.tentative)
