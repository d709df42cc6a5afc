"""Undo and revoke: a decision is taken back, here and in every downstream system that has heard of it.

Undo is for what was decided a moment ago and asks nothing. Later others have begun to count on it: then it is revoked,
and the reason is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from assignments import models
from assignments.engine.domain.travel import Travel
from assignments.services.decisions import guards
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.snapshots import routing, snapshotting, supply
from assignments.services.writebacks import writing_back


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
    assignment = _take_back(assignment, reason, by, now, approved_after=(asked_at or now) - window)
    if tell:
        telling.revoked(assignment=assignment, by=by, now=now)
    return assignment


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
    assignment = _take_back(assignment, reason, by, now)
    if tell:
        telling.revoked(assignment=assignment, by=by, now=now)
    return assignment


def _take_back(
    assignment: models.Assignment, reason: str, by: Any, now: datetime, approved_after: datetime | None = None
) -> models.Assignment:
    # The same order of locks as in approving: orders before crews. Without the key, because whoever makes a tentative
    # assignment firm holds that and then writes an audit entry, whose foreign key would wait for the order's.
    orders = models.WorkOrder.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    order = orders.get(pk=assignment.order_id)
    lead_id = assignment.lead_id or assignment.pk
    team = models.Assignment.objects.filter(Q(pk=lead_id) | Q(lead=lead_id))
    crews = models.Crew.objects.filter(pk__in=team.order_by().values("crew"))
    crew_ids = list(crews.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    _transition(lead_id, order, reason[:200], by, now, approved_after=approved_after)
    related = models.Assignment.objects.with_teams().select_related("order__district", "crew", "suggestion__run")
    assignment = related.get(pk=lead_id)
    _reopen(order, assignment)
    models.Crew.objects.filter(pk__in=crew_ids).update(version=F("version") + 1)
    for row in assignment.team:
        _retime_next(row, order)
    writing_back.revoke(assignment=assignment, by=by, now=now)
    auditing.record(
        verb="assignment.revoked", row=assignment, by=by, now=now, order=order, reason=reason,
        before={"crew": assignment.crew_names, "order": order.status}, after={"status": assignment.status},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="assignment.revoked", now=now)
    return assignment


def _transition(
    lead_id: UUID, order: models.WorkOrder, reason: str, by: Any, now: datetime, *, approved_after: datetime | None
) -> None:
    rows = models.Assignment.objects.filter(pk=lead_id)
    new_enough = rows.filter(approved_at__gt=approved_after) if approved_after else rows
    to = models.Assignment.Status.REVOKED
    if new_enough.transition(to, revoked_by=by, revoked_at=now, revoke_reason=reason, red_cause=""):
        return
    row = rows.select_related("revoked_by", "approved_by", "crew").get()
    row.order = order
    if row.status == models.Assignment.Status.DISPATCHED:
        raise guards.CrewDispatched(f"{row.crew_names} has been dispatched to {order.number}.")
    if row.can_be_revoked:
        at = row.approved_at.astimezone(order.district.zone)
        who = refusals.person(row.approved_by)
        raise UndoOver(
            f"{who} approved {row.crew_names} for {order.number} at {at:%H:%M}, more than {settings.UNDO_MINUTES:g} "
            "minutes ago."
        )
    raise guards.AssignmentNotLive(guards.gone(row))


def _reopen(order: models.WorkOrder, assignment: models.Assignment) -> None:
    models.WorkOrder.objects.filter(pk=order.pk).transition(models.WorkOrder.Status.READY, version=order.version + 1)
    suggestion = assignment.suggestion
    if suggestion is None:
        return
    usable = suggestion.run.status in models.SuggestionRun.USABLE or suggestion.run.is_under_way
    to = models.Suggestion.Status.PROPOSED if usable else models.Suggestion.Status.SUPERSEDED
    models.Suggestion.objects.filter(pk=suggestion.pk).transition(to)


def _retime_next(revoked: models.Assignment, order: models.WorkOrder) -> None:
    """The crew reaches the work after the revoked one from where it now is: the work before, or its base."""
    rows = models.Assignment.objects.live().filter(crew=revoked.crew, shift=revoked.shift).select_related("order")
    after = rows.filter(starts_at__gt=revoked.starts_at).order_by("starts_at").first()
    if after is None:
        return
    before = rows.filter(starts_at__lte=revoked.starts_at).order_by("-starts_at").first()
    origin: models.WorkOrder | models.Crew = before.order if before else revoked.crew
    rules = snapshotting.rule_data(order.district.rules_in_force)
    drive = supply.place_of(origin), supply.place_of(after.order)
    travel = Travel(speed=rules.speed, circuity=rules.circuity, roads=routing.roads(drive))
    departs = after.starts_at - timedelta(seconds=travel.seconds(*drive))
    if before is None or departs >= before.ends_at:
        rows.filter(pk=after.pk).update(departs_at=departs)
