"""Rejecting: a crew is not offered for an order again until their facts change, or somebody takes that back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.models import districts
from assignments.queries import chunks, days
from assignments.services.decisions import booking
from assignments.services.decisions.approving import SuggestionGone
from assignments.services.records import auditing, events, refusals
from assignments.services.runs import standing
from assignments.services.snapshots import snapshotting

Status = models.Suggestion.Status
Code = models.Rejection.Code

LINEUP = "Lineup"
_OFFERED = (Status.PROPOSED, Status.STALE)


class RejectionOver(refusals.Refusal):
    """It was taken back before, or what it was made on has changed since."""

    code = "rejection-over"
    next_step = "Reload the order to see which crews are offered."


@transaction.atomic
def reject(
    *, suggestion: models.Suggestion, reason: str, by: Any, now: datetime, code: str = Code.OTHER
) -> models.Suggestion:
    """The suggestion, no longer offered, and a rejection that keeps its crews out of later runs for the order.

    `reason` may be empty where the code says enough. Raises NotAManager, ReasonMissing, SuggestionGone.
    """
    order = suggestion.order
    refusals.require_manager(by=by, district=order.district)
    words = _words(code, reason)
    # As a run locks it that stores suggestions for it: either that run knows the rejection, or it is stored by now.
    booking.lock(orders=[order.pk])
    rows = models.Suggestion.objects.filter(pk=suggestion.pk)
    if not rows.transition(Status.REJECTED, reject_reason=words):
        raise SuggestionGone(f"This suggestion for {order.number} is not open any more.")
    rejection = _keep(suggestion, code, words, by, now)
    # Of a run under way, that offers the same.
    _same(rejection).filter(status__in=_OFFERED).transition(Status.REJECTED, reject_reason=words)
    suggestion.refresh_from_db()
    auditing.record(
        verb="suggestion.rejected", row=suggestion, by=by, now=now, order=order, reason=words,
        before={"status": Status.PROPOSED},
        after={"status": Status.REJECTED, "crew": suggestion.crew_names, "code": code},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="suggestion.rejected", now=now)
    return suggestion


@transaction.atomic
def take_back(*, rejection: models.Rejection, by: Any, now: datetime) -> models.Rejection:
    """The rejection, which holds no more; its crews are offered again where the current run had ranked them, and by the
    next one. Raises NotAManager, RejectionOver."""
    order = rejection.order
    refusals.require_manager(by=by, district=order.district)
    booking.lock(orders=[order.pk])
    if not models.Rejection.objects.held().filter(pk=rejection.pk).update(taken_back_by=by, taken_back_at=now):
        rejection.refresh_from_db()
        raise RejectionOver(_over(rejection))
    rejection.refresh_from_db()
    ids = list(_same(rejection).filter(status=Status.REJECTED).values_list("pk", flat=True))
    models.Suggestion.objects.filter(pk__in=ids).transition(Status.PROPOSED, reject_reason="")
    standing.offer_again(order_ids=[order.pk], crew_ids=(), freed=ids, now=now)
    auditing.record(
        verb="rejection.taken-back", row=rejection, by=by, now=now, order=order,
        before={"crew": rejection.crew_names, "reason": rejection.reason},
        after={"crew": rejection.crew_names, "offered": bool(ids)},
    )  # fmt: skip
    events.order_changed(orders=[order], cause="rejection.taken-back", now=now)
    return rejection


def lapse(*, order_ids: Collection[int], crew_ids: Collection[int], now: datetime) -> set[int]:
    """The orders of rejections that hold no more, because what is known of the order or of one of its crews is not what
    it was. What they had rejected is out of date.

    To be called in the transaction that changed these orders and crews.
    """
    lapsed = [row for row, facts in _with_facts(_touched(order_ids, crew_ids, now), now) if facts != row.facts]
    for row in lapsed:
        models.Rejection.objects.held().filter(pk=row.pk).update(lapsed_at=now)
        cause = f"What is known of {row.order.number} or of {row.crew_names} has changed since this was rejected"[:200]
        _same(row).filter(status=Status.REJECTED).transition(Status.STALE, stale_cause=cause, reject_reason="")
        auditing.record(
            verb="rejection.lapsed", row=row, by=LINEUP, now=now, order=row.order, reason=cause,
            before={"crew": row.crew_names, "reason": row.reason}, after={"crew": row.crew_names},
        )  # fmt: skip
    return {row.order_id for row in lapsed}


def _words(code: str, reason: str) -> str:
    """The reason as people read it: the code's words, and what was typed. Raises ReasonMissing."""
    if code not in Code.values:
        raise refusals.ReasonMissing("A rejection needs one of the listed reasons.")
    if code == Code.OTHER:
        return refusals.required_reason(reason, "A rejection needs a reason.")[:200]
    label, typed = Code(code).label, reason.strip()
    return (f"{label}: {typed}" if typed else label)[:200]


