from __future__ import annotations

from django.contrib import admin

from assignments import models
from assignments.admin import base
from assignments.admin.exchange.pages import ExchangeMixin
from assignments.services.files.tables import equipment, workforce


class HeldQualificationInline(base.SetUpInline):
    model = models.HeldQualification
    said_as = "held"
    autocomplete_fields = ("qualification",)


class AbsenceInline(base.SetUpInline):
    model = models.Absence
    fields = ("starts_at", "ends_at", "kind", "cancelled")


class CrewMembershipInline(base.SetUpInline):
    model = models.CrewMembership
    said_as = "members"
    autocomplete_fields = ("employee",)


class ShiftInline(base.SetUpInline):
    model = models.Shift
    fields = ("starts_at", "ends_at", "on_call", "cancelled")


class EquipmentInline(base.SetUpInline):
    model = models.Equipment
    fields = ("code", "name")


class EquipmentOutageInline(base.SetUpInline):
    model = models.EquipmentOutage
    said_as = "out_of_service"


@admin.register(models.Qualification)
class QualificationAdmin(ExchangeMixin, base.SetUpAdmin):
    resource_classes = [workforce.QualificationResource]
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(models.Employee)
class EmployeeAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [workforce.EmployeeResource]
    list_display = ("name", "district", "active", "source", "source_reference", "synced_at")
    list_filter = ("district", "active", "held_qualifications__qualification")
    list_select_related = ("district", "source")
    search_fields = ("name", "source_reference")
    autocomplete_fields = ("district",)
    readonly_fields = base.SOURCED_FIELDS
    inlines = (HeldQualificationInline, AbsenceInline)


@admin.register(models.HeldQualification)
class HeldQualificationAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [workforce.HeldQualificationResource]
    list_display = ("employee", "district", "qualification", "level", "issued_at", "expires_at")
    list_filter = ("qualification", "level", "employee__district")
    list_select_related = ("employee__district", "qualification")
    search_fields = ("employee__name", "employee__source_reference", "qualification__code", "qualification__name")
    autocomplete_fields = ("employee", "qualification")
    date_hierarchy = "expires_at"

    @admin.display(ordering="employee__district")
    def district(self, held: models.HeldQualification) -> models.District:
        return held.employee.district


@admin.register(models.Absence)
class AbsenceAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [workforce.AbsenceResource]
    list_display = ("employee", "kind", "starts_at", "ends_at", "cancelled", "source")
    list_filter = ("kind", "cancelled", "employee__district")
    list_select_related = ("employee", "source")
    search_fields = ("employee__name", "employee__source_reference", "source_reference")
    autocomplete_fields = ("employee",)
    readonly_fields = base.SOURCED_FIELDS
    date_hierarchy = "starts_at"


@admin.register(models.Crew)
class CrewAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [workforce.CrewResource]
    list_display = ("name", "district", "foreman", "active", "source", "source_reference", "synced_at")
    list_filter = ("district", "active")
    list_select_related = ("district", "foreman", "source")
    search_fields = ("name", "source_reference", "foreman__name", "memberships__employee__name")
    autocomplete_fields = ("district", "foreman")
    readonly_fields = (*base.SOURCED_FIELDS, "version")
    inlines = (CrewMembershipInline, EquipmentInline, ShiftInline)


@admin.register(models.Equipment)
class EquipmentAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [equipment.EquipmentResource]
    list_display = ("code", "name", "crew", "source", "source_reference")
    list_filter = ("code", "crew__district")
    list_select_related = ("crew", "source")
    search_fields = ("code", "name", "source_reference", "crew__name")
    autocomplete_fields = ("crew",)
    readonly_fields = base.SOURCED_FIELDS
    inlines = (EquipmentOutageInline,)


@admin.register(models.Shift)
class ShiftAdmin(ExchangeMixin, base.FollowedAdmin):
    resource_classes = [workforce.ShiftResource]
    list_display = ("crew", "district", "starts_at", "ends_at", "on_call", "cancelled", "source")
    list_filter = ("crew__district", "on_call", "cancelled")
    list_select_related = ("crew__district", "source")
    search_fields = ("crew__name", "source_reference")
    autocomplete_fields = ("crew",)
    readonly_fields = base.SOURCED_FIELDS
    date_hierarchy = "starts_at"

    @admin.display(ordering="crew__district")
    def district(self, shift: models.Shift) -> models.District:
        return shift.crew.district
