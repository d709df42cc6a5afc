"""What a change of inputs does to what was made from them: suggestions go stale, decisions turn red or become firm,
orders wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine import checker
from assignments.engine import problem as engine
from assignments.models import districts
from assignments.queries import days
from assignments.services import events, firming, readiness, snapshotting, telling

WORKER = "Lineup worker"
CAUSE = "inputs.changed"

Suggestion = models.Suggestion
Assignment = models.Assignment


@transaction.atomic
def follow(
    *, order_ids: Collection[int], crew_ids: Collection[int], now: datetime, cause: str | None = None
) -> set[int]:
    """The ids of the orders that were told as changed: the given ones, and those whose suggestions or decisions were.

    To be called in the transaction that changed the orders and crews, or after it. `cause` says in words what
    happened, for the suggestions that go stale; without it the words are found from the facts. Doing it twice is one
    effect.
    """
    order_ids = {*order_ids, *_dependants(order_ids)}
    affected = set(order_ids) | readiness.settle(order_ids=order_ids, now=now)
    affected |= _stale_suggestions(order_ids, set(crew_ids), now, cause)
    changed, firm = _judge_assignments(order_ids, set(crew_ids), now)
    affected |= changed
    events.order_changed(orders=affected - firm, cause=CAUSE, now=now)
    for part in readiness.chunked(order_ids):
        telling.emergencies(order_ids=part, now=now)
    return affected | firm


def _dependants(order_ids: Collection[int]) -> set[int]:
    """Open orders that wait for one of these."""
    found: set[int] = set()
    for part in readiness.chunked(order_ids):
        found.update(models.WorkOrder.objects.open().filter(prerequisites__in=part).values_list("pk", flat=True))
    return found


def _touching(rows: Any, order_ids: set[int], crew_ids: set[int]) -> list[Any]:
    """Rows of these orders or crews, locked in one order so that two followers wait instead of deadlocking."""
    ids: set[int] = set()
    for part in readiness.chunked(order_ids):
        ids.update(rows.filter(order__in=part).values_list("pk", flat=True))
    for part in readiness.chunked(crew_ids):
        ids.update(rows.filter(crew__in=part).values_list("pk", flat=True))
    found: list[Any] = []
    for part in readiness.chunked(ids):
        locked = rows.filter(pk__in=part).select_for_update(of=("self",), no_key=True).order_by("pk")
        found.extend(locked.select_related(*districts.with_rules("order__district"), "crew"))
    return found


def _stale_suggestions(order_ids: set[int], crew_ids: set[int], now: datetime, cause: str | None) -> set[int]:
    """The orders of proposed suggestions that are no longer what they were made from, now stale."""
    rows = _touching(Suggestion.objects.proposed().select_related("run"), order_ids, crew_ids)
    groups: dict[Any, list[models.Suggestion]] = defaultdict(list)
    for row in rows:
        groups[row.order.district, row.run.horizon_starts_at, row.run.horizon_ends_at].append(row)
    causes: dict[str, list[models.Suggestion]] = defaultdict(list)
    for (district, start, end), group in groups.items():
        snapshot = _snapshot(district, start, end, now, group)
        for row in group:
            if found := _why_stale(row, snapshot, order_ids, cause):
                causes[found[:200]].append(row)
    for words, stale in causes.items():
        for part in readiness.chunked([row.pk for row in stale]):
            Suggestion.objects.filter(pk__in=part).transition(Suggestion.Status.STALE, stale_cause=words)
    return {row.order_id for stale in causes.values() for row in stale}


def _snapshot(
    district: models.District, start: datetime, end: datetime, now: datetime, rows: Iterable[Any]
) -> snapshotting.Snapshot:
    return snapshotting.problem_for(
        district=district,
        start=start,
        end=end,
        now=now,
        order_ids={row.order_id for row in rows},
        crew_ids={row.crew_id for row in rows},
    )


def _why_stale(
    row: models.Suggestion, snapshot: snapshotting.Snapshot, order_ids: set[int], cause: str | None
) -> str | None:
    """Why the suggestion cannot stand, in words; None when nothing it was made from has changed."""
    order = row.order
    if not order.is_assignable:
        return f"{order.number} is {order.get_status_display().lower()}"
    if row.shift_id not in snapshot.shifts:
        return cause or f"The shift of {row.crew} is not on the roster any more"
    if snapshot.fingerprint(row.order_id, row.shift_id) == row.fingerprint:
        return None
    if cause:
        return cause
    start = snapshot.seconds(row.starts_at)
    broken = _broken(snapshot, row.order_id, row.shift_id, start, tentative=row.tentative)
    return broken or f"{order.number if row.order_id in order_ids else row.crew} has changed since this was suggested"


def _broken(
    snapshot: snapshotting.Snapshot,
    order_id: int,
    shift_id: int,
    start: int,
    *,
    tentative: bool,
    overridden: Collection[str] = (),
) -> str | None:
    """The worst broken hard rule in words, but for overridden ones.

    The clock stands at the beginning of time: that a start has gone by breaks nothing that was decided before it.
    """
    problem = replace(snapshot.problem, now=-engine.FOREVER)
    job, shift = snapshot.job(order_id), snapshot.shift(shift_id)
    for violation in checker.check(problem, job, shift, start, tentative=tentative):
        if violation.code not in overridden:
            return violation.render(snapshot.clock)
    return None


def _judge_assignments(order_ids: set[int], crew_ids: set[int], now: datetime) -> tuple[set[int], set[int]]:
    """The orders of live assignments whose red cause appeared, changed or went, and of those that became firm."""
    rows = _touching(Assignment.objects.live().filter(ends_at__gt=now), order_ids, crew_ids)
    groups: dict[Any, list[models.Assignment]] = defaultdict(list)
    for row in rows:
        district = row.order.district
        groups[district, row.starts_at.astimezone(district.zone).date()].append(row)
    changed: set[int] = set()
    settled: list[models.Assignment] = []
    for (district, day), group in groups.items():
        snapshot = _snapshot(district, *days.period_of(day, district.zone), now, group)
        verdicts = {row: (_why_red(row, snapshot, tentative=_is_tentative(row)) or "")[:200] for row in group}
        changed |= _paint(verdicts, now)
        settled += [row for row in group if _can_be_firm(row, snapshot)]
    return changed, {row.order_id for row in firming.firm(assignments=settled, now=now)}


def _is_tentative(row: models.Assignment) -> bool:
    return row.status == Assignment.Status.TENTATIVE


def _can_be_firm(row: models.Assignment, snapshot: snapshotting.Snapshot) -> bool:
    # Outside any shift nothing can be judged, so nothing is concluded either.
    return _is_tentative(row) and row.shift_id is not None and _why_red(row, snapshot, tentative=False) is None


def _why_red(row: models.Assignment, snapshot: snapshotting.Snapshot, *, tentative: bool) -> str | None:
    """Why the decision does not stand on what is known now; None when it does."""
    order = row.order
    if order.status in models.WorkOrder.FINISHED:
        return f"{order.number} is {order.get_status_display().lower()} in work management."
    if row.shift_id is None:
        # Decided outside any shift: there is nothing to judge it against but the manager's recorded reason.
        return None
    if row.shift_id not in snapshot.shifts:
        return f"The shift of {row.crew} is not on the roster any more."
    return _broken(
        snapshot,
        row.order_id,
        row.shift_id,
        snapshot.seconds(row.starts_at),
        tentative=tentative,
        overridden=row.override_rules,
    )


def _paint(verdicts: Mapping[models.Assignment, str], now: datetime) -> set[int]:
    changed = {row: red for row, red in verdicts.items() if red != row.red_cause}
    for row, red in changed.items():
        Assignment.objects.live().filter(pk=row.pk).update(red_cause=red)
        if red and not row.red_cause:
            telling.tell_managers(
                district=row.order.district,
                kind="assignment.red",
                title=f"{row.order.number} by {row.crew} can no longer stand",
                body=red,
                url=row.order.get_absolute_url(),
                by=WORKER,
                now=now,
            )
    return {row.order_id for row in changed}
