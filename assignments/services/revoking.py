"""Undo: a decision is taken back, here and in every downstream system that has heard of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine import travel as engine_travel
from assignments.services import (
    approving,
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
    """The revoked assignment; its order waits for a crew again and the approved suggestion is open again.

    Raises NotAManager, ReasonMissing, AssignmentNotLive, CrewDispatched.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    if not reason.strip():
        raise approving.ReasonMissing("An undo needs a reason.")
    # The same order of locks as in approving: orders before crews. Without the key, because whoever makes a tentative
    # assignment firm holds that and then writes an audit entry, whose foreign key would wait for the order's.
    orders = models.WorkOrder.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    order = orders.get(pk=assignment.order_id)
    crew = models.Crew.objects.select_for_update(no_key=True).get(pk=assignment.crew_id)
    _transition(assignment, order, reason.strip()[:200], by, now)
    assignment = models.Assignment.objects.select_related("order__district", "crew", "suggestion__run").get(
        pk=assignment.pk
    )
    _reopen(order, assignment)
    models.Crew.objects.filter(pk=crew.pk).update(version=crew.version + 1)
    _retime_next(assignment)
    writing_back.revoke(assignment=assignment, by=by, now=now)
    auditing.record(
        verb="assignment.revoked", row=assignment, by=by, now=now, order=order, reason=reason.strip(),
        before={"crew": crew.name, "order": order.status}, after={"status": assignment.status},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="assignment.revoked", now=now)
    telling.revoked(assignment=assignment, by=by, now=now)
    return assignment


def _transition(assignment: models.Assignment, order: models.WorkOrder, reason: str, by: Any, now: datetime) -> None:
    rows = models.Assignment.objects.filter(pk=assignment.pk)
    to = models.Assignment.Status.REVOKED
    if rows.transition(to, revoked_by=by, revoked_at=now, revoke_reason=reason, red_cause=""):
        return
    row = rows.select_related("revoked_by", "crew").get()
    if row.status == models.Assignment.Status.DISPATCHED:
        raise CrewDispatched(f"{row.crew} has been dispatched to {order.number}.")
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


def _retime_next(revoked: models.Assignment) -> None:
    """The crew reaches the work after the revoked one from where it now is: the work before, or its base."""
    rows = models.Assignment.objects.live().filter(crew=revoked.crew, shift=revoked.shift).select_related("order")
    after = rows.filter(starts_at__gt=revoked.starts_at).order_by("starts_at").first()
    if after is None:
        return
    before = rows.filter(starts_at__lte=revoked.starts_at).order_by("-starts_at").first()
    origin: models.WorkOrder | models.Crew = before.order if before else revoked.crew
    rules = snapshotting.rule_data(revoked.order.district.rules_in_force)
    drive = supply.place_of(origin), supply.place_of(after.order)
    travel = engine_travel.Travel(speed=rules.speed, circuity=rules.circuity, roads=routing.roads(drive))
    departs = after.starts_at - timedelta(seconds=travel.seconds(*drive))
    if before is None or departs >= before.ends_at:
        rows.filter(pk=after.pk).update(departs_at=departs)
