"""Deciding: a suggestion becomes an assignment, or is rejected; one transaction each, whatever happens beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from assignments import models
from assignments.engine.domain import parts
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import case, checker
from assignments.services.decisions import guards
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.runs import suggesting
from assignments.services.snapshots import snapshotting
from assignments.services.writebacks import writing_back

Status = models.Suggestion.Status


class SuggestionStale(refusals.Refusal):
    """What the suggestion was made from has changed since."""

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
    try:
        with transaction.atomic():
            assignment = _approve(suggestion.pk, by, now, tentative)
            if tell:
                telling.approved(assignment=assignment, by=by, now=now)
            return assignment
    except SuggestionStale as refusal:
        _mark_stale(suggestion, refusal, now)
        raise
    except IntegrityError as error:
        # The locks make this unreachable while all writers take them; the constraints hold whoever does not.
        raise _refusal_of(error, suggestion) from error


@transaction.atomic
def reject(*, suggestion: models.Suggestion, reason: str, by: Any, now: datetime) -> models.Suggestion:
    """The suggestion, no longer offered. Raises NotAManager, ReasonMissing, SuggestionGone."""
    order = suggestion.order
    refusals.require_manager(by=by, district=order.district)
    reason = refusals.required_reason(reason, "A rejection needs a reason.")
    rows = models.Suggestion.objects.filter(pk=suggestion.pk)
    if not rows.transition(Status.REJECTED, reject_reason=reason[:200]):
        raise SuggestionGone(f"This suggestion for {order.number} is not open any more.")
    suggestion.refresh_from_db()
    auditing.record(
        verb="suggestion.rejected", row=suggestion, by=by, now=now, order=order, reason=reason,
        before={"status": Status.PROPOSED}, after={"status": Status.REJECTED, "crew": suggestion.crew_names},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="suggestion.rejected", now=now)
    return suggestion


def _approve(suggestion_id: int, by: Any, now: datetime, tentative: bool) -> models.Assignment:
    suggestion = _locked(suggestion_id)
    order = suggestion.order
    _refuse_unless_open(suggestion)
    snapshot = _snapshot(suggestion, now)
    _refuse_if_stale(suggestion, snapshot)
    verdicts = _checked(suggestion, snapshot, tentative=tentative)
    for verdict, crew in zip(verdicts, suggestion.crews, strict=True):
        retime_next(verdict, snapshot, crew)
    team = _assigned(suggestion, verdicts, snapshot, by, now)
    assignment = team[0]
    models.Suggestion.objects.filter(pk=suggestion.pk).transition(Status.APPROVED)
    models.WorkOrder.objects.filter(pk=order.pk).transition(
        models.WorkOrder.Status.SCHEDULED, version=order.version + 1
    )
    models.Crew.objects.filter(pk__in=[crew.pk for crew in suggestion.crews]).update(version=F("version") + 1)
    writing_back.assign(assignment=assignment, by=by, now=now)
    auditing.record(
        verb="assignment.approved", row=assignment, by=by, now=now, order=order, before={"order": order.status},
        after={"crew": suggestion.crew_names, "starts_at": assignment.starts_at, "ends_at": assignment.ends_at,
               "status": assignment.status},
    )  # fmt: skip
    displaced = suggesting.displace(assignments=team)
    events.order_changed(orders=[order], cause="assignment.approved", now=now)
    events.order_changed(orders=displaced, cause="suggestion.stale", now=now)
    return assignment


def _assigned(
    suggestion: models.Suggestion,
    verdicts: Sequence[case.Case],
    snapshot: snapshotting.Snapshot,
    by: Any,
    now: datetime,
) -> list[models.Assignment]:
    """A row for each crew, the lead first."""
    said = models.Assignment.Status
    beside = suggestion.companions.all()
    wanted = [(0, suggestion.crew, suggestion.shift_id), *((one.part, one.crew, one.shift_id) for one in beside)]
    team: list[models.Assignment] = []
    for (number, crew, shift_id), verdict in zip(wanted, verdicts, strict=True):
        row = models.Assignment.objects.create(
            order=suggestion.order,
            crew=crew,
            shift_id=shift_id,
            part=number,
            lead=team[0] if team else None,
            suggestion=suggestion,
            departs_at=snapshot.at(verdict.leaves),
            starts_at=suggestion.starts_at,
            ends_at=suggestion.ends_at,
            status=said.TENTATIVE if any(one.tentative for one in verdicts) else said.APPROVED,
            approved_by=by,
            approved_at=now,
        )
        team.append(row)
    return team


def _locked(suggestion_id: int) -> models.Suggestion:
    """The suggestion with its order and crews locked, orders before crews and these in order of id, so that no two
    approvals deadlock."""
    row: models.Suggestion = (
        models.Suggestion.objects.select_related("run", "shift").prefetch_related("companions").get(pk=suggestion_id)
    )
    row.order = (
        models.WorkOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("district")
        .get(pk=row.order_id)
    )
    beside = row.companions.all()
    wanted = models.Crew.objects.filter(pk__in=[row.crew_id, *(one.crew_id for one in beside)])
    crews = {crew.pk: crew for crew in wanted.select_for_update(no_key=True).order_by("pk")}
    row.crew = crews[row.crew_id]
    for one in beside:
        one.crew = crews[one.crew_id]
    # Read again: what was read before the locks may have been decided by whoever held them.
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
        # What is in the way of the work itself is in the way of each of its crews.
        named = [violation.render(snapshot.clock) for violation in (lasting if tentative else broken)]
        raise guards.RulesBroken(" ".join(dict.fromkeys(named)))
    travel = Travel.of(snapshot.problem)
    return [
        case.Case(snapshot.problem, parts.part_of(job, number), crew, start, travel, tentative=bool(broken))
        for number, crew in enumerate(crews)
    ]


def retime_next(verdict: case.Case, snapshot: snapshotting.Snapshot, crew: models.Crew) -> None:
    """The crew's next work is now reached from here, so it sets out for it at another time."""
    if verdict.after is None:
        return
    departs = snapshot.at(verdict.after.window.start - verdict.drive_out)
    models.Assignment.objects.live().filter(crew=crew, order=verdict.after.job_id).update(departs_at=departs)


def _refusal_of(error: IntegrityError, suggestion: models.Suggestion) -> refusals.Refusal:
    # PostgreSQL checks foreign keys at commit only, so a writer that takes no lock may have been first.
    taken = models.Assignment.objects.live().filter(order=suggestion.order_id).select_related("approved_by").first()
    if taken is not None:
        return guards.OrderTaken(guards.taken_sentence(taken))
    if "no_crew_in_two_places" in str(error):
        # Which crew of a team it is can only be seen from here, outside the failed transaction.
        during = models.Assignment.objects.live().overlapping(suggestion.departs_at, suggestion.ends_at)
        taken_crews = set(during.values_list("crew", flat=True))
        names = [crew.name for crew in suggestion.crews if crew.pk in taken_crews] or [suggestion.crew_names]
        return guards.RulesBroken(f"{' and '.join(names)} is taken at that time.")
    raise error
