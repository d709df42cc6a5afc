"""Rows of a system's records, by their references."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.queries.chunks import among

Resource = messages.Resource

ROWS: Mapping[Resource, tuple[Any, str]] = {
    Resource.ORDERS: (models.WorkOrder, "district"),
    Resource.EMPLOYEES: (models.Employee, "district"),
    Resource.ABSENCES: (models.Absence, "employee__district"),
    Resource.CREWS: (models.Crew, "district"),
    Resource.EQUIPMENT: (models.Equipment, "crew__district"),
    Resource.SHIFTS: (models.Shift, "crew__district"),
    Resource.PERMITS: (models.Permit, "order__district"),
    Resource.OUTAGES: (models.Outage, "order__district"),
}
"""The table of each collection, and the path to the district of its rows. Qualifications are one catalogue of all."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored."""

    reference: str
    version: int | None
    """None of a qualification: its catalogue keeps no versions."""
    synced_at: datetime | None = None
    name: str = ""

    def is_older_than(self, record: messages.Record) -> bool:
        if isinstance(record, messages.QualificationMessage):
            return self.name != record.name
        return self.version is None or self.version < record.version

    def is_same_as(self, record: messages.Record) -> bool:
        return self.version is None or self.version == record.version


def stored(
    *, system: models.DownstreamSystem, resource: Resource, references: Collection[str]
) -> dict[str, StoredRecord]:
    """The system's records among these that are stored, by one query."""
    if resource is Resource.QUALIFICATIONS:
        names = models.Qualification.objects.filter(code__in=among(references)).order_by()
        return {code: StoredRecord(code, None, name=name) for code, name in names.values_list("code", "name")}
    table, _ = ROWS[resource]
    rows = table._default_manager.filter(source=system, source_reference__in=among(references)).order_by()
    columns = ("source_reference", "source_version", "synced_at")
    return {row[0]: StoredRecord(*row) for row in rows.values_list(*columns)}
