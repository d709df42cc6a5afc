from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from assignments.downstream import messages
from assignments.models import (
    Absence,
    Crew,
    CrewMembership,
    Employee,
    Equipment,
    EquipmentOutage,
    HeldQualification,
    Qualification,
    Shift,
)
from assignments.services.upserting import certificates, references, rows, shifts
from assignments.services.upserting.children import Children
from assignments.services.upserting.refusing import refuse_nul
from assignments.services.upserting.rows import UpsertCall

HELD = Children(HeldQualification, "employee_id", ("qualification_id", "level", "issued_at", "expires_at"))
MEMBERS = Children(CrewMembership, "crew_id", ("employee_id", "starts_at", "ends_at"))
OUT_OF_SERVICE = Children(EquipmentOutage, "equipment_id", ("starts_at", "ends_at", "reason"))


def upsert_qualifications(batch: UpsertCall, records: Sequence[messages.QualificationMessage]) -> None:
    """Qualifications are one catalogue of all systems, keyed by code; they keep no source version."""
    stored = {row.code: row for row in Qualification.objects.all()}
    fresh, renewed = [], []
    for record in records:
        row = stored.get(record.reference)
        if row is None:
            fresh.append(Qualification(code=record.reference, name=record.name))
        elif row.name != record.name:
            row.name = record.name
            renewed.append(row)
        else:
            batch.outcome.unchanged += 1
    Qualification.objects.bulk_create(fresh)
    Qualification.objects.bulk_update(renewed, ["name"], batch_size=rows.CHUNK // 4)
    batch.outcome.created += len(fresh)
    batch.outcome.updated += len(renewed)


def upsert_employees(batch: UpsertCall, records: Sequence[messages.EmployeeMessage]) -> None:
    qualifications = references.qualification_ids()
    held: dict[str, set[tuple[Any, ...]]] = {}

    def columns(record: messages.EmployeeMessage) -> dict[str, Any]:
        district = batch.district(record.district)
        held[record.reference] = _held(batch, record, qualifications)
        return {"name": record.name, "district_id": district.pk, "active": record.active}

    written = rows.write(batch, Employee, rows.drafts(batch, records, columns))
    said = {row.pk: held[reference] for reference, row in written.saying("held").items()}
    beneath = HELD.replace(said, written.new_ids)
    written.count_in(batch.outcome, beneath)
    batch.outcome.crew_ids |= references.crew_ids_of(written.changed_ids | beneath)


def _held(batch: UpsertCall, record: messages.EmployeeMessage, qualifications: dict[str, int]) -> set[tuple[Any, ...]]:
    found: dict[int, messages.HeldMessage] = {}
    for each in record.held:
        qualification = references.named(qualifications, each.qualification, "qualification", field="held")
        if each.expires is not None and each.expires <= each.issued:
            words = f"{each.qualification} expires before it was issued, and is left out"
            batch.outcome.questioned.append((record.reference, words))
            continue
        before = found.get(qualification)
        found[qualification] = each if before is None else certificates.counting(before, each, batch.now)
    return {(pk, each.level, each.issued, each.expires) for pk, each in found.items()}


def upsert_crews(batch: UpsertCall, records: Sequence[messages.CrewMessage]) -> None:
    people = references.ids_by_reference(
        Employee,
        batch.system,
        [name for each in records for name in (each.foreman, *(m.employee for m in each.members))],
    )
    members: dict[str, set[tuple[Any, ...]]] = {}

    def columns(record: messages.CrewMessage) -> dict[str, Any]:
        members[record.reference] = _members(batch, record, people)
        return {
            "name": record.name,
            "district_id": batch.district(record.district).pk,
            "foreman_id": references.named(people, record.foreman, "employee", field="foreman"),
            "latitude": record.latitude,
            "longitude": record.longitude,
            "active": record.active,
        }

    written = rows.write(batch, Crew, rows.drafts(batch, records, columns), unique=("district_id", "name"))
    said = {row.pk: members[reference] for reference, row in written.saying("members").items()}
    beneath = MEMBERS.replace(said, written.new_ids)
    written.count_in(batch.outcome, beneath)
    batch.outcome.crew_ids |= written.changed_ids | beneath


def _members(batch: UpsertCall, record: messages.CrewMessage, people: dict[str, int]) -> set[tuple[Any, ...]]:
    """Memberships that last some time; of two that begin together the one that lasts longer."""
    members: dict[tuple[int, datetime], datetime | None] = {}
    for each in record.members:
        employee = references.named(people, each.employee, "employee", field="members")
        if each.until is not None and each.until <= each.since:
            words = f"employee {each.employee} leaves before joining, and is left out"
            batch.outcome.questioned.append((record.reference, words))
            continue
        key = (employee, each.since)
        before = members.get(key, each.until)
        members[key] = max(before, each.until) if before and each.until else None
    return {(employee, since, until) for (employee, since), until in members.items()}


def upsert_equipment(batch: UpsertCall, records: Sequence[messages.EquipmentMessage]) -> None:
    crews = references.ids_by_reference(Crew, batch.system, [each.crew for each in records if each.crew])
    outages: dict[str, set[tuple[Any, ...]]] = {}

    def columns(record: messages.EquipmentMessage) -> dict[str, Any]:
        outages[record.reference] = _outages(record)
        crew = references.named(crews, record.crew, "crew", field="crew") if record.crew else None
        return {"code": record.code, "name": record.name, "crew_id": crew}

    left: set[int] = set()
    drafts = rows.drafts(batch, records, columns, {"crew_id": "crew"})
    written = rows.write(batch, Equipment, drafts, adjust=_noting("crew_id", left))
    said = {row.pk: outages[reference] for reference, row in written.saying("out_of_service").items()}
    beneath = OUT_OF_SERVICE.replace(said, written.new_ids)
    written.count_in(batch.outcome, beneath)
    changed = written.changed_ids | beneath
    batch.outcome.crew_ids |= left | {
        row.crew_id for row in written.taken.values() if row.pk in changed and row.crew_id
    }


def _outages(record: messages.EquipmentMessage) -> set[tuple[Any, ...]]:
    longest = EquipmentOutage._meta.get_field("reason").max_length or 0
    for each in record.out_of_service:
        refuse_nul("reason", each.reason)
    return {(each.period.start, each.period.end, each.reason[:longest]) for each in record.out_of_service}


def _noting(column: str, left: set[int]) -> rows.Adjust:
    """Notes in `left` what a row moves away from: the inputs of those it leaves change too."""

    def note(row: Any, values: dict[str, Any]) -> None:
        before = getattr(row, column)
        if before is not None and before != values[column]:
            left.add(before)

    return note


def upsert_shifts(batch: UpsertCall, records: Sequence[messages.ShiftMessage]) -> None:
    crews = references.ids_by_reference(Crew, batch.system, [each.crew for each in records])
    busy = shifts.BusyCrews.of(batch, records, crews)

    def columns(record: messages.ShiftMessage) -> dict[str, Any]:
        crew = references.named(crews, record.crew, "crew", field="crew")
        busy.refuse_twice(record, crew)
        return {
            "crew_id": crew,
            "starts_at": record.period.start,
            "ends_at": record.period.end,
            "on_call": record.on_call,
            "cancelled": record.cancelled,
        }

    left: set[int] = set()
    written = rows.write(batch, Shift, rows.drafts(batch, records, columns), adjust=_noting("crew_id", left))
    written.count_in(batch.outcome)
    batch.outcome.crew_ids |= left | {row.crew_id for row in (*written.created.values(), *written.updated.values())}


def upsert_absences(batch: UpsertCall, records: Sequence[messages.AbsenceMessage]) -> None:
    people = references.ids_by_reference(Employee, batch.system, [each.employee for each in records])

    def columns(record: messages.AbsenceMessage) -> dict[str, Any]:
        return {
            "employee_id": references.named(people, record.employee, "employee", field="employee"),
            "starts_at": record.period.start,
            "ends_at": record.period.end,
            "kind": record.kind,
            "cancelled": record.cancelled,
        }

    left: set[int] = set()
    written = rows.write(batch, Absence, rows.drafts(batch, records, columns), adjust=_noting("employee_id", left))
    written.count_in(batch.outcome)
    absent = {row.employee_id for row in (*written.created.values(), *written.updated.values())}
    batch.outcome.crew_ids |= references.crew_ids_of(left | absent)
