"""Refusals that several decisions share, and the guards that raise them."""

from __future__ import annotations

from assignments import models
from assignments.services.records import refusals


class OrderTaken(refusals.Refusal):
    """Somebody else approved a crew for the order first."""

    code = "order-taken"
    next_step = "Undo that assignment first if another crew should do the work."


class OrderNotAssignable(refusals.Refusal):
    """The order is cancelled, finished or already in the field."""

    code = "order-not-assignable"
    next_step = "Nothing needs to be done here; the order has moved on."


class RulesBroken(refusals.Refusal):
    """The decision would break hard rules as things stand now."""

    code = "rules-broken"
    next_step = "Choose another crew, or press Suggest to plan with what is known now."


class CrewTaken(RulesBroken):
    """A crew was given other work at the same moment."""


class OnlyTentative(refusals.Refusal):
    """A permit is still pending, so the work can only be approved tentatively."""

    code = "only-tentative"
    next_step = "Approve it tentatively, or wait until the permit is issued."


class AssignmentNotLive(refusals.Refusal):
    """It was revoked, reassigned or finished before."""

    code = "assignment-not-live"
    next_step = "Reload the order to see where it stands."


class CrewDispatched(refusals.Refusal):
    """The crew is on its way or at work."""

    code = "crew-dispatched"
    next_step = "Call the crew; once work management recalls it, the order can be assigned again."


class Pinned(refusals.Refusal):
    """A manager has fixed the decision where it is."""

    code = "pinned"
    next_step = "Unpin it first if it may be moved."


class SeveralCrews(refusals.Refusal):
    """One crew alone is no help to the others."""

    code = "several-crews"
    next_step = "Undo the assignment and approve another suggestion for all of its crews."


class ChangedMeanwhile(refusals.Refusal):
    """The order is not what it was when its place was chosen."""

    code = "changed-meanwhile"
    next_step = "Look where it stands now, then move it again."


def refuse_unless_open(order: models.WorkOrder) -> None:
    """Raises OrderTaken or OrderNotAssignable unless a crew may be found for the order."""
    refuse_if_taken(order)
    if order.is_split:
        raise OrderNotAssignable(
            f"{order.number} is done in {order.parts_in_all} parts.", next_step="Choose a crew for each part."
        )
    if not order.is_assignable:
        raise OrderNotAssignable(f"{order.number} is {order.get_status_display().lower()}.")


def refuse_if_taken(order: models.WorkOrder, *, but: models.Assignment | None = None) -> None:
    """Raises OrderTaken if crews have the order by another decision than `but`."""
    rows = models.Assignment.objects.live().leads().filter(order=order).with_teams()
    others = rows.exclude(pk=but.pk) if but else rows
    if taken := others.select_related("approved_by", "order__district").first():
        at = taken.approved_at.astimezone(taken.order.district.zone)
        who = refusals.person(taken.approved_by)
        raise OrderTaken(f"{who} assigned {taken.crew_names} to {order.number} at {at:%H:%M:%S}.")


def refuse_unless_live(assignment: models.Assignment) -> None:
    """Raises CrewDispatched or AssignmentNotLive unless the decision stands and its crew has not been sent.

    The field may report that work has begun while a tentative decision still says nothing of it: then the order does.
    """
    order, is_live = assignment.order, assignment.status in models.Assignment.LIVE
    if is_live and (assignment.status == models.Assignment.Status.DISPATCHED or order.is_in_the_field):
        raise CrewDispatched(f"{order.number} has been dispatched to {assignment.crew_names}.")
    if not is_live:
        raise AssignmentNotLive(gone(assignment))


def refuse_if_pinned(assignment: models.Assignment) -> None:
    """Raises Pinned."""
    if assignment.pinned:
        raise Pinned(pinned_sentence(assignment))


def pinned_sentence(assignment: models.Assignment) -> str:
    at = assignment.starts_at.astimezone(assignment.order.district.zone)
    return f"{assignment.order.number} is pinned to {assignment.crew} at {at:%H:%M}."


def gone(assignment: models.Assignment) -> str:
    """A sentence on the end of the assignment: moved or undone, by a manager at a time, or its status."""
    number, word = assignment.order.number, assignment.get_status_display().lower()
    if assignment.revoked_by is None or assignment.revoked_at is None:
        return f"This assignment of {number} is {word}."
    at = assignment.revoked_at.astimezone(assignment.order.district.zone)
    verb = "moved" if assignment.status == models.Assignment.Status.REASSIGNED else "undid"
    return f"{refusals.person(assignment.revoked_by)} {verb} this assignment of {number} at {at:%H:%M:%S}."
