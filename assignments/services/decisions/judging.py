"""Whether decisions stand on what is known now: those that do not are red, tentative ones become firm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from assignments import models
from assignments.queries import chunks, days
from assignments.services.decisions import firming
from assignments.services.records import telling
from assignments.services.runs import standing
from assignments.services.snapshots import snapshotting

WORKER = "Lineup worker"

Assignment = models.Assignment

Team = Sequence[models.Assignment]
"""All crews of one decision, the lead first."""


def judge(*, order_ids: Collection[int], crew_ids: Collection[int], now: datetime) -> tuple[set[int], set[int]]:
    """The orders whose live assignments, among those of these orders and crews, have another red cause than before, or
    none any more; and those whose assignments became firm, which is announced."""
    groups: dict[Any, dict[int, list[models.Assignment]]] = defaultdict(lambda: defaultdict(list))
    for row in _decided(set(order_ids), set(crew_ids), now):
        district = row.order.district
        groups[district, row.starts_at.astimezone(district.zone).date()][row.order_id].append(row)
    changed: set[int] = set()
    settled: list[models.Assignment] = []
    for (district, day), found in groups.items():
        teams = [sorted(rows, key=lambda row: row.part) for rows in found.values()]
        crews = {row.crew_id for team in teams for row in team}
        start, end = days.period_of(day, district.zone)
        snapshot = snapshotting.problem_for(
            district=district, start=start, end=end, now=now, order_ids=set(found), crew_ids=crews
        )
        verdicts = [(team, (_why_red(team, snapshot, tentative=_is_tentative(team[0])) or "")[:200]) for team in teams]
        changed |= _paint(verdicts, now)
        settled += [team[0] for team in teams if _can_be_firm(team, snapshot)]
    firm = firming.firm(assignments=settled, now=now) if settled else []
    return changed, {row.order_id for row in firm}


def waiting_for(order_ids: Collection[int]) -> set[int]:
    """Open orders that wait for one of these, or for the work of which one of these is a part; and the other parts of
    that work, which are one crew's."""
    found: set[int] = set()
    over = models.WorkOrder.FINISHED
    for part in chunks.chunked(order_ids):
        # One after another: asked for all of it in one statement, a database looks at every open order.
        rows = models.WorkOrder.objects.filter(Q(part__gt=0) | Q(dependants__isnull=False), pk__in=chunks.among(part))
        beside = set(rows.order_by().values_list("part_of", "dependants", "dependants__status"))
        found.update(pk for _, pk, status in beside if pk is not None and status not in over)
        if wholes := {whole for whole, _, _ in beside if whole is not None}:
            waiting = Q(prerequisites__in=chunks.among(wholes)) | Q(part_of__in=chunks.among(wholes))
            found.update(models.WorkOrder.objects.open().filter(waiting).order_by().values_list("pk", flat=True))
    return found


def other_parts(order_ids: Collection[int]) -> set[int]:
    """Open parts of the work of which these orders are parts, without these themselves."""
    rows = models.WorkOrder.objects.open().filter(part_of__split_parts__in=list(order_ids))
    return set(rows.exclude(pk__in=list(order_ids)).values_list("pk", flat=True))


def _decided(order_ids: set[int], crew_ids: set[int], now: datetime) -> list[models.Assignment]:
    """Live assignments of these orders and of whatever these crews are assigned to: whole teams."""
    rows = Assignment.objects.live().filter(ends_at__gt=now)
    orders = set(order_ids)
    for part in chunks.chunked(crew_ids):
        orders.update(rows.filter(crew__in=chunks.among(part)).values_list("order", flat=True))
    ids: set[Any] = set()
    for part in chunks.chunked(orders):
        ids.update(rows.filter(order__in=chunks.among(part)).values_list("pk", flat=True))
    return standing.locked(rows, ids)


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
    return standing.broken(
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
                title=f"{lead.order.number} by {' + '.join(row.crew.name for row in team)} is no longer valid",
                body=red,
                url=lead.order.get_absolute_url(),
                by=WORKER,
                now=now,
            )
    return {team[0].order_id for team, _ in changed}
