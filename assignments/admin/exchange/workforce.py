# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of people, their qualifications and absences, crews and shifts."""

from __future__ import annotations

import zoneinfo
from typing import Any

from assignments import models
from assignments.admin.exchange import columns, parts, people, resource


def district_zone(row: columns.Row) -> zoneinfo.ZoneInfo | None:
    district = models.District.objects.filter(code=columns.text_of(row.get("district"))).first()
    return district.zone if district else None


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

    def find(self, row: columns.Row) -> Any:
        reference = columns.text_of(row.get("source_reference"))
        if not reference:
            return self.find_by_key(row)
        rows = self._meta.model.objects.filter(source=self.cleaned("source", row), source_reference=reference)
        return resource.only(list(rows), column="source_reference", called=reference)

    def find_by_key(self, row: columns.Row) -> Any:
        raise NotImplementedError


class QualificationResource(resource.ExchangeResource):
    key = ("code",)
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())

    class Meta:
        model = models.Qualification
        fields = ("code", "name")
        import_id_fields = ("code",)
        skip_unchanged = True
        clean_model_instances = True

    def find(self, row: columns.Row) -> models.Qualification | None:
        return models.Qualification.objects.filter(code=self.cleaned("code", row)).first()


class EmployeeResource(SourcedResource):
    key = ("district", "name")
    district = district_column()
    name = columns.column("name", columns.Text())
    active = columns.column("active", columns.YesNo(), default=True)

    class Meta:
        model = models.Employee
        fields = ("district", "name", "active", "source", "source_reference")
        import_id_fields = ("district", "name")
        skip_unchanged = True
        clean_model_instances = True

    def find_by_key(self, row: columns.Row) -> models.Employee | None:
        name = columns.text_of(row.get("name"))
        rows = models.Employee.objects.filter(district=self.cleaned("district", row), name=name)
        return resource.only(list(rows), column="name", called=name)


class HeldQualificationResource(resource.ExchangeResource):
    key = ("district", "employee", "qualification")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="employee__district", readonly=True
    )
    employee = columns.column("employee", people.Person())
    qualification = columns.column("qualification", columns.Lookup(models.Qualification.objects.all))
    level = columns.column("level", columns.Choice(models.Level), default=models.Level.STANDARD.value)
    issued_at = columns.column("issued_at", columns.Moment(district_zone))
    expires_at = columns.column("expires_at", columns.Moment(district_zone))

    class Meta:
        model = models.HeldQualification
        fields = ("district", "employee", "qualification", "level", "issued_at", "expires_at")
        import_id_fields = ("employee", "qualification")
        skip_unchanged = True
        clean_model_instances = True

    def find(self, row: columns.Row) -> models.HeldQualification | None:
        employee, qualification = self.cleaned("employee", row), self.cleaned("qualification", row)
        return models.HeldQualification.objects.filter(employee=employee, qualification=qualification).first()


class AbsenceResource(SourcedResource):
    key = ("district", "employee", "starts_at", "ends_at")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="employee__district", readonly=True
    )
    employee = columns.column("employee", people.Person())
    starts_at = columns.column("starts_at", columns.Moment(district_zone))
    ends_at = columns.column("ends_at", columns.Moment(district_zone))
    kind = columns.column("kind", columns.Choice(models.Absence.Kind), default=models.Absence.Kind.LEAVE.value)
    cancelled = columns.column("cancelled", columns.YesNo(), default=False)

    class Meta:
        model = models.Absence
        fields = (
            "district", "employee", "starts_at", "ends_at", "kind", "cancelled", "source", "source_reference",
        )  # fmt: skip
        import_id_fields = ("employee", "starts_at")
        skip_unchanged = True
        clean_model_instances = True

    def find_by_key(self, row: columns.Row) -> models.Absence | None:
        employee, starts_at = self.cleaned("employee", row), self.cleaned("starts_at", row)
        rows = models.Absence.objects.filter(employee=employee, starts_at=starts_at)
        return resource.only(list(rows), column="starts_at", called=str(starts_at))


class CrewResource(SourcedResource):
    key = ("district", "name")
    district = district_column()
    name = columns.column("name", columns.Text())
    foreman = columns.column("foreman", people.Person())
    latitude = columns.column("latitude", columns.Real())
    longitude = columns.column("longitude", columns.Real())
    active = columns.column("active", columns.YesNo(), default=True)
    members = parts.Members("members")

    class Meta:
        model = models.Crew
        fields = (
            "district", "name", "foreman", "latitude", "longitude", "active", "members", "source", "source_reference",
        )  # fmt: skip
        import_id_fields = ("district", "name")
        skip_unchanged = True
        clean_model_instances = True

    def find(self, row: columns.Row) -> models.Crew | None:
        name = columns.text_of(row.get("name"))
        return models.Crew.objects.filter(district=self.cleaned("district", row), name=name).first()


class CrewOfDistrict(columns.Lookup):
    """A crew by its name in the district that the row names."""

    def clean(self, value: Any, row: columns.Row | None = None, **_: Any) -> models.Crew | None:
        name, district = columns.text_of(value), columns.text_of((row or {}).get("district"))
        if not name:
            return None
        crew: models.Crew | None = self.rows().filter(district__code=district, name=name).first()
        if crew is None:
            raise ValueError(f"There is no crew “{name}” in the district “{district}”.")
        return crew


class ShiftResource(SourcedResource):
    key = ("district", "crew", "starts_at", "ends_at")
    district = columns.column(
        "district", columns.Lookup(models.District.objects.all), attribute="crew__district", readonly=True
    )
    crew = columns.column("crew", CrewOfDistrict(models.Crew.objects.all, by="name"))
    starts_at = columns.column("starts_at", columns.Moment(district_zone))
    ends_at = columns.column("ends_at", columns.Moment(district_zone))
    on_call = columns.column("on_call", columns.YesNo(), default=False)
    cancelled = columns.column("cancelled", columns.YesNo(), default=False)

    class Meta:
        model = models.Shift
        fields = ("district", "crew", "starts_at", "ends_at", "on_call", "cancelled", "source", "source_reference")
        import_id_fields = ("crew", "starts_at")
        skip_unchanged = True
        clean_model_instances = True

    def find_by_key(self, row: columns.Row) -> models.Shift | None:
        crew, starts_at = self.cleaned("crew", row), self.cleaned("starts_at", row)
        rows = models.Shift.objects.filter(crew=crew, starts_at=starts_at)
        return resource.only(list(rows), column="starts_at", called=str(starts_at))
