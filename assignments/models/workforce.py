from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from assignments.models.districts import District, period_constraint
from assignments.models.systems import Sourced


class Level(models.TextChoices):
    """IEC 61968 SkillLevelKind."""

    APPRENTICE = "APPRENTICE", "Apprentice"
    STANDARD = "STANDARD", "Standard"
    MASTER = "MASTER", "Master"


class Qualification(models.Model):
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class EmployeeQuerySet(models.QuerySet["Employee"]):
    def readable_by(self, user: Any) -> EmployeeQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))


class Employee(Sourced):
    name = models.CharField(max_length=100)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="employees")
    active = models.BooleanField(default=True)

    objects = EmployeeQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class HeldQualification(models.Model):
    """A qualification that a person holds, valid in [issued_at, expires_at)."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="held_qualifications")
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="held")
    level = models.CharField(max_length=10, choices=Level, default=Level.STANDARD)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["employee", "qualification"]
        constraints = [
            models.UniqueConstraint(fields=["employee", "qualification"], name="qualification_is_held_once"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("issued_at")),
                name="qualification_expires_after_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee}: {self.qualification}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def readable_by(self, user: Any) -> AbsenceQuerySet:
        return self.filter(employee__district__in=District.objects.readable_by(user))

    def in_force(self) -> AbsenceQuerySet:
        return self.filter(cancelled=False)


class Absence(Sourced):
    class Kind(models.TextChoices):
        LEAVE = "LEAVE", "Leave"
        SICK = "SICK", "Sick"
        TRAINING = "TRAINING", "Training"

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LEAVE)
    cancelled = models.BooleanField(default=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["starts_at", "pk"]
        constraints = [*Sourced.Meta.constraints, period_constraint("absence_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.employee}: {self.get_kind_display()}"


class CrewQuerySet(models.QuerySet["Crew"]):
    def readable_by(self, user: Any) -> CrewQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))


class Crew(Sourced):
    """Persons with their skills, tools and vehicles, led by a foreman (IEC 61968 Crew)."""

    name = models.CharField(max_length=100)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="crews")
    foreman = models.ForeignKey(Employee, on_delete=models.PROTECT, null=True, blank=True, related_name="leads")
    latitude = models.FloatField()
    longitude = models.FloatField()
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    """Grows whenever an assignment of the crew is written: what two approvers lock and compare."""

    objects = CrewQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["name", "pk"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["district", "name"], name="crew_name_is_unique_in_its_district"),
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="crew_latitude_is_on_earth"),
            models.CheckConstraint(condition=Q(longitude__range=(-180, 180)), name="crew_longitude_is_on_earth"),
        ]

    def __str__(self) -> str:
        return self.name


class CrewMembershipQuerySet(models.QuerySet["CrewMembership"]):
    def overlapping(self, start: datetime, end: datetime) -> CrewMembershipQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=start), starts_at__lt=end)


class CrewMembership(models.Model):
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="memberships")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="crew_memberships")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = CrewMembershipQuerySet.as_manager()

    class Meta:
        ordering = ["crew", "starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="crew_membership_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["crew", "employee", "starts_at"], name="crew_membership_starts_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} in {self.crew}"


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    def readable_by(self, user: Any) -> EquipmentQuerySet:
        """Of crews in the user's districts; in a depot, without a crew, equipment belongs to no district."""
        return self.filter(crew__district__in=District.objects.readable_by(user))


class Equipment(Sourced):
    """A vehicle or tool; `code` is its type."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    crew = models.ForeignKey(Crew, on_delete=models.SET_NULL, null=True, blank=True, related_name="equipment")

    objects = EquipmentQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["code", "name"]
        verbose_name_plural = "equipment"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class EquipmentOutage(models.Model):
    """A period in which a vehicle or tool is out of service."""

    equipment = models.ForeignKey(Equipment, on_delete=models.CASCADE, related_name="outages")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [period_constraint("equipment_outage_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.equipment} out of service"


class ShiftQuerySet(models.QuerySet["Shift"]):
    def readable_by(self, user: Any) -> ShiftQuerySet:
        return self.filter(crew__district__in=District.objects.readable_by(user))

    def in_force(self) -> ShiftQuerySet:
        return self.filter(cancelled=False, crew__active=True)

    def overlapping(self, start: datetime, end: datetime) -> ShiftQuerySet:
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Shift(Sourced):
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    on_call = models.BooleanField(default=False, help_text="On-call shifts take emergencies only.")
    cancelled = models.BooleanField(default=False)

    objects = ShiftQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["starts_at", "pk"]
        indexes = [*Sourced.Meta.indexes, models.Index(fields=["starts_at", "ends_at"], name="shift_period")]
        constraints = [*Sourced.Meta.constraints, period_constraint("shift_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.crew}: {self.starts_at:%d %b %H:%M}"
