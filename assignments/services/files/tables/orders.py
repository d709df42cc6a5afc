# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of work orders and permits."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from assignments import models
from assignments.services.files import columns, parts, resource
from assignments.services.files.tables import workforce


def _zones(numbers: Collection[str]) -> Mapping[str, zoneinfo.ZoneInfo]:
    orders = models.WorkOrder.objects.filter(number__in=numbers).select_related("district")
    return {order.number: order.district.zone for order in orders}


ORDER_ZONES = columns.Zones("order", _zones)
"""That of the district whose order the row names."""


def local(name: str) -> Any:
    return columns.column(name, columns.Moment(workforce.DISTRICT_ZONES))


class WorkOrderResource(workforce.SourcedResource):
    key = ("number",)
    identity = ("number",)
    related = ("district", "source")
    prefetched = ("needs__qualification", "parts", "prerequisites")
    number = columns.column("number", columns.Text())
    district = workforce.district_column()
    kind = columns.column("kind", columns.Choice(models.WorkOrder.Kind))
    priority = columns.column(
        "priority", columns.Choice(models.WorkOrder.Priority), default=models.WorkOrder.Priority.NORMAL.value
    )
    status = columns.column(
        "status", columns.Choice(models.WorkOrder.Status), default=models.WorkOrder.Status.RECEIVED.value
    )
    title = columns.column("title", columns.Text())
    description = columns.column("description", columns.Text())
    latitude = columns.column("latitude", columns.Real())
    longitude = columns.column("longitude", columns.Real())
    address = columns.column("address", columns.Text())
    feeder = columns.column("feeder", columns.Text())
    substation = columns.column("substation", columns.Text())
    voltage = columns.column("voltage", columns.Whole(), default=0)
    energised = columns.column("energised", columns.YesNo(), default=False)
    customers_out = columns.column("customers_out", columns.Whole(), default=0)
    duration_minutes = columns.column("duration_minutes", columns.Whole())
    earliest_start = local("earliest_start")
    due_at = local("due_at")
    appointment_starts_at = local("appointment_starts_at")
    appointment_ends_at = local("appointment_ends_at")
    crew_size = columns.column("crew_size", columns.Whole(), default=1)
    needs = parts.Needs("needs")
    further_crews = parts.FurtherCrews("further_crews")
    equipment = columns.column("equipment", columns.Codes())
    required_permits = columns.column("required_permits", columns.Codes(models.Permit.Kind))
    prerequisites = parts.Links("prerequisites", columns.Lookup(models.WorkOrder.objects.all, by="number"))
    materials_ready = columns.column("materials_ready", columns.YesNo(), default=True)
    materials_expected_at = local("materials_expected_at")
    splitting = columns.column(
        "splitting", columns.Choice(models.WorkOrder.Splitting), default=models.WorkOrder.Splitting.SAME_CREW.value
    )
    least_part_minutes = columns.column("least_part_minutes", columns.Whole(), default=120)
    set_up_minutes = columns.column("set_up_minutes", columns.Whole(), default=30)
    parts_done = columns.column("parts_done", columns.Whole(), default=0)

    class Meta:
        model = models.WorkOrder
        fields = (
            "number", "district", "kind", "priority", "status", "title", "description", "latitude", "longitude",
            "address", "feeder", "substation", "voltage", "energised", "customers_out", "duration_minutes",
            "earliest_start", "due_at", "appointment_starts_at", "appointment_ends_at", "crew_size", "needs",
            "further_crews", "equipment", "required_permits", "prerequisites", "materials_ready",
            "materials_expected_at", "splitting", "least_part_minutes", "set_up_minutes", "parts_done", "source",
            "source_reference",
        )  # fmt: skip
        import_id_fields = ("number",)

    def stored(self) -> QuerySet[models.WorkOrder]:
        # A part is Lineup's own: a file says of the whole how it may be cut.
        return super().stored().filter(part=0)

    def name_in_file(self, row: columns.Row) -> str:
        return self.cleaned("number", row) or ""

    def before_save(self, read: resource.ReadRow) -> None:
        read.instance.version += 0 if read.is_new else 1


class PermitResource(workforce.SourcedResource):
    key = ("kind", "number")
    identity = ("kind", "number")
    related = ("order__district", "source")
    order = columns.column("order", columns.Lookup(models.WorkOrder.objects.all, by="number"))
    kind = columns.column("kind", columns.Choice(models.Permit.Kind))
    number = columns.column("number", columns.Text())
    status = columns.column("status", columns.Choice(models.Permit.Status), default="REQUESTED")
    authority = columns.column("authority", columns.Text())
    valid_from = columns.column("valid_from", columns.Moment(ORDER_ZONES))
    valid_until = columns.column("valid_until", columns.Moment(ORDER_ZONES))

    class Meta:
        model = models.Permit
        fields = (
            "order", "kind", "number", "status", "authority", "valid_from", "valid_until", "source",
            "source_reference",
        )  # fmt: skip
        import_id_fields = ("kind", "number")
