"""Whether open suggestions still stand on what is known now; those that do again are offered again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q

from assignments import models
from assignments.engine.domain.problem import FOREVER, Job
from assignments.engine.ranking import explain
from assignments.engine.rules import checker
from assignments.models import districts
from assignments.queries import chunks
from assignments.services.records import refusals
from assignments.services.runs import displacing
from assignments.services.snapshots import snapshotting

Suggestion = models.Suggestion
Status = models.Suggestion.Status

_KEPT = (*models.WorkOrder.ASSIGNABLE, models.WorkOrder.Status.SCHEDULED)
"""Orders whose suggestions may stand: those of one that has a crew are kept for the next decision."""

_LONGEST_PLANNED = timedelta(days=20)
"""Before its horizon ends, no run was planned longer ago: days ahead, and the hours of a horizon."""


@dataclass(frozen=True)
class Changed:
    """Ids of orders by what became of their suggestions."""

    stale: frozenset[int] = frozenset()
    """A suggestion went out of date, or is so for another reason now."""
    offered: frozenset[int] = frozenset()
    """A suggestion is offered again."""


def judge(*, order_ids: Collection[int], crew_ids: Collection[int], now: datetime, cause: str | None = None) -> Changed:
    """The consequences of changed orders and crews for the suggestions that are offered or out of date: those go or
    come back, as what they were made from has changed or is as it was.

    `cause` says in words what happened, for those that go; without it the words are found from the facts.
    """
    among = Suggestion.objects.filter(status__in=[Status.PROPOSED, Status.STALE])
    return _judge(among, order_ids, crew_ids, now, cause=cause)


def offer_again(
    *, order_ids: Collection[int], crew_ids: Collection[int], freed: Collection[int] = (), now: datetime
) -> Changed:
    """The same after these orders and crews were freed: of what is out of date, and of the suggestions `freed`."""
    among = Suggestion.objects.filter(Q(status=Status.STALE) | Q(pk__in=freed, status=Status.PROPOSED))
    return _judge(among, order_ids, crew_ids, now, freed=frozenset(freed))


def mind_prerequisites(*, order_ids: Collection[int]) -> set[int]:
    """The orders whose suggestions warn otherwise than before of a prerequisite that has no crew."""
    rows = Suggestion.objects.filter(order__in=order_ids, status__in=[Status.PROPOSED, Status.STALE])
    found = list(rows.order_by("pk").select_for_update(no_key=True)) if order_ids else []
    if not found:
        return set()
    ended_by = Q(order=OuterRef("pk")) | Q(order__part_of=OuterRef("pk"), order__part=OuterRef("parts_in_all"))
    given = models.Assignment.objects.live().filter(ended_by)
    pending = models.WorkOrder.objects.open().filter(~Exists(given)).order_by("number")
    waiting = models.WorkOrder.objects.filter(pk__in={row.order_id for row in found})
    orders = waiting.prefetch_related(Prefetch("prerequisites", queryset=pending, to_attr="pending"))
    notes = {order.pk: [_approve_first(one) for one in order.pending] for order in orders}
    changed = [row for row in found if _warned(row, notes[row.order_id])]
    Suggestion.objects.bulk_update(changed, ["warnings"], batch_size=200)
    return {row.order_id for row in changed}


def _approve_first(order: models.WorkOrder) -> dict[str, str]:
    return {"code": explain.AFTER, "text": explain.APPROVE_FIRST.format(number=order.number)}


def _warned(row: models.Suggestion, notes: Sequence[dict[str, str]]) -> bool:
    """Whether the warnings had to be changed to name these prerequisites and no others."""
    before = [one for one in row.warnings if one["code"] == explain.AFTER]
    if sorted(one["text"] for one in before) == sorted(one["text"] for one in notes):
        return False
    kept = [one for one in row.warnings if one not in before]
    # As the engine says them: the drive's come last.
    drives = [one for one in kept if one["code"] == "travel-estimated"]
    row.warnings = [*(one for one in kept if one not in drives), *notes, *drives]
    return True


def locked(rows: Any, ids: Collection[Any]) -> list[Any]:
    """The rows, locked in one order so that two followers wait instead of deadlocking."""
    found: list[Any] = []
    for part in chunks.chunked(ids):
        held = rows.filter(pk__in=part).select_for_update(of=("self",), no_key=True).order_by("pk")
        found.extend(held.select_related(*districts.with_rules("order__district"), "crew"))
    return found


def broken(
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


def _judge(
    among: models.runs.SuggestionQuerySet,
    order_ids: Collection[int],
    crew_ids: Collection[int],
    now: datetime,
    *,
    cause: str | None = None,
    freed: frozenset[int] = frozenset(),
) -> Changed:
    # Nothing comes back of a day that is over.
    among = among.exclude(status=Status.STALE, run__horizon_ends_at__lte=now)
    touched = _touched(among, order_ids, crew_ids)
    if not touched:
        # Of most records that come in, nobody has planned anything.
        return Changed()
    outruled = _outruled(now)
    # Nor of what is outruled, which is out of date as a whole: for a district too much to look at one by one.
    among = among.exclude(status=Status.STALE, run__in=outruled)
    maybe = [pk for pk, status, run in touched if status != Status.STALE or run not in outruled]
    rows = locked(among.select_related("run").with_teams(), maybe)
    changed = {row.pk: outruled[row.run_id] for row in rows if row.run_id in outruled}
    changed |= _why_changed([row for row in rows if row.pk not in changed], set(order_ids), now)
    # Rows are locked by now: whoever assigns one of their crews at this moment waits to make them stale, or has done.
    looked_at = [row for row in rows if row.status == Status.STALE or row.pk in freed]
    waiting = [row for row in looked_at if row.pk not in changed]
    words = {**displacing.taken(suggestions=waiting), **changed}
    gone = [row for row in rows if row.status == Status.PROPOSED and row.pk in words]
    otherwise = [row for row in rows if row.status == Status.STALE and row.stale_cause != words.get(row.pk, "")[:200]]
    back = [row for row in otherwise if row.pk not in words]
    otherwise = [row for row in otherwise if row.pk in words]
    for text, ids in _by_words(gone, lambda row: cause or words[row.pk]):
        Suggestion.objects.filter(pk__in=ids).transition(Status.STALE, stale_cause=text)
    for text, ids in _by_words(otherwise, lambda row: words[row.pk]):
        Suggestion.objects.filter(pk__in=ids, status=Status.STALE).update(stale_cause=text)
    for ids in chunks.chunked([row.pk for row in back]):
        Suggestion.objects.filter(pk__in=ids, status=Status.STALE).transition(Status.PROPOSED, stale_cause="")
    return Changed(
        stale=frozenset(row.order_id for row in (*gone, *otherwise)), offered=frozenset(row.order_id for row in back)
    )


def _by_words(
    rows: Sequence[models.Suggestion], words: Callable[[models.Suggestion], str]
) -> Iterator[tuple[str, list[int]]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[words(row)[:200]].append(row.pk)
    for text, ids in found.items():
        for part in chunks.chunked(ids):
            yield text, part


def _touched(
    among: models.runs.SuggestionQuerySet, order_ids: Collection[int], crew_ids: Collection[int]
) -> set[tuple[int, str, Any]]:
    """Id, status and run of the suggestions of these orders, or that want one of these crews."""
    columns = "pk", "status", "run"
    found: set[tuple[int, str, Any]] = set()
    for part in chunks.chunked(order_ids):
        found.update(among.touching(order_ids=chunks.among(part)).values_list(*columns))
    for part in chunks.chunked(crew_ids):
        found.update(among.touching(crew_ids=chunks.among(part)).values_list(*columns))
    return found


def _why_changed(rows: Sequence[models.Suggestion], order_ids: set[int], now: datetime) -> Mapping[int, str]:
    """By id why a suggestion cannot stand, in words; without those of which nothing has changed."""
    groups: dict[Any, list[models.Suggestion]] = defaultdict(list)
    for row in rows:
        groups[row.order.district, row.run.horizon_starts_at, row.run.horizon_ends_at].append(row)
    found: dict[int, str] = {}
    for (district, start, end), group in groups.items():
        snapshot = snapshotting.problem_for(
            district=district, start=start, end=end, now=now,
            order_ids={row.order_id for row in group}, crew_ids={crew.pk for row in group for crew in row.crews},
        )  # fmt: skip
        for row in group:
            if words := _why(row, snapshot, order_ids):
                found[row.pk] = words
    return found


def _outruled(now: datetime) -> Mapping[Any, str]:
    """By id the runs that planned by other rules than those in force, with what has switched them."""
    recent = models.Storm.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now - _LONGEST_PLANNED))
    switches = list(recent.select_related("declared_by", "ended_by", "district"))
    if not switches:
        return {}
    runs = models.SuggestionRun.objects.filter(
        district__in={one.district_id for one in switches}, horizon_ends_at__gt=now,
        status__in=[*models.SuggestionRun.USABLE, *models.SuggestionRun.UNDER_WAY],
    )  # fmt: skip
    found = {run.pk: _switched([one for one in switches if one.district_id == run.district_id], run) for run in runs}
    return {pk: words for pk, words in found.items() if words}


def _switched(switches: Sequence[models.Storm], run: models.SuggestionRun) -> str:
    # A run that was under way at a switch began anew, asked for at the moment of the switch.
    planned = next((one for one in switches if one.was_in_force(run.requested_at)), None)
    current = next((one for one in switches if one.ended_at is None), None)
    if planned == current:
        return ""
    if current:
        return f"{refusals.person(current.declared_by)} declared storm rules in {current.district.name}"
    ended = planned or switches[0]
    return f"{refusals.person(ended.ended_by)} ended the storm rules in {ended.district.name}"


def _why(row: models.Suggestion, snapshot: snapshotting.Snapshot, order_ids: set[int]) -> str:
    order = row.order
    if order.status not in _KEPT:
        return f"{order.number} is {order.get_status_display().lower()}"
    if order.is_split:
        return f"{order.number} is done in {order.parts_in_all} parts now"
    for shift_id, crew in zip(row.shift_ids, row.crews, strict=True):
        if shift_id not in snapshot.shifts:
            return f"The shift of {crew} is not on the roster any more"
    if snapshot.fingerprint(row.order_id, *row.shift_ids) == row.fingerprint:
        return ""
    start = snapshot.seconds(row.starts_at)
    # The number of crews that the order needs may have changed.
    for part, shift_id in zip(snapshot.numbers(row.order_id), row.shift_ids, strict=False):
        job = snapshot.part(row.order_id, part)
        if words := broken(snapshot, job, shift_id, start, tentative=row.tentative):
            return words
    changed = order.number if row.order_id in order_ids else " or ".join(crew.name for crew in row.crews)
    return f"{changed} has changed since this was suggested"
