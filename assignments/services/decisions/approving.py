"""Deciding: a suggestion becomes an assignment, or is rejected; one transaction each, whatever happens beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine.domain import parts
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import case, checker
from assignments.services.decisions import booking, guards
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.snapshots import snapshotting

Status = models.Suggestion.Status


class SuggestionStale(refusals.Refusal):
    """The facts that the suggestion was made from have changed since."""

    code = "suggestion-stale"
    next_step = "Choose another crew, or press Suggest to plan with what is known now."


class SuggestionGone(refusals.Refusal):
    """The suggestion was rejected, replaced by a newer run or has expired."""

    code = "suggestion-gone"
    next_step = "Reload the order to see its current suggestions."


def approve(
    *, suggestion: models.Suggestion, by: Any, now: datetime, tentative: bool = False, tell: bool = True
) -> models.Assignment:
    """The new assignment, with its write-backs, audit entry, event and notifications; for a team the lead crew's, with
    those of the further crews beside it.

    Order and crews are locked, the fingerprint is compared and every hard rule is checked again. With `tentative` it
    may wait for a pending permit; when none is pending, the assignment is firm at once. Without `tell` the caller tells
    the managers.
    Raises NotAManager, OrderTaken, SuggestionStale, SuggestionGone, OrderNotAssignable, OnlyTentative, RulesBroken.
    """
    refusals.require_manager(by=by, district=suggestion.order.district)
    during = suggestion.departs_at, suggestion.ends_at
    try:
        with booking.decided(order=suggestion.order, crews=suggestion.crews, during=during):
            assignment = _approve(suggestion.pk, by, now, tentative)
            if tell:
                telling.approved(assignment=assignment, by=by, now=now)
            return assignment
    except SuggestionStale as refusal:
        _mark_stale(suggestion, refusal, now)
        raise


def _approve(suggestion_id: int, by: Any, now: datetime, tentative: bool) -> models.Assignment:
    suggestion = _locked(suggestion_id)
    order = suggestion.order
    _refuse_unless_open(suggestion)
    snapshot = _snapshot(suggestion, now)
    _refuse_if_stale(suggestion, snapshot)
    verdicts = _checked(suggestion, snapshot, tentative=tentative)
    [assignment] = booking.book(on=[_work(suggestion, verdicts, snapshot)], by=by, now=now)
    models.Suggestion.objects.filter(pk=suggestion.pk).transition(Status.APPROVED)
    auditing.record(
        verb="assignment.approved", row=assignment, by=by, now=now, order=order, before={"order": order.status},
        after={**booking.facts(assignment), "crew": suggestion.crew_names},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="assignment.approved", now=now)
    return assignment


def _work(
    suggestion: models.Suggestion, verdicts: Sequence[case.Case], snapshot: snapshotting.Snapshot
) -> booking.Work:
    parts = [0, *(further.part for further in suggestion.further_crews.all())]
    visits = [
        booking.CrewVisit(crew, shift_id, snapshot.at(verdict.leaves), suggestion.starts_at, suggestion.ends_at, part)
        for part, crew, shift_id, verdict in zip(parts, suggestion.crews, suggestion.shift_ids, verdicts, strict=True)
    ]
    tentative = any(verdict.tentative for verdict in verdicts)
    return booking.Work(suggestion.order, visits, tentative, suggestion=suggestion)


def _locked(suggestion_id: int) -> models.Suggestion:
    """The suggestion as it is once its order and its crews are locked."""
    row: models.Suggestion = (
        models.Suggestion.objects.select_related("run", "shift").prefetch_related("further_crews").get(pk=suggestion_id)
    )
    beside = row.further_crews.all()
    locked = booking.lock(orders=[row.order_id], crews=[row.crew_id, *(further.crew_id for further in beside)])
    row.order, row.crew = locked.orders[row.order_id], locked.crews[row.crew_id]
    for further in beside:
        further.crew = locked.crews[further.crew_id]
    # Read again: what was read before the locks may have been decided by their holder.
    row.refresh_from_db(fields=["status", "stale_cause", "reject_reason"])
    return row


def _refuse_unless_open(suggestion: models.Suggestion) -> None:
    order = suggestion.order
    guards.refuse_unless_open(order)
    if suggestion.status == Status.STALE:
        raise SuggestionStale(f"This suggestion for {order.number} is out of date: {suggestion.stale_cause}.")
    if suggestion.status != Status.PROPOSED:
        word = suggestion.get_status_display().lower()
        raise SuggestionGone(f"This suggestion for {order.number} is {word} and cannot be approved.")


def _snapshot(suggestion: models.Suggestion, now: datetime) -> snapshotting.Snapshot:
    return snapshotting.problem_for(
        district=suggestion.order.district,
        start=suggestion.run.horizon_starts_at,
        end=suggestion.run.horizon_ends_at,
        now=now,
        order_ids=[suggestion.order_id],
        crew_ids=[crew.pk for crew in suggestion.crews],
    )


def _refuse_if_stale(suggestion: models.Suggestion, snapshot: snapshotting.Snapshot) -> None:
    number = suggestion.order.number
    for shift_id, crew in zip(suggestion.shift_ids, suggestion.crews, strict=True):
        if shift_id not in snapshot.shifts:
            raise SuggestionStale(f"The shift of {crew} that was suggested for {number} is not on the roster any more.")
    if snapshot.fingerprint(suggestion.order_id, *suggestion.shift_ids) != suggestion.fingerprint:
        known = " or of ".join([number, *(crew.name for crew in suggestion.crews)])
        raise SuggestionStale(f"What is known of {known} has changed since this was suggested.")


@transaction.atomic
def _mark_stale(suggestion: models.Suggestion, refusal: SuggestionStale, now: datetime) -> None:
    """The refused approval left nothing behind; that the suggestion is out of date is true for everybody else too."""
    rows = models.Suggestion.objects.filter(pk=suggestion.pk)
    if rows.transition(Status.STALE, stale_cause=refusal.sentence.rstrip(".")[:200]):
        events.order_changed(orders=[suggestion.order_id], cause="suggestion.stale", now=now)


def _checked(suggestion: models.Suggestion, snapshot: snapshotting.Snapshot, *, tentative: bool) -> list[case.Case]:
    """The case of each crew as it stands now. Raises OnlyTentative, RulesBroken."""
    job, crews = snapshot.job(suggestion.order_id), [snapshot.shift(shift_id) for shift_id in suggestion.shift_ids]
    start = snapshot.seconds(suggestion.starts_at)
    broken = checker.check_team(snapshot.problem, job, crews, start)
    lasting = checker.check_team(snapshot.problem, job, crews, start, tentative=True) if broken else []
    if broken and not lasting and not tentative:
        raise guards.OnlyTentative(f"{suggestion.order.number}: {broken[0].render(snapshot.clock)}")
    if lasting:
        # An obstacle to the work itself stands in the way of each of its crews.
        named = [violation.render(snapshot.clock) for violation in (lasting if tentative else broken)]
        raise guards.RulesBroken(" ".join(dict.fromkeys(named)))
    travel = Travel.of(snapshot.problem)
    return [
        case.Case(snapshot.problem, parts.part_of(job, number), crew, start, travel, tentative=bool(broken))
        for number, crew in enumerate(crews)
    ]
