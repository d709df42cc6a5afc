"""Telling a target anew where its book differs: by write-backs in their lanes, as every decision is.

A person asks; a worker makes the write-backs, each under the locks of a decision. Bookings that Lineup did not make are
nobody's here to take away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from assignments import models
from assignments.services.decisions import booking
from assignments.services.reconciling import judging, naming, obstacles
from assignments.services.records import auditing, events, refusals
from assignments.services.writebacks import writing_back
from notifications.services import held_rows

MOST = 50
"""Differences that one turn of a worker settles."""
ASKED_FROM_OUTSIDE = "Lineup administrator"
"""The actor, where the command asked and not a user."""

Action = models.WriteBack.Action
Kind = models.Difference.Kind


class NothingToRepair(refusals.Refusal):
    """Nothing that differs can be mended from here, or somebody has asked for it already."""

    code = "nothing-to-repair"
    next_step = "Compare again to see what differs now."


@transaction.atomic
def ask(*, comparison: models.BookComparison, district: models.District, by: Any, now: datetime) -> int:
    """Number of differences of the district that are to be repaired. Raises NotAManager, NothingToRepair."""
    refusals.require_manager(by=by, district=district)
    number = _ask(comparison.differences.filter(district=district), by, now)
    if not number:
        raise NothingToRepair(f"Nothing of {district.name} in the book of {comparison.target} is left to repair.")
    _record(comparison, number, by, now, district)
    return number


@transaction.atomic
def ask_all(*, comparison: models.BookComparison, by: Any = None, now: datetime) -> int:
    """The same of all districts. The caller has asked whether `by` may set up systems; nobody for the command."""
    number = _ask(comparison.differences.all(), by, now)
    if number:
        _record(comparison, number, by or ASKED_FROM_OUTSIDE, now, None)
    return number


def go_on(*, now: datetime, limit: int = MOST) -> int:
    """Number of differences settled of those that people have asked to repair, or 0 when nothing is left.

    What should not stand there is taken away first, and what stands in the way of others: two crews that are swapped
    there could never change places.
    """
    asked = models.Difference.objects.filter(asked_at__isnull=False).open()
    waiting = list(asked.order_by("comparison", "pk"))
    blocking = {one.pk for one in obstacles.among(waiting)}
    waiting.sort(key=lambda one: (one.kind != Kind.LEFT_OVER, one.pk not in blocking, one.kind != Kind.OTHER))
    return sum(
        held_rows.each(waiting[:limit], lambda one: _repair(one.pk, now, clears=one.pk in blocking), name="Difference")
    )


def _ask(differences: QuerySet[models.Difference], by: Any, now: datetime) -> int:
    mendable = differences.filter(pk__in=models.Difference.objects.open(), asked_at__isnull=True)
    return int(mendable.update(asked_by=by, asked_at=now))


def _record(
    comparison: models.BookComparison, number: int, by: Any, now: datetime, district: models.District | None
) -> None:
    auditing.record(
        verb="system.repaired", row=comparison.target, by=by, now=now, district=district,
        before={"compared": comparison.ended_at}, after={"differences": number},
    )  # fmt: skip
    events.target_compared(comparison=comparison, now=now)


def _repair(difference_id: int, now: datetime, *, clears: bool) -> int:
    with held_rows.brief():
        return _repair_now(difference_id, now, clears=clears)


def _repair_now(difference_id: int, now: datetime, *, clears: bool) -> int:
    """1 when a write-back was made, or the difference says why it was left. With `clears` the booking is taken away, to
    be told later."""
    first = models.Difference.objects.select_related("comparison__target").get(pk=difference_id)
    crews = models.Assignment.objects.filter(Q(pk=first.assignment_id) | Q(lead=first.assignment_id))
    there = naming.Names(first.comparison.target).crew_ids(first.theirs)
    # Locked as for a decision: one that is made meanwhile must find this write-back, or be found by this. So are the
    # crews that have the booking there: what they do next must come after it.
    ids = {*crews.order_by().values_list("crew", flat=True), *there}
    locked = booking.lock(orders=[first.order_id or 0], crews=ids)
    rows = models.Difference.objects.open().filter(pk=difference_id).select_for_update(of=("self",), no_key=True)
    difference = rows.select_related("comparison__target", "asked_by").first()
    if difference is None:
        # Another worker was first.
        return 0
    lead = models.Assignment.objects.with_teams().select_related("approved_by").get(differences=difference)
    lead.order = locked.orders[lead.order_id]
    if left_because := _why_not(difference, lead):
        models.Difference.objects.filter(pk=difference_id).update(left_because=left_because)
    else:
        _tell_anew(difference, lead, there, now, clears=clears)
    events.target_compared(comparison=difference.comparison, now=now)
    return 1


def _why_not(difference: models.Difference, lead: models.Assignment) -> str:
    target, began_at = difference.comparison.target, difference.comparison.began_at
    told = [row for row in judging.of_assignment(target, lead) if row.pk != difference.cleared_by_id]
    if began_at is None or judging.is_on_its_way(told, began_at - judging.SETTLING):
        return "It was told something since"
    if judging.is_untaken(judging.of_assignment(target, lead)):
        return "It has refused something of this: see Write-backs"
    is_live = lead.status in models.Assignment.LIVE
    if is_live is (difference.kind == Kind.LEFT_OVER):
        return "It was decided otherwise since"
    return ""


def _tell_anew(
    difference: models.Difference, lead: models.Assignment, there: set[int], now: datetime, *, clears: bool
) -> None:
    target = difference.comparison.target
    action = Action.REVOKE if clears or difference.kind == Kind.LEFT_OVER else Action.ASSIGN
    by = difference.asked_by or ASKED_FROM_OUTSIDE
    row = writing_back.repeat(assignment=lead, target=target, action=action, by=by, now=now)
    models.WriteBackLane.objects.lay_beside(row, there)
    column = "cleared_by" if clears else "write_back"
    models.Difference.objects.filter(pk=difference.pk).update(**{column: row})
    why = f"{difference.get_kind_display()} in the book of {target}"
    auditing.record(
        verb="write-back.repeated", row=row, by=by, now=now, order=lead.order,
        before={"theirs": difference.theirs}, after={"told": row.payload},
        reason=f"{why}, and in the way of others" if clears else why,
    )  # fmt: skip
    events.order_changed(orders=[lead.order], cause="write-back", now=now)
