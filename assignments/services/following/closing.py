"""Ending what a list of all there is no longer has; a person is asked before much of it ends at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from assignments import models
from assignments.downstream.messages import Resource
from assignments.queries import chunks
from assignments.services.following import telling
from assignments.services.following.fetching import Key, ReadChunk
from assignments.services.inputs import consequences
from assignments.services.records import auditing
from assignments.services.upserting import permits, references

FEW = 5
"""So many records are never too much to end at once."""
SHARE = 0.2
"""Part of the records beyond which a person is asked."""
AT_ONCE = 50
"""Records that one transaction ends."""

Ids = set[int]


@dataclass(slots=True)
class Seen:
    """References that the passes under way in this process have listed."""

    _of: dict[Key, set[str] | None] = field(default_factory=dict)
    """None where a record was refused that could not be named, so that nothing is known to be missing."""

    def add(self, came: ReadChunk) -> None:
        chunk, known = came.chunk, self._of.get(came.key)
        if chunk.is_first:
            known = set()
        if known is None or any(not one.reference for one in chunk.refused):
            self._of[came.key] = None
            return
        known.update(record.reference for record in chunk.records)
        known.update(one.reference for one in chunk.refused)
        self._of[came.key] = known

    def all_of(self, key: Key) -> set[str] | None:
        """The references of a pass that this process has read from its beginning; else None."""
        return self._of.get(key)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Records of a collection that can end by not being listed any more."""

    open: Callable[[datetime], QuerySet[Any]]
    district: str
    """The path to the code of their district."""
    end: Callable[[QuerySet[Any], datetime, str], tuple[Ids, Ids]]
    """Ends rows; the orders and crews whose inputs that changes."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The outcome for one collection: `count` records have ended, or `asks` says that a person is asked first."""

    count: int = 0
    asks: bool = False


def close(
    *, system: models.DownstreamSystem, key: Key, listed: set[str], now: datetime, pause: Callable[[], None]
) -> Closed:
    """Ends the records of the collection that are not among the `listed` references, a few in each transaction, with a
    `pause` after each."""
    resource, scope = key
    kind = _KINDS.get(resource)
    if kind is None:
        return Closed()
    rows = kind.open(now).filter(source=system)
    if scope:
        rows = rows.filter(**{kind.district: scope})
    there = list(rows.values_list("pk", "source_reference"))
    missing = [(pk, reference) for pk, reference in there if reference not in listed]
    row = models.FollowedSource.objects.get(system=system)
    if len(missing) > max(FEW, SHARE * len(there)) and not row.may_close:
        _ask(row, key, [reference for _, reference in missing], len(there), now)
        return Closed(asks=True)
    for part in chunks.chunked([pk for pk, _ in missing], AT_ONCE):
        with transaction.atomic():
            order_ids, crew_ids = kind.end(rows.filter(pk__in=part), now, system.name)
            consequences.follow(order_ids=order_ids, crew_ids=crew_ids, now=now)
        pause()
    name = f"{resource}:{scope}"
    if name in row.missing:
        rest = {other: what for other, what in row.missing.items() if other != name}
        models.FollowedSource.objects.filter(pk=row.pk).update(missing=rest, may_close=row.may_close and bool(rest))
    return Closed(count=len(missing))


def _ask(row: models.FollowedSource, key: Key, references: Sequence[str], of: int, now: datetime) -> None:
    name = f"{key[0]}:{key[1]}"
    since = row.missing.get(name, {}).get("since") or now.isoformat()
    missing = {"count": len(references), "of": of, "since": since, "examples": sorted(references)[:10]}
    with transaction.atomic():
        models.FollowedSource.objects.filter(pk=row.pk).update(missing={**row.missing, name: missing})
        telling.missing(
            system=row.system, scope=key[1], what=f"{len(references):,} of {of:,} {key[0]}", since=since, now=now
        )


def _cancel_orders(rows: QuerySet[models.WorkOrder], now: datetime, by: str) -> tuple[Ids, Ids]:
    found = list(rows.select_for_update(no_key=True, of=("self",)).select_related("district").order_by("pk"))
    ids = {row.pk for row in found}
    status = models.WorkOrder.Status.CANCELLED
    # Whatever its system says of it, should it come back, is news.
    models.WorkOrder.objects.filter(pk__in=ids).transition(
        status, version=F("version") + 1, source_version=0, vanished_at=now
    )
    _record("order.vanished", [(row, row) for row in found], status, now, by)
    return ids, set()


