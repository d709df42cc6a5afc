# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of people, their qualifications and absences, crews and shifts."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from assignments import models
from assignments.services.files import columns, members, owning, people, resource


def _zones(codes: Collection[str]) -> Mapping[str, zoneinfo.ZoneInfo]:
    return {district.code: district.zone for district in models.District.objects.filter(code__in=codes)}


DISTRICT_ZONES = columns.Zones("district", _zones)
"""That of the district which the row names."""


def district_column() -> Any:
    return columns.column("district", columns.Lookup(models.District.objects.all))


def source_columns() -> dict[str, Any]:
    """Which downstream system owns the row, by its code; empty for what was entered here."""
    return {
        "source": columns.column("source", columns.Lookup(models.DownstreamSystem.objects.all)),
        "source_reference": columns.column("source_reference", columns.Text()),
    }


class SourcedResource(resource.ExchangeResource):
    """Found by the owning system's reference when the row gives one, else by its own key."""

    source = source_columns()["source"]
    source_reference = source_columns()["source_reference"]
    owned_by_sources = owning.changed_by_file


class QualificationResource(resource.ExchangeResource):
    key = ("code",)
    identity = ("code",)
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())

    class Meta:
        model = models.Qualification
        fields = ("code", "name")
        import_id_fields = ("code",)


class EmployeeResource(SourcedResource):
    key = ("district", "name")
    identity = ("district", "name")
    is_found_by_reference = True
    related = ("district", "source")
    district = district_column()
    name = columns.column("name", columns.Text())
    active = columns.column("active", columns.YesNo(), default=True)

    class Meta:
        model = models.Employee
        fields = ("district", "name", "active", "source", "source_reference")
        import_id_fields = ("district", "name")


class HeldQualificationResource(resource.ExchangeResource):
    owned_by_sources = owning.of_person
    key = ("district", "employee", "qualification")
    identity = ("employee", "qualification")
    related = ("employee__district", "qualification")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="employee__district", readonly=True
    )
    employee = columns.column("employee", people.Person())
    qualification = columns.column("qualification", columns.Lookup(models.Qualification.objects.all))
    level = columns.column("level", columns.Choice(models.Level), default=models.Level.STANDARD.value)
    issued_at = columns.column("issued_at", columns.Moment(DISTRICT_ZONES))
    expires_at = columns.column("expires_at", columns.Moment(DISTRICT_ZONES))

    class Meta:
        model = models.HeldQualification
        fields = ("district", "employee", "qualification", "level", "issued_at", "expires_at")
        import_id_fields = ("employee", "qualification")


class AbsenceResource(SourcedResource):
    key = ("district", "employee", "starts_at", "ends_at")
    identity = ("employee", "starts_at")
    is_found_by_reference = True
    related = ("employee__district", "source")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="employee__district", readonly=True
    )
    employee = columns.column("employee", people.Person())
    starts_at = columns.column("starts_at", columns.Moment(DISTRICT_ZONES))
    ends_at = columns.column("ends_at", columns.Moment(DISTRICT_ZONES))
    kind = columns.column("kind", columns.Choice(models.Absence.Kind), default=models.Absence.Kind.LEAVE.value)
    cancelled = columns.column("cancelled", columns.YesNo(), default=False)

    class Meta:
        model = models.Absence
        fields = (
            "district", "employee", "starts_at", "ends_at", "kind", "cancelled", "source", "source_reference",
        )  # fmt: skip
        import_id_fields = ("employee", "starts_at")


class CrewResource(SourcedResource):
    key = ("district", "name")
    identity = ("district", "name")
    related = ("district", "foreman", "source")
    prefetched = ("memberships__employee__district",)
    district = district_column()
    name = columns.column("name", columns.Text())
    foreman = columns.column("foreman", people.Person())
    latitude = columns.column("latitude", columns.Real())
    longitude = columns.column("longitude", columns.Real())
    active = columns.column("active", columns.YesNo(), default=True)
    members = members.Members("members")

    class Meta:
        model = models.Crew
        fields = (
            "district", "name", "foreman", "latitude", "longitude", "active", "members", "source", "source_reference",
        )  # fmt: skip
        import_id_fields = ("district", "name")


class CrewOfDistrict(columns.Lookup):
    """A crew by its name in the district that the row names."""

    def __init__(self) -> None:
        super().__init__(models.Crew.objects.all, by="name")
        self.crews: dict[tuple[str, str], models.Crew] = {}
        self.asked: set[str] = set()

    def begin(self, rows: Sequence[columns.Row], column: str) -> None:
        names = columns.cells_of(rows, column) - self.asked
        self.asked |= names
        for crew in self.rows().filter(name__in=names).select_related("district") if names else ():
            self.crews[crew.district.code, crew.name] = crew

    def clean(self, value: Any, row: columns.Row | None = None, **_: Any) -> models.Crew | None:
        name, district = columns.text_of(value), columns.text_of((row or {}).get("district"))
        if not name:
            return None
        self.begin([{self.by: value}], self.by)
        if (district, name) not in self.crews:
            raise ValueError(f"There is no crew “{name}” in the district “{district}”.")
        return self.crews[district, name]


class ShiftResource(SourcedResource):
    key = ("district", "crew", "starts_at", "ends_at")
    identity = ("crew", "starts_at")
    is_found_by_reference = True
    related = ("crew__district", "source")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="crew__district", readonly=True
    )
    crew = columns.column("crew", CrewOfDistrict())
    starts_at = columns.column("starts_at", columns.Moment(DISTRICT_ZONES))
    ends_at = columns.column("ends_at", columns.Moment(DISTRICT_ZONES))
    on_call = columns.column("on_call", columns.YesNo(), default=False)
    cancelled = columns.column("cancelled", columns.YesNo(), default=False)

    class Meta:
        model = models.Shift
        fields = ("district", "crew", "starts_at", "ends_at", "on_call", "cancelled", "source", "source_reference")
        import_id_fields = ("crew", "starts_at")
