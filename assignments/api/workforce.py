"""The routes that read people, crews, shifts, absences and equipment of your districts, as downstream systems sent
them or administrators entered them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from assignments import models
from assignments.api import base, filters, reading
from assignments.api.serializers import ORIGIN, CrewSerializer, OriginSerializer


class PersonSerializer(serializers.ModelSerializer[models.Employee]):
    class Meta:
        model = models.Employee
        fields = ("id", "name", "source_reference")


class HeldSerializer(serializers.ModelSerializer[models.HeldQualification]):
    qualification = serializers.CharField(source="qualification.code")

    class Meta:
        model = models.HeldQualification
        fields = ("qualification", "level", "issued_at", "expires_at")


class EmployeeSerializer(OriginSerializer):
    district = serializers.CharField(source="district.code")
    held_qualifications = HeldSerializer(many=True)

    class Meta:
        model = models.Employee
        fields = ("id", "name", "district", "active", "held_qualifications", *ORIGIN)


class CrewMemberSerializer(serializers.ModelSerializer[models.CrewMembership]):
    employee = PersonSerializer()

    class Meta:
        model = models.CrewMembership
        fields = ("employee", "starts_at", "ends_at")


class CrewDetailSerializer(OriginSerializer):
    district = serializers.CharField(source="district.code")
    foreman = PersonSerializer(allow_null=True)
    memberships = CrewMemberSerializer(many=True, help_text="Of all times; without `ends_at` until further notice.")

    class Meta:
        model = models.Crew
        fields = ("id", "name", "district", "foreman", "latitude", "longitude", "active", "memberships", *ORIGIN)


class ShiftSerializer(OriginSerializer):
    crew = CrewSerializer()
    district = serializers.CharField(source="crew.district.code")

    class Meta:
        model = models.Shift
        fields = ("id", "crew", "district", "starts_at", "ends_at", "on_call", "cancelled", *ORIGIN)


class AbsenceSerializer(OriginSerializer):
    employee = PersonSerializer()
    district = serializers.CharField(source="employee.district.code")

    class Meta:
        model = models.Absence
        fields = ("id", "employee", "district", "kind", "starts_at", "ends_at", "cancelled", *ORIGIN)


class OutageSerializer(serializers.ModelSerializer[models.EquipmentOutage]):
    class Meta:
        model = models.EquipmentOutage
        fields = ("starts_at", "ends_at", "reason")


class EquipmentSerializer(OriginSerializer):
    crew = CrewSerializer()
    district = serializers.CharField(source="crew.district.code")
    outages = OutageSerializer(many=True, help_text="Periods out of service.")

    class Meta:
        model = models.Equipment
        fields = ("id", "code", "name", "crew", "district", "outages", *ORIGIN)


def employees(user: Any) -> QuerySet[Any]:
    mine = models.Employee.objects.readable_by(user).select_related("district", "source")
    return mine.prefetch_related("held_qualifications__qualification")


def crews(user: Any) -> QuerySet[Any]:
    mine = models.Crew.objects.readable_by(user).select_related("district", "foreman", "source")
    return mine.prefetch_related("memberships__employee")


def shifts(user: Any) -> QuerySet[Any]:
    return models.Shift.objects.readable_by(user).select_related("crew__district", "source")


def absences(user: Any) -> QuerySet[Any]:
    return models.Absence.objects.readable_by(user).select_related("employee__district", "source")


def equipment(user: Any) -> QuerySet[Any]:
    mine = models.Equipment.objects.readable_by(user).select_related("crew__district", "source")
    return mine.order_by("code", "name", "pk").prefetch_related("outages")


@reading.documented("employees_list", EmployeeSerializer(many=True))
class Employees(base.Listing):
    """Employees with the qualifications that they hold, by name."""

    serializer_class = EmployeeSerializer
    filterset_class = filters.EmployeeFilter

    def get_queryset(self) -> QuerySet[Any]:
        return employees(self.request.user)


@reading.documented("crews_list", CrewDetailSerializer(many=True))
class Crews(base.Listing):
    """Crews with their members, by name."""

    serializer_class = CrewDetailSerializer
    filterset_class = filters.CrewFilter

    def get_queryset(self) -> QuerySet[Any]:
        return crews(self.request.user)


@reading.documented("shifts_list", ShiftSerializer(many=True))
class Shifts(base.Listing):
    """Shifts of the crews, the earliest first; cancelled ones too."""

    serializer_class = ShiftSerializer
    filterset_class = filters.ShiftFilter

    def get_queryset(self) -> QuerySet[Any]:
        return shifts(self.request.user)


@reading.documented("absences_list", AbsenceSerializer(many=True))
class Absences(base.Listing):
    """Absences of the employees, the earliest first; cancelled ones too."""

    serializer_class = AbsenceSerializer
    filterset_class = filters.AbsenceFilter

    def get_queryset(self) -> QuerySet[Any]:
        return absences(self.request.user)


@reading.documented("equipment_list", EquipmentSerializer(many=True))
class EquipmentListing(base.Listing):
    """Vehicles and tools of the crews, with the periods in which they are out of service."""

    serializer_class = EquipmentSerializer
    filterset_class = filters.EquipmentFilter

    def get_queryset(self) -> QuerySet[Any]:
        return equipment(self.request.user)


@reading.documented("employees_retrieve", EmployeeSerializer)
class EmployeeFile(base.File):
    """An employee with the qualifications that they hold."""

    serializer_class = EmployeeSerializer
    parameter = "employee_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return employees(user)


@reading.documented("crews_retrieve", CrewDetailSerializer)
class CrewDetail(base.File):
    """A crew with its members."""

    serializer_class = CrewDetailSerializer
    parameter = "crew_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return crews(user)


@reading.documented("shifts_retrieve", ShiftSerializer)
class ShiftFile(base.File):
    """A shift of a crew."""

    serializer_class = ShiftSerializer
    parameter = "shift_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return shifts(user)


@reading.documented("absences_retrieve", AbsenceSerializer)
class AbsenceFile(base.File):
    """An absence of an employee."""

    serializer_class = AbsenceSerializer
    parameter = "absence_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return absences(user)


@reading.documented("equipment_retrieve", EquipmentSerializer)
class EquipmentFile(base.File):
    """A vehicle or tool, with the periods in which it is out of service."""

    serializer_class = EquipmentSerializer
    parameter = "equipment_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return equipment(user)