def _keep(suggestion: models.Suggestion, code: str, words: str, by: Any, now: datetime) -> models.Rejection:
    said = {
        "crew": suggestion.crew, "crew_names": suggestion.crew_names[:300], "starts_at": suggestion.starts_at,
        "code": code, "reason": words, "facts": _facts_of(suggestion, now), "rejected_by": by, "rejected_at": now,
    }  # fmt: skip
    held, _ = models.Rejection.objects.held().update_or_create(
        order=suggestion.order, shift_id=suggestion.shift_id, team=suggestion.team, defaults=said
    )
    return held


def _facts_of(suggestion: models.Suggestion, now: datetime) -> str:
    crews = {crew.pk for crew in suggestion.crews}
    snapshot = _snapshot(suggestion.order, suggestion.run.day, {suggestion.order_id}, crews, now)
    return snapshot.facts(suggestion.order_id, *suggestion.shift_ids)


def _with_facts(rows: Iterable[models.Rejection], now: datetime) -> Iterable[tuple[models.Rejection, str]]:
    """The rejections with what is known now of their orders and crews, in a constant number of queries for each day."""
    groups: dict[Any, list[models.Rejection]] = defaultdict(list)
    for row in rows:
        groups[row.order.district, days.local_day(row.shift.starts_at, row.order.district.zone)].append(row)
    for (_, day), group in groups.items():
        shifts = {one for row in group for one in row.shift_ids}
        crews = set(models.Shift.objects.filter(pk__in=shifts).values_list("crew", flat=True))
        snapshot = _snapshot(group[0].order, day, {row.order_id for row in group}, crews, now)
        yield from ((row, snapshot.facts(row.order_id, *row.shift_ids)) for row in group)


def _snapshot(
    order: models.WorkOrder, day: Any, order_ids: set[int], crew_ids: set[int], now: datetime
) -> snapshotting.Snapshot:
    start, end = days.period_of(day, order.district.zone)
    return snapshotting.problem_for(
        district=order.district, start=start, end=end, now=now, order_ids=order_ids, crew_ids=crew_ids
    )


def _touched(order_ids: Collection[int], crew_ids: Collection[int], now: datetime) -> list[models.Rejection]:
    rows = models.Rejection.objects.held().filter(shift__ends_at__gt=now)
    ids: set[int] = set()
    for part in chunks.chunked(order_ids):
        ids.update(rows.filter(order__in=chunks.among(part)).values_list("pk", flat=True))
    for part in chunks.chunked(crew_ids):
        ids.update(rows.filter(shift__crew__in=chunks.among(part)).values_list("pk", flat=True))
    if crew_ids:
        # Of teams only the lead crew is looked up; they are few.
        ids.update(rows.exclude(team="").values_list("pk", flat=True))
    if not ids:
        return []
    found = models.Rejection.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(found.select_related(*districts.with_rules("order__district"), "shift"))


def _same(rejection: models.Rejection) -> models.runs.SuggestionQuerySet:
    """Suggestions of the same crews for the order, by runs that count."""
    counting = [*models.SuggestionRun.USABLE, *models.SuggestionRun.UNDER_WAY]
    return models.Suggestion.objects.filter(
        order=rejection.order_id, shift=rejection.shift_id, team=rejection.team, run__status__in=counting
    )


def _over(rejection: models.Rejection) -> str:
    names = rejection.crew_names
    if rejection.taken_back_by is None or rejection.taken_back_at is None:
        return (
            f"The rejection of {names} for {rejection.order.number} holds no more: what is known of them has changed."
        )
    at = rejection.taken_back_at.astimezone(rejection.order.district.zone)
    return f"{refusals.person(rejection.taken_back_by)} took back the rejection of {names} at {at:%H:%M}."
