"""The steps that every resource shares: compare with the stored rows, refuse bad records, write in bulk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from django.db import models as orm

from assignments.downstream.messages import Record
from assignments.models import District, DownstreamSystem
from assignments.queries.chunks import among
from assignments.services.upserting import fitting, keys, making, owned
from assignments.services.upserting.refusing import Unstorable

CHUNK = 500
"""Rows a statement names at most: SQLite allows 999 parameters in its smallest configuration."""

Item = TypeVar("Item")


@dataclass(slots=True)
class Upserted:
    """The results of one call: counts, each refused record with its reason, and the rows that really changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    older: int = 0
    """Records that were taken although their versions are lower than what is stored."""
    rejected: list[tuple[str, str]] = field(default_factory=list)
    """(reference, reason in words)"""
    at_fault: dict[str, str] = field(default_factory=dict)
    """The field at fault of rejected records, where one field is."""
    questioned: list[tuple[str, str]] = field(default_factory=list)
    """(reference, what is wrong with it in words) of records that were taken all the same"""
    unresolved: set[str] = field(default_factory=set)
    """Rejected records that may succeed unchanged later, once what they name has arrived."""
    moved: dict[int, int] = field(default_factory=dict)
    """The district before of orders that are another's now."""
    order_ids: set[int] = field(default_factory=set)
    new_order_ids: set[int] = field(default_factory=set)
    """Orders among them that were not there before."""
    crew_ids: set[int] = field(default_factory=set)

    def joined(self, other: Upserted) -> Upserted:
        """The outcome of both."""
        values = ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        # Counts and lists are added, sets and dictionaries united.
        return Upserted(*(mine | theirs if isinstance(mine, (set, dict)) else mine + theirs for mine, theirs in values))


@dataclass(frozen=True, slots=True)
class UpsertCall:
    """The circumstances of one call."""

    system: DownstreamSystem
    now: datetime
    districts: Mapping[str, District]
    outcome: Upserted
    takes_all: bool = False
    """Whether records are taken that are not newer than their rows."""

    def reject(self, reference: str, refusal: Unstorable) -> None:
        self.outcome.rejected.append((reference, refusal.reason))
        if refusal.field:
            self.outcome.at_fault[reference] = refusal.field
        if refusal.unresolved:
            self.outcome.unresolved.add(reference)

    def district(self, code: str) -> District:
        if code not in self.districts:
            raise Unstorable(f"district {code} is not set up", field="district")
        return self.districts[code]


@dataclass(slots=True)
class RowDraft:
    """A record with the columns it asks for, by attribute name (`district_id`)."""

    record: Any
    values: dict[str, Any]
    kept: frozenset[str] = frozenset()
    """Columns of which the record says nothing, so that a row that is there keeps what it has."""


@dataclass(slots=True)
class Written:
    """Rows of the taken drafts by reference; drafts that were not newer are in none of them."""

    created: dict[str, Any] = field(default_factory=dict)
    updated: dict[str, Any] = field(default_factory=dict)
    same: dict[str, Any] = field(default_factory=dict)
    """Newer, with the same columns; their children may still differ."""
    records: dict[str, Any] = field(default_factory=dict)

    @property
    def taken(self) -> dict[str, Any]:
        return {**self.created, **self.updated, **self.same}

    def saying(self, *fields: str) -> dict[str, Any]:
        """Taken rows that are new, or whose record says something of one of the fields."""
        return {
            name: row
            for name, row in self.taken.items()
            if name in self.created
            or not all(field in owned.kept(row) or leaves_out(self.records[name], field) for field in fields)
        }

    @property
    def new_ids(self) -> set[int]:
        return {row.pk for row in self.created.values()}

    @property
    def changed_ids(self) -> set[int]:
        return {row.pk for row in (*self.created.values(), *self.updated.values())}

    def count_in(self, outcome: Upserted, children_changed: Collection[int] = ()) -> None:
        beneath = sum(row.pk in children_changed for row in self.same.values())
        outcome.created += len(self.created)
        outcome.updated += len(self.updated) + beneath
        outcome.unchanged += len(self.same) - beneath


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def drafts(
    batch: UpsertCall,
    records: Sequence[Any],
    columns: Callable[[Any], dict[str, Any]],
    said_in: Mapping[str, str] = MappingProxyType({}),
) -> list[RowDraft]:
    """A draft for each record whose columns could be settled; the others are rejected.

    `said_in` names the field of the message for columns that have another name.
    """
    made = []
    for record in records:
        try:
            values = columns(record)
            silent = record.__pydantic_fields__.keys() - record.model_fields_set
            kept = frozenset(name for name in values if said_in.get(name, name) in silent) if silent else frozenset()
            made.append(RowDraft(record, values, kept))
        except Unstorable as refusal:
            batch.reject(record.reference, refusal)
    return made


def leaves_out(record: Any, field: str) -> bool:
    """Whether the record could say something of the field and does not."""
    return field not in record.model_fields_set and field in record.__pydantic_fields__


Adjust = Callable[[Any, dict[str, Any]], None]
"""Given the stored row and the columns asked for: corrects the columns, or raises Unstorable."""


