"""Undo: a decision is taken back, here and in every downstream system that has heard of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from assignments import models
from assignments.engine import travel as engine_travel
from assignments.services import (
    auditing,
    events,
    refusals,
    routing,
    snapshotting,
    supply,
    telling,
    writing_back,
)


class AssignmentNotLive(refusals.Refusal):
    """It was revoked, reassigned or finished before."""

    code = "assignment-not-live"
    next_step = "Reload the order to see where it stands."


class CrewDispatched(refusals.Refusal):
    """The crew is on its way or at work."""

    code = "crew-dispatched"
    next_step = "Call the crew; once work management recalls it, the order can be assigned again."


@transaction.atomic
def revoke(*, assignment: models.Assignment, reason: str, by: Any, now: datetime) -> models.Assignment:
    """The revoked assignment, its team with it; its order waits for crews again and the approved suggestion is open
    again.

    Raises NotAManager, ReasonMissing, AssignmentNotLive, CrewDispatched.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    reason = refusals.required_reason(reason, "An undo needs a reason.")
    # The same order of locks as in approving: orders before crews. Without the key, because whoever makes a tentative
    # assignment firm holds that and then writes an audit entry, whose foreign key would wait for the order's.
    orders = models.WorkOrder.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    order = orders.get(pk=assignment.order_id)
    lead_id = assignment.lead_id or assignment.pk
    team = models.Assignment.objects.filter(Q(pk=lead_id) | Q(lead=lead_id))
    crews = models.Crew.objects.filter(pk__in=team.order_by().values("crew"))
    crew_ids = list(crews.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    _transition(lead_id, order, reason[:200], by, now)
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
    telling.revoked(assignment=assignment, by=by, now=now)
    return assignment


def _transition(lead_id: UUID, order: models.WorkOrder, reason: str, by: Any, now: datetime) -> None:
    rows = models.Assignment.objects.filter(pk=lead_id)
    to = models.Assignment.Status.REVOKED
    if rows.transition(to, revoked_by=by, revoked_at=now, revoke_reason=reason, red_cause=""):
        return
    row = rows.select_related("revoked_by", "crew").get()
    if row.status == models.Assignment.Status.DISPATCHED:
        raise CrewDispatched(f"{row.crew_names} has been dispatched to {order.number}.")
    if row.revoked_by and row.revoked_at:
        when = row.revoked_at.astimezone(order.district.zone)
        raise AssignmentNotLive(f"{refusals.person(row.revoked_by)} undid this assignment at {when:%H:%M:%S}.")
    raise AssignmentNotLive(f"This assignment of {order.number} is {row.get_status_display().lower()}.")


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
    travel = engine_travel.Travel(speed=rules.speed, circuity=rules.circuity, roads=routing.roads(drive))
    departs = after.starts_at - timedelta(seconds=travel.seconds(*drive))
    if before is None or departs >= before.ends_at:
        rows.filter(pk=after.pk).update(departs_at=departs)
