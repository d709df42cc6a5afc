from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from assignments import models

Priority = models.WorkOrder.Priority


class OrderFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    status = django_filters.MultipleChoiceFilter(choices=models.WorkOrder.Status.choices)
    kind = django_filters.MultipleChoiceFilter(choices=models.WorkOrder.Kind.choices)
    priority = django_filters.MultipleChoiceFilter(
        choices=[(one.name, one.label) for one in Priority], method="by_priority"
    )
    urgency = django_filters.MultipleChoiceFilter(
        choices=[(one.name, one.label) for one in Priority], method="by_urgency"
    )
    search = django_filters.CharFilter(method="by_words", label="Words in number, title, address, feeder, substation.")

    class Meta:
        model = models.WorkOrder
        fields = ("district", "status", "kind", "priority", "urgency", "search")

    def by_priority(self, orders: QuerySet[Any], name: str, values: list[str]) -> QuerySet[Any]:
        return orders.filter(priority__in=[getattr(Priority, value) for value in values]) if values else orders

    def by_urgency(self, orders: QuerySet[Any], name: str, values: list[str]) -> QuerySet[Any]:
        return orders.filter(urgency__in=[getattr(Priority, value) for value in values]) if values else orders

    def by_words(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in value.split():
            orders = orders.filter(
                Q(number__icontains=word)
                | Q(title__icontains=word)
                | Q(address__icontains=word)
                | Q(feeder__icontains=word)
                | Q(substation__icontains=word)
            )
        return orders


class SuggestionFilter(django_filters.FilterSet):
    order = django_filters.CharFilter("order__number", required=True, label="Number of a work order.")
    run = django_filters.UUIDFilter("run")
    status = django_filters.MultipleChoiceFilter(choices=models.Suggestion.Status.choices)

    class Meta:
        model = models.Suggestion
        fields = ("order", "run", "status")


class RejectionFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("order__district__code", label="Code of a district.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    is_held = django_filters.BooleanFilter(method="in_force", label="Those that hold, or that hold no more.")

    class Meta:
        model = models.Rejection
        fields = ("district", "order")

    def in_force(self, rows: Any, name: str, value: bool) -> Any:
        held = rows.held()
        return held if value else rows.exclude(pk__in=held.values("pk"))


class WriteBackFilter(django_filters.FilterSet):
    district = django_filters.CharFilter(method="of_district", label="Code of a district.")
    order = django_filters.CharFilter(method="of_order", label="Number of a work order.")
    assignment = django_filters.UUIDFilter("assignment")
    target = django_filters.CharFilter("target__code", label="Code of a downstream system.")
    status = django_filters.MultipleChoiceFilter(choices=models.WriteBack.Status.choices)

    class Meta:
        model = models.WriteBack
        fields = ("district", "order", "assignment", "target", "status")

    def of_district(self, rows: Any, name: str, value: str) -> Any:
        return rows.about(district__code=value)

    def of_order(self, rows: Any, name: str, value: str) -> Any:
        return rows.about(number=value)


class EmployeeFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    active = django_filters.BooleanFilter()
    qualification = django_filters.CharFilter("held_qualifications__qualification__code", label="Held, by its code.")

    class Meta:
        model = models.Employee
        fields = ("district", "active", "qualification")


class CrewFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    active = django_filters.BooleanFilter()

    class Meta:
        model = models.Crew
        fields = ("district", "active")


class PeriodFilter(django_filters.FilterSet):
    """Of rows that last from `starts_at` to `ends_at`: those that overlap a period."""

    after = django_filters.IsoDateTimeFilter("ends_at", "gt", label="Ends after this time.")
    before = django_filters.IsoDateTimeFilter("starts_at", "lt", label="Starts before this time.")


class ShiftFilter(PeriodFilter):
    district = django_filters.CharFilter("crew__district__code", label="Code of a district.")
    crew = django_filters.NumberFilter("crew", label="Id of a crew.")

    class Meta:
        model = models.Shift
        fields = ("district", "crew", "after", "before", "cancelled", "on_call")


class AbsenceFilter(PeriodFilter):
    district = django_filters.CharFilter("employee__district__code", label="Code of a district.")
    employee = django_filters.NumberFilter("employee", label="Id of an employee.")

    class Meta:
        model = models.Absence
        fields = ("district", "employee", "after", "before", "cancelled")


class EquipmentFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("crew__district__code", label="Code of a district.")
    crew = django_filters.NumberFilter("crew", label="Id of a crew.")
    code = django_filters.CharFilter("code", label="Type of vehicle or tool.")

    class Meta:
        model = models.Equipment
        fields = ("district", "crew", "code")
