"""Undo and revoke: a decision is taken back, here and in every downstream system that has heard of it.

Undo is for what was decided a moment ago and asks nothing. Later others have begun to count on it: then it is revoked,
and the reason is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from assignments import models
from assignments.services.decisions import booking, guards
from assignments.services.records import auditing, events, refusals, telling


class UndoOver(refusals.Refusal):
    """The decision has stood for a while; others count on it."""

    code = "undo-over"
    next_step = "Revoke it instead, and say why."


@transaction.atomic
def undo(
    *, assignment: models.Assignment, by: Any, now: datetime, asked_at: datetime | None = None, tell: bool = True
) -> models.Assignment:
    """The assignment taken back without a reason, as by `revoke`, if it was asked for before its `undo_until`.

    Raises NotAManager, AssignmentNotLive, CrewDispatched, UndoOver.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    window = timedelta(minutes=settings.UNDO_MINUTES)
    reason = f"Undone within {settings.UNDO_MINUTES:g} minutes"
    lead = _locked(assignment)
    guards.refuse_unless_live(lead)
    _refuse_if_over(lead, (asked_at or now) - window)
    booking.book(off=[lead], reason=reason, by=by, now=now)
    announce(assignment=lead, reason=reason, by=by, now=now, tell=tell)
    return lead


@transaction.atomic
def revoke(
    *, assignment: models.Assignment, reason: str, by: Any, now: datetime, tell: bool = True
) -> models.Assignment:
    """The revoked assignment, its team with it; its order waits for crews again and the approved suggestion is open
    again. Without `tell` the caller tells the managers.

    Raises NotAManager, ReasonMissing, AssignmentNotLive, CrewDispatched.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    reason = refusals.required_reason(reason, "Work is taken off a crew only with a reason.")
    lead = _locked(assignment)
    guards.refuse_unless_live(lead)
    booking.book(off=[lead], reason=reason, by=by, now=now)
    announce(assignment=lead, reason=reason, by=by, now=now, tell=tell)
    return lead


def announce(*, assignment: models.Assignment, reason: str, by: Any, now: datetime, tell: bool = True) -> None:
    """Records and publishes that the assignment was revoked; its `order` is as it was before."""
    order = assignment.order
    auditing.record(
        verb="assignment.revoked", row=assignment, by=by, now=now, order=order, reason=reason,
        before={"crew": assignment.crew_names, "order": order.status}, after={"status": assignment.status},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="assignment.revoked", now=now)
    if tell:
        telling.revoked(assignment=assignment, by=by, now=now)


def _locked(assignment: models.Assignment) -> models.Assignment:
    """The lead of the assignment's team as it is once order and crews are locked."""
    lead_id = assignment.lead_id or assignment.pk
    team = models.Assignment.objects.filter(Q(pk=lead_id) | Q(lead=lead_id))
    locked = booking.lock(orders=[assignment.order_id], crews=team.order_by().values("crew"))
    related = models.Assignment.objects.with_teams().select_related("suggestion__run", "approved_by", "revoked_by")
    lead: models.Assignment = related.get(pk=lead_id)
    lead.order = locked.orders[lead.order_id]
    return lead


def _refuse_if_over(lead: models.Assignment, approved_after: datetime) -> None:
    if lead.approved_at <= approved_after:
        at = lead.approved_at.astimezone(lead.order.district.zone)
        raise UndoOver(
            f"{refusals.person(lead.approved_by)} approved {lead.crew_names} for {lead.order.number} at {at:%H:%M}, "
            f"more than {settings.UNDO_MINUTES:g} minutes ago."
        )
