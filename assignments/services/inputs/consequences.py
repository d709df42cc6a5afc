"""Consequences of changed inputs: suggestions go stale, decisions turn red or become firm,
orders wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.engine.domain.problem import FOREVER, Job
from assignments.engine.rules import checker
from assignments.models import districts
from assignments.queries import days
from assignments.services.decisions import firming
from assignments.services.inputs import readiness
from assignments.services.records import events, telling
from assignments.services.snapshots import snapshotting

WORKER = "Lineup worker"
CAUSE = "inputs.changed"

Suggestion = models.Suggestion
Assignment = models.Assignment

Team = Sequence[models.Assignment]
"""All crews of one decision, the lead first."""


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


def _locked(rows: Any, ids: Collection[Any]) -> list[Any]:
    """The rows, locked in one order so that two followers wait instead of deadlocking."""
    found: list[Any] = []
    for part in readiness.chunked(ids):
        locked = rows.filter(pk__in=part).select_for_update(of=("self",), no_key=True).order_by("pk")
        found.extend(locked.select_related(*districts.with_rules("order__district"), "crew"))
    return found


def _suggested(order_ids: set[int], crew_ids: set[int]) -> list[models.Suggestion]:
    """Open suggestions of these orders, or that want one of these crews."""
    rows = Suggestion.objects.proposed().select_related("run").with_teams()
    ids: set[int] = set()
    for part in readiness.chunked(order_ids):
        ids.update(rows.touching(order_ids=part).values_list("pk", flat=True))
    for part in readiness.chunked(crew_ids):
        ids.update(rows.touching(crew_ids=part).values_list("pk", flat=True))
    return _locked(rows, ids)


def _decided(order_ids: set[int], crew_ids: set[int], now: datetime) -> list[models.Assignment]:
    """Live assignments of these orders and of whatever these crews are assigned to: whole teams."""
    rows = Assignment.objects.live().filter(ends_at__gt=now)
    orders = set(order_ids)
    for part in readiness.chunked(crew_ids):
        orders.update(rows.filter(crew__in=part).values_list("order", flat=True))
    ids: set[Any] = set()
    for part in readiness.chunked(orders):
        ids.update(rows.filter(order__in=part).values_list("pk", flat=True))
    return _locked(rows, ids)


def _stale_suggestions(order_ids: set[int], crew_ids: set[int], now: datetime, cause: str | None) -> set[int]:
    """The orders of proposed suggestions that are no longer what they were made from, now stale."""
    rows = _suggested(order_ids, crew_ids)
    groups: dict[Any, list[models.Suggestion]] = defaultdict(list)
    for row in rows:
        groups[row.order.district, row.run.horizon_starts_at, row.run.horizon_ends_at].append(row)
    causes: dict[str, list[models.Suggestion]] = defaultdict(list)
    for (district, start, end), group in groups.items():
        wanted = {crew.pk for row in group for crew in row.crews}
        snapshot = _snapshot(district, (start, end), now, group, wanted)
        for row in group:
            if found := _why_stale(row, snapshot, order_ids, cause):
                causes[found[:200]].append(row)
    for words, stale in causes.items():
        for part in readiness.chunked([row.pk for row in stale]):
            Suggestion.objects.filter(pk__in=part).transition(Suggestion.Status.STALE, stale_cause=words)
    return {row.order_id for stale in causes.values() for row in stale}


def _snapshot(
    district: models.District,
    period: tuple[datetime, datetime],
    now: datetime,
    rows: Iterable[Any],
    crew_ids: set[int],
) -> snapshotting.Snapshot:
    return snapshotting.problem_for(
        district=district,
        start=period[0],
        end=period[1],
        now=now,
        order_ids={row.order_id for row in rows},
        crew_ids=crew_ids,
    )


def _why_stale(
    row: models.Suggestion, snapshot: snapshotting.Snapshot, order_ids: set[int], cause: str | None
) -> str | None:
    """Why the suggestion cannot stand, in words; None when nothing it was made from has changed."""
    order = row.order
    if not order.is_assignable:
        return f"{order.number} is {order.get_status_display().lower()}"
    for shift_id, crew in zip(row.shift_ids, row.crews, strict=True):
        if shift_id not in snapshot.shifts:
            return cause or f"The shift of {crew} is not on the roster any more"
    if snapshot.fingerprint(row.order_id, *row.shift_ids) == row.fingerprint:
        return None
    if cause:
        return cause
    start = snapshot.seconds(row.starts_at)
    # The number of crews that the order needs may have changed.
    for part, shift_id in zip(snapshot.numbers(row.order_id), row.shift_ids, strict=False):
        if broken := _broken(snapshot, snapshot.part(row.order_id, part), shift_id, start, tentative=row.tentative):
            return broken
    changed = order.number if row.order_id in order_ids else " or ".join(crew.name for crew in row.crews)
    return f"{changed} has changed since this was suggested"


def _broken(
    snapshot: snapshotting.Snapshot,
    job: Job,
    shift_id: int,
    start: int,
    *,
    tentative: bool,
    overridden: Collection[str] = (),
) -> str | None:
    """The worst broken hard rule in words, but for overridden ones.

    The clock stands at the beginning of time: that a start has gone by breaks nothing that was decided before it.
    """
    problem = replace(snapshot.problem, now=-FOREVER)
    for violation in checker.check(problem, job, snapshot.shift(shift_id), start, tentative=tentative):
        if violation.code not in overridden:
            return violation.render(snapshot.clock)
    return None


def _judge_assignments(order_ids: set[int], crew_ids: set[int], now: datetime) -> tuple[set[int], set[int]]:
    """The orders of live assignments whose red cause appeared, changed or went, and of those that became firm."""
    groups: dict[Any, dict[int, list[models.Assignment]]] = defaultdict(lambda: defaultdict(list))
    for row in _decided(order_ids, crew_ids, now):
        district = row.order.district
        groups[district, row.starts_at.astimezone(district.zone).date()][row.order_id].append(row)
    changed: set[int] = set()
    settled: list[models.Assignment] = []
    for (district, day), found in groups.items():
        teams = [sorted(rows, key=lambda row: row.part) for rows in found.values()]
        crews = {row.crew_id for team in teams for row in team}
        snapshot = _snapshot(district, days.period_of(day, district.zone), now, [team[0] for team in teams], crews)
        verdicts = [(team, (_why_red(team, snapshot, tentative=_is_tentative(team[0])) or "")[:200]) for team in teams]
        changed |= _paint(verdicts, now)
        settled += [team[0] for team in teams if _can_be_firm(team, snapshot)]
    return changed, {row.order_id for row in firming.firm(assignments=settled, now=now)}


def _is_tentative(row: models.Assignment) -> bool:
    return row.status == Assignment.Status.TENTATIVE


def _can_be_firm(team: Team, snapshot: snapshotting.Snapshot) -> bool:
    # Outside any shift nothing can be judged, so nothing is concluded either.
    judged = all(row.shift_id is not None for row in team)
    return _is_tentative(team[0]) and judged and _why_red(team, snapshot, tentative=False) is None


def _why_red(team: Team, snapshot: snapshotting.Snapshot, *, tentative: bool) -> str | None:
    """Why the decision does not stand on what is known now; None when it does. A team stands or falls as a whole."""
    order = team[0].order
    if order.status in models.WorkOrder.FINISHED:
        return f"{order.number} is {order.get_status_display().lower()} in work management."
    if [row.part for row in team] != (wanted := snapshot.numbers(order.pk)):
        return f"{order.number} needs other crews now than it was given: {len(wanted)} in all."
    return next((red for row in team if (red := _why_crew_red(row, snapshot, tentative=tentative))), None)


def _why_crew_red(row: models.Assignment, snapshot: snapshotting.Snapshot, *, tentative: bool) -> str | None:
    if row.shift_id is None:
        # Decided outside any shift: there is nothing to judge it against but the manager's recorded reason.
        return None
    if row.shift_id not in snapshot.shifts:
        return f"The shift of {row.crew} is not on the roster any more."
    return _broken(
        snapshot,
        snapshot.part(row.order_id, row.part),
        row.shift_id,
        snapshot.seconds(row.starts_at),
        tentative=tentative,
        overridden=row.override_rules,
    )


def _paint(verdicts: Iterable[tuple[Team, str]], now: datetime) -> set[int]:
    changed = [(team, red) for team, red in verdicts if red != team[0].red_cause]
    for team, red in changed:
        lead = team[0]
        Assignment.objects.live().filter(pk=lead.pk).update(red_cause=red)
        if red and not lead.red_cause:
            telling.tell_managers(
                district=lead.order.district,
                kind="assignment.red",
                title=f"{lead.order.number} by {' + '.join(row.crew.name for row in team)} can no longer stand",
                body=red,
                url=lead.order.get_absolute_url(),
                by=WORKER,
                now=now,
            )
    return {team[0].order_id for team, _ in changed}
