# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The file of vehicles and tools with the periods in which they are out of service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from assignments import models
from assignments.services.files import cells, columns, parts
from assignments.services.files.tables import workforce

Outage = tuple[datetime, datetime, str]


class OutOfService(parts.Parts):
    """`2026-06-15T07:00/2026-06-16T07:00 annual inspection; …`: from when until when, and why."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.zones = workforce.DISTRICT_ZONES

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Outage]:
        return sorted(self._outage(text, row) for text in cells.split(columns.text_of(value)))

    def _outage(self, text: str, row: columns.Row) -> Outage:
        period, _, reason = text.partition(" ")
        start, slash, end = period.partition("/")
        if not slash:
            raise ValueError(f"“{text}” does not begin with a period such as 2026-06-15T07:00/2026-06-16T07:00.")
        since, until = (columns.moment_of(one, lambda: self.zones.of(row)) for one in (start, end))
        if until <= since:
            raise ValueError(f"“{text}” ends before it starts.")
        return since, until, reason

    def stored(self, instance: models.Equipment) -> list[Outage]:
        return sorted((one.starts_at, one.ends_at, one.reason) for one in instance.outages.all())

    def write(self, part: Outage, instance: Any) -> str:
        since, until, reason = part
        return f"{since.isoformat()}/{until.isoformat()}" + (f" {reason}" if reason else "")

    def rows(self, instance: models.Equipment, values: Sequence[Outage]) -> list[models.EquipmentOutage]:
        return [
            models.EquipmentOutage(equipment=instance, starts_at=since, ends_at=until, reason=reason)
            for since, until, reason in values
        ]

    def store(self, instance: models.Equipment, values: Sequence[Outage]) -> None:
        models.EquipmentOutage.objects.filter(equipment=instance).delete()
        models.EquipmentOutage.objects.bulk_create(self.rows(instance, values))


class EquipmentResource(workforce.SourcedResource):
    key = ("code", "name")
    identity = ("code", "name")
    is_found_by_reference = True
    related = ("crew__district", "source")
    prefetched = ("outages",)
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="crew__district", readonly=True
    )
    crew = columns.column("crew", workforce.CrewOfDistrict())
    out_of_service = OutOfService("out_of_service")

    class Meta:
        model = models.Equipment
        fields = ("code", "name", "district", "crew", "out_of_service", "source", "source_reference")
        import_id_fields = ("code", "name")

    def only(self, rows: list[Any], row: columns.Row) -> Any:
        """Among several of one code and name the one that the row's crew has."""
        if len(rows) > 1:
            crew = self.cleaned("crew", row)
            rows = [one for one in rows if one.crew_id == (crew and crew.pk)] or rows
        return super().only(rows, row)
