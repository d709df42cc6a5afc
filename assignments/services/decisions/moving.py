"""Moving a decision to another crew or time, and what the rules say of it before anybody lets go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from assignments import models
from assignments.engine.rules.case import Case
from assignments.services.decisions import guards, placing, reassigning
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.runs import suggesting

Status = models.Assignment.Status
_ELSEWHERE = "Choose another crew or time."
_TENTATIVELY = "Move it tentatively, or wait until the permit is issued."


def check(
    *, assignment: models.Assignment, crew: models.Crew, starts_at: datetime, now: datetime
) -> placing.PlacementOutlook:
    """What the rules say of moving the assignment there; by a constant number of queries, and nothing is written.

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
) -> models.Assignment:
    """The new assignment in place of the old one, with write-backs that take that one back, audit entry, events and
    notifications.

    Order and crews are locked and every hard rule is checked again. `version` is that of the order when its place was
    chosen. With `tentative` it may wait for a pending permit; when none is pending, the assignment is firm at once.
    Raises NotAManager, AssignmentNotLive, CrewDispatched, Pinned, SeveralCrews, ChangedMeanwhile, OnlyTentative,
    RulesBroken.
    """
    refusals.require_manager(by=by, district=assignment.order.district)
    try:
        with transaction.atomic():
            locked = _locked(assignment, crew)
            refuse_unless_movable(locked)
            _refuse_if_changed(locked, version)
            return _Move(locked, placing.Placement(locked, crew, starts_at, now), by, now).make(tentative=tentative)
    except IntegrityError as error:
        # The locks make this unreachable while all writers take them; the constraints hold whoever does not.
        if "no_crew_in_two_places" in str(error):
            raise guards.RulesBroken(f"{crew} is taken at that time.") from error
        raise


def refuse_unless_movable(assignment: models.Assignment) -> None:
    """Raises AssignmentNotLive, CrewDispatched, Pinned or SeveralCrews unless the decision could go elsewhere."""
    order, crew = assignment.order, assignment.crew
    started = order.status in (models.WorkOrder.Status.DISPATCHED, models.WorkOrder.Status.IN_PROGRESS)
    if assignment.status == Status.DISPATCHED or (started and assignment.status in models.Assignment.LIVE):
        raise guards.CrewDispatched(f"{crew} has been dispatched to {order.number}.")
    if assignment.status not in models.Assignment.LIVE:
        raise guards.AssignmentNotLive(guards.gone(assignment))
    guards.refuse_if_pinned(assignment)
    beside = models.Assignment.objects.live().filter(order=order).exclude(pk=assignment.pk)
    if beside.exists() or order.further_parts:
        raise guards.SeveralCrews(
            f"{order.number} is done by several crews together, so it is not moved from one of them."
        )


def _locked(assignment: models.Assignment, crew: models.Crew) -> models.Assignment:
    """The assignment as it is once order and crews are locked: orders before crews, each in order of id, as all do."""
    orders = models.WorkOrder.objects.select_for_update(of=("self",), no_key=True)
    order = orders.select_related("district").get(pk=assignment.order_id)
    crews = models.Crew.objects.filter(pk__in={assignment.crew_id, crew.pk})
    list(crews.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    related = models.Assignment.objects.select_related("crew", "revoked_by")
    row: models.Assignment = related.get(pk=assignment.pk)
    row.order = order
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
        answer, case, before = self._place.answer(), self._place.case, reassigning.facts(self._old)
        if case is None or (answer.broken and not answer.tentative):
            raise guards.RulesBroken(" ".join(answer.broken), next_step=answer.fix or _ELSEWHERE)
        if answer.tentative and not tentative:
            raise guards.OnlyTentative(f"{self._order.number}: {answer.broken[0]}", next_step=_TENTATIVELY)
        self._take_off(answer)
        for crew_id, follower, departs_at in self._place.reached_otherwise(case):
            rows = models.Assignment.objects.live().filter(crew=crew_id, order=follower.job_id)
            rows.update(departs_at=departs_at)
        new = self._create(answer, case)
        auditing.record(
            verb="assignment.reassigned", row=new, by=self._by, now=self._now, order=self._order,
            reason=self._old.revoke_reason, before=before, after=reassigning.facts(new),
        )  # fmt: skip
        stale = suggesting.displace(assignments=[new])
        events.order_changed(orders=[self._order], cause="assignment.reassigned", now=self._now)
        events.order_changed(orders=stale, cause="suggestion.stale", now=self._now)
        telling.moved(assignment=new, before=self._old, by=self._by, now=self._now)
        return new

    def _take_off(self, answer: placing.PlacementOutlook) -> None:
        at = answer.starts_at.astimezone(self._order.district.zone)
        why = f"Moved to {answer.crew}, {at:%a} {at.day} {at:%b %H:%M}"
        if not reassigning.take_off(assignment=self._old, reason=why, by=self._by, now=self._now):
            raise guards.AssignmentNotLive(guards.gone(self._old))

    def _create(self, answer: placing.PlacementOutlook, case: Case) -> models.Assignment:
        new = reassigning.put_on(
            order=self._order,
            crew=answer.crew,
            shift_id=case.shift.id,
            departs_at=self._place.snapshot.at(case.leaves),
            starts_at=answer.starts_at,
            ends_at=answer.ends_at,
            tentative=answer.tentative,
            by=self._by,
            now=self._now,
        )
        models.WorkOrder.objects.filter(pk=self._order.pk).update(version=F("version") + 1)
        crews = models.Crew.objects.filter(pk__in={answer.crew.pk, self._old.crew_id})
        crews.update(version=F("version") + 1)
        return new
