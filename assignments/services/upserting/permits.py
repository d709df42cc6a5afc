from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any

from django.db.models import F

from assignments.downstream import messages
from assignments.models import Outage, Permit, WorkOrder
from assignments.queries.chunks import among
from assignments.services.records import auditing
from assignments.services.upserting import references, rows
from assignments.services.upserting.refusing import Unstorable
from assignments.services.upserting.rows import UpsertCall


def upsert_permits(batch: UpsertCall, records: Sequence[messages.PermitMessage]) -> None:
    """The register's word is taken even where our transition table skips a step: it alone knows what is safe."""
    orders = references.order_ids_by_reference(each.order for each in records)
    silent = [each.reference for each in records if rows.leaves_out(each, "valid")]
    known = references.ids_by_reference(Permit, batch.system, silent)

    def columns(record: messages.PermitMessage) -> dict[str, Any]:
        if record.status in Permit.LIVE and record.valid is None and record.reference not in known:
            raise Unstorable(f"is {record.status.lower()} without a validity window", field="valid")
        if record.valid and record.valid.end is None and record.kind != Permit.Kind.EXCAVATION:
            raise Unstorable("has no end; only that of an excavation ticket follows from the law", field="valid")
        return {
            "kind": record.kind,
            "status": record.status,
            "authority": record.authority,
            "order_id": references.named(orders, record.order, "order", field="order"),
            "valid_from": record.valid.start if record.valid else None,
            "valid_until": record.valid.end if record.valid else None,
            "number": record.number,
        }

    before: dict[int, dict[str, Any]] = {}

    def note(row: Permit, values: dict[str, Any]) -> None:
        before[row.pk] = _state(row)
        if row.order_id != values["order_id"]:
            batch.outcome.order_ids.add(row.order_id)

    drafts = rows.drafts(batch, records, columns, {"valid_from": "valid", "valid_until": "valid"})
    written = rows.write(batch, Permit, drafts, unique=("kind", "number"), adjust=note)
    written.count_in(batch.outcome)
    batch.outcome.order_ids |= {row.order_id for row in (*written.created.values(), *written.updated.values())}
    _record(batch, written, before)


def _state(row: Permit) -> dict[str, Any]:
    """The columns that the history of a permit keeps."""
    return {"status": row.status, "valid_from": row.valid_from, "valid_until": row.valid_until}


def _record(batch: UpsertCall, written: rows.Written, before: Mapping[int, dict[str, Any]]) -> None:
    """Records what the register said and when: later a manager asks why work turned red."""
    changed = [row for row in written.updated.values() if _state(row) != before[row.pk]]
    touched = {row.order_id for row in (*written.created.values(), *changed)}
    # As far as the history needs them.
    orders = {
        order.pk: order
        for part in rows.chunks(touched)
        for order in WorkOrder.objects.filter(pk__in=among(part)).only("pk", "district").order_by()
    }
    entries: list[tuple[str, Permit, dict[str, Any]]] = [
        ("permit.received", row, {}) for row in written.created.values()
    ]
    entries += [("permit.changed", row, before[row.pk]) for row in changed]
    auditing.record_all(
        [
            auditing.entry(
                verb=verb, row=row, by=batch.system.name, now=batch.now, before=was, after=_state(row),
                order=orders[row.order_id],
            )
            for verb, row, was in entries
        ]
    )  # fmt: skip


def upsert_outages(batch: UpsertCall, records: Sequence[messages.OutageMessage]) -> None:
    """Each outage is a row; its order shows the customers out of all of them that are not restored."""
    orders = references.order_ids_by_reference(each.order for each in records)
    concerned: set[int] = set()

    def columns(record: messages.OutageMessage) -> dict[str, Any]:
        return {
            "order_id": references.named(orders, record.order, "order", field="order"),
            "feeder": record.feeder,
            "customers_out": record.customers_out,
            "started_at": record.started_at,
            "restored_at": record.restored_at,
        }

    def note(row: Outage, values: dict[str, Any]) -> None:
        concerned.update((row.order_id, values["order_id"]))

    written = rows.write(batch, Outage, rows.drafts(batch, records, columns), adjust=note)
    written.count_in(batch.outcome)
    concerned |= {row.order_id for row in written.created.values()}
    batch.outcome.order_ids |= count_customers(concerned)


def count_customers(order_ids: Set[int]) -> set[int]:
    """The orders whose customers out are others now, after outages of `order_ids` were written."""
    changed: set[int] = set()
    for part in rows.chunks(order_ids):
        out = Outage.objects.customers_out(part)
        by_number: dict[int, list[int]] = defaultdict(list)
        locked = WorkOrder.objects.filter(pk__in=part).select_for_update(no_key=True).order_by("pk")
        for pk, before in locked.values_list("pk", "customers_out"):
            if before != out.get(pk, 0):
                by_number[out.get(pk, 0)].append(pk)
        for customers, ids in by_number.items():
            WorkOrder.objects.filter(pk__in=ids).update(customers_out=customers, version=F("version") + 1)
            changed.update(ids)
    return changed