def _cancel_permits(rows: QuerySet[models.Permit], now: datetime, by: str) -> tuple[Ids, Ids]:
    found = list(rows.select_for_update(no_key=True, of=("self",)).select_related("order__district").order_by("pk"))
    status = models.Permit.Status.CANCELLED
    models.Permit.objects.filter(pk__in=[row.pk for row in found]).update(status=status, source_version=0)
    _record("permit.changed", [(row, row.order) for row in found], status, now, by)
    return {row.order_id for row in found}, set()


def _record(
    verb: str,
    ended: Sequence[tuple[models.WorkOrder | models.Permit, models.WorkOrder]],
    status: str,
    now: datetime,
    by: str,
) -> None:
    """One entry for each row, beside its order."""
    auditing.record_all(
        [
            auditing.entry(
                verb=verb, row=row, by=by, now=now, order=order, before={"status": row.status},
                after={"status": status}, reason="The system's list no longer has it.",
            )
            for row, order in ended
        ]
    )  # fmt: skip


def _restore(rows: QuerySet[models.Outage], now: datetime, by: str) -> tuple[Ids, Ids]:
    ids, orders = list(rows.values_list("pk", flat=True)), set(rows.values_list("order_id", flat=True))
    models.Outage.objects.filter(pk__in=ids).update(restored_at=now, source_version=0)
    return permits.count_customers(orders), set()


def _cancel_shifts(rows: QuerySet[models.Shift], now: datetime, by: str) -> tuple[Ids, Ids]:
    crews = set(rows.values_list("crew_id", flat=True))
    rows.update(cancelled=True, source_version=0)
    return set(), crews


def _cancel_absences(rows: QuerySet[models.Absence], now: datetime, by: str) -> tuple[Ids, Ids]:
    people = set(rows.values_list("employee_id", flat=True))
    rows.update(cancelled=True, source_version=0)
    return set(), references.crew_ids_of(people)


def _end_crews(rows: QuerySet[models.Crew], now: datetime, by: str) -> tuple[Ids, Ids]:
    ids = set(rows.values_list("pk", flat=True))
    rows.update(active=False, source_version=0)
    return set(), ids


def _end_people(rows: QuerySet[models.Employee], now: datetime, by: str) -> tuple[Ids, Ids]:
    ids = set(rows.values_list("pk", flat=True))
    rows.update(active=False, source_version=0)
    return set(), references.crew_ids_of(ids)


def _take_away(rows: QuerySet[models.Equipment], now: datetime, by: str) -> tuple[Ids, Ids]:
    crews = set(rows.values_list("crew_id", flat=True))
    rows.update(crew=None, source_version=0)
    return set(), crews


_OVER = ("HANDED_BACK", "CLOSED", "REJECTED", "CANCELLED")
"""Of permits that nothing hangs on any more."""
_KINDS: dict[Resource, _Kind] = {
    Resource.ORDERS: _Kind(
        lambda now: models.WorkOrder.objects.open().filter(part_of=None), "district__code", _cancel_orders
    ),
    Resource.PERMITS: _Kind(
        lambda now: models.Permit.objects.exclude(status__in=_OVER), "order__district__code", _cancel_permits
    ),
    Resource.OUTAGES: _Kind(
        lambda now: models.Outage.objects.filter(restored_at=None), "order__district__code", _restore
    ),
    Resource.SHIFTS: _Kind(
        lambda now: models.Shift.objects.filter(cancelled=False, ends_at__gt=now), "crew__district__code",
        _cancel_shifts,
    ),
    Resource.ABSENCES: _Kind(
        lambda now: models.Absence.objects.filter(cancelled=False, ends_at__gt=now), "employee__district__code",
        _cancel_absences,
    ),
    Resource.CREWS: _Kind(lambda now: models.Crew.objects.filter(active=True), "district__code", _end_crews),
    Resource.EMPLOYEES: _Kind(lambda now: models.Employee.objects.filter(active=True), "district__code", _end_people),
    Resource.EQUIPMENT: _Kind(
        lambda now: models.Equipment.objects.exclude(crew=None), "crew__district__code", _take_away
    ),
}  # fmt: skip
"""Qualifications are one catalogue of all systems, and stay."""