def write(
    batch: UpsertCall,
    model: type[orm.Model],
    asked: Sequence[RowDraft],
    *,
    unique: tuple[str, ...] = (),
    adjust: Adjust | None = None,
    grows: str | None = None,
    known: Collection[str] | None = None,
) -> Written:
    """The rows created, updated and left alike; columns in `unique` are one key no other row may hold.

    `grows` is a column that counts the changes of a row; `known` has the references of all rows that are there, where
    the caller has asked.
    """
    written = Written()
    for part in chunks(asked):
        stored = _stored(batch, model, {draft.record.reference for draft in part}, known)
        found = _settled(batch, model, part, stored, adjust=adjust, grows=grows)
        settled = _without_contested(batch, model, unique, found)
        for bin_, draft, row, _ in settled:
            getattr(written, bin_)[draft.record.reference] = row
            written.records[draft.record.reference] = draft.record
        fresh = [row for bin_, _, row, _ in settled if bin_ == "created"]
        renewed = [row for bin_, _, row, is_newer in settled if bin_ == "updated" or (bin_ == "same" and is_newer)]
        _save(model, fresh, renewed, [*part[0].values, *([grows] if grows else [])])
    return written


_Settled = tuple[str, RowDraft, Any, bool]
"""Which of Written's dictionaries a row belongs to, its draft, the row, and whether its version is another now."""


def _settled(
    batch: UpsertCall,
    model: type[orm.Model],
    part: list[RowDraft],
    stored: Mapping[str, Any],
    *,
    adjust: Adjust | None,
    grows: str | None,
) -> list[_Settled]:
    found = []
    for draft in part:
        row = stored.get(draft.record.reference)
        if row is not None and draft.record.version <= row.source_version and not batch.takes_all:
            batch.outcome.unchanged += 1
            continue
        version = row.source_version if row is not None else 0
        batch.outcome.older += draft.record.version < version
        try:
            bin_, row = _settle(batch, model, draft, row, adjust=adjust, grows=grows)
        except Unstorable as refusal:
            batch.reject(draft.record.reference, refusal)
            continue
        found.append((bin_, draft, row, draft.record.version != version))
    return found


def _without_contested(
    batch: UpsertCall, model: type[orm.Model], unique: tuple[str, ...], settled: list[_Settled]
) -> list[_Settled]:
    """The settled rows whose key no other row has; the keys that rows exchange are free when this returns."""
    if not unique or not settled:
        return settled
    claims = [(tuple(draft.values[name] for name in unique), row.pk) for _, draft, row, _ in settled]
    holders = keys.held(model, unique, claims)
    refused = keys.contested(holders, claims)
    for at in sorted(refused):
        draft = settled[at][1]
        words = " and ".join(f"{name.removesuffix('_id')} {draft.values[name]}" for name in unique)
        # The other row may give the key up in a later record.
        reason = f"{words} belongs to another {model._meta.verbose_name}"
        batch.reject(draft.record.reference, Unstorable(reason, field=unique[-1], unresolved=True))
    keys.let_go(model, unique[-1], holders, [claim for at, claim in enumerate(claims) if at not in refused])
    return [one for at, one in enumerate(settled) if at not in refused]


def _stored(
    batch: UpsertCall, model: type[orm.Model], references: set[str], known: Collection[str] | None
) -> dict[str, Any]:
    """The rows of these references, locked."""
    there = references if known is None else references.intersection(known)
    if not there:
        return {}
    rows: orm.QuerySet[Any] = model._default_manager.filter(source=batch.system, source_reference__in=among(there))
    # In one order, so that two writers wait for each other instead of deadlocking.
    return {row.source_reference: row for row in rows.select_for_update(no_key=True).order_by("pk")}


def _settle(
    batch: UpsertCall, model: type[orm.Model], draft: RowDraft, row: Any, *, adjust: Adjust | None, grows: str | None
) -> tuple[str, Any]:
    """Which of Written's dictionaries the row belongs to, and the row with its columns set."""
    record: Record = draft.record
    source = {"source_version": record.version, "synced_at": batch.now}
    if row is None:
        source |= {"source_id": batch.system.pk, "source_reference": record.reference}
        row = making.new_row(model, {**draft.values, **source})
        fitting.check(row, draft.values)
        return "created", row
    kept = draft.kept | {name for name in draft.values if name.removesuffix("_id") in owned.kept(row)}
    draft.values.update({name: getattr(row, name) for name in kept})
    if adjust is not None:
        adjust(row, draft.values)
        draft.values.update({name: getattr(row, name) for name in kept - draft.kept})
    differs = any(getattr(row, name) != value for name, value in draft.values.items())
    for name, value in {**draft.values, **source}.items():
        setattr(row, name, value)
    if differs:
        fitting.check(row, draft.values)
        if grows:
            setattr(row, grows, getattr(row, grows) + 1)
    return ("updated" if differs else "same"), row


def _save(model: type[orm.Model], fresh: list[Any], renewed: list[Any], columns: list[str]) -> None:
    model._default_manager.bulk_create(fresh)
    names = [*columns, "source_version", "synced_at"]
    # An insert that meets its own primary key: many rows a statement, where bulk_update writes a CASE per cell.
    model._default_manager.bulk_create(renewed, update_conflicts=True, unique_fields=["id"], update_fields=names)
