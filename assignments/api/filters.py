from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from assignments import models
from assignments.api.parameters import DayFilter, MomentFilter, NumberFilter, Texts, ids, updated_since, uuids
from assignments.forms.searching import SearchFilter
from assignments.queries import searching
from notifications.models import Notification

Priority = models.WorkOrder.Priority
SHOWN = (models.Suggestion.Status.PROPOSED, models.Suggestion.Status.STALE, models.Suggestion.Status.REJECTED)
"""Suggestions on the table, or taken off it by a manager."""


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
    search = SearchFilter(method="by_words", label="Words in number, title, address, feeder, substation.")
    number = Texts("number", label="Numbers, separated by commas.")
    id = ids()
    updated_since = updated_since()

    class Meta:
        model = models.WorkOrder
        fields = ("district", "status", "kind", "priority", "urgency", "search")

    def by_priority(self, orders: QuerySet[Any], name: str, values: list[str]) -> QuerySet[Any]:
        return orders.filter(priority__in=[getattr(Priority, value) for value in values]) if values else orders

    def by_urgency(self, orders: QuerySet[Any], name: str, values: list[str]) -> QuerySet[Any]:
        return orders.filter(urgency__in=[getattr(Priority, value) for value in values]) if values else orders

    def by_words(self, orders: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return orders.filter(searching.everywhere(value, searching.OF_ORDERS))


class SuggestionFilter(django_filters.FilterSet):
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    id = ids()
    updated_since = updated_since()
    day = DayFilter(district="order__district", start="departs_at")
    run = django_filters.UUIDFilter("run")
    status = django_filters.MultipleChoiceFilter(choices=models.Suggestion.Status.choices)

    class Meta:
        model = models.Suggestion
        fields = ("order", "run", "status")


class RejectionFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("order__district__code", label="Code of a district.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    is_held = django_filters.BooleanFilter(method="in_force", label="Those that hold, or that hold no more.")
    id = ids()

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
    id = ids()
    updated_since = updated_since()
    day = DayFilter(
        district="assignment__order__district", start="assignment__departs_at", end="assignment__ends_at",
        label="A local day of the district, on which the assignment is.",
    )  # fmt: skip

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
    id = ids()
    updated_since = updated_since()

    class Meta:
        model = models.Employee
        fields = ("district", "active", "qualification")


class CrewFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    active = django_filters.BooleanFilter()
    id = ids()
    updated_since = updated_since()

    class Meta:
        model = models.Crew
        fields = ("district", "active")


class PeriodFilter(django_filters.FilterSet):
    """Of rows that last from `starts_at` to `ends_at`: those that overlap a period."""

    after = MomentFilter("ends_at", "gt", label="Ends after this time.")
    before = MomentFilter("starts_at", "lt", label="Starts before this time.")


class ShiftFilter(PeriodFilter):
    district = django_filters.CharFilter("crew__district__code", label="Code of a district.")
    crew = NumberFilter("crew", label="Id of a crew.")
    id = ids()
    updated_since = updated_since()
    day = DayFilter(district="crew__district")

    class Meta:
        model = models.Shift
        fields = ("district", "crew", "after", "before", "cancelled", "on_call")


class AbsenceFilter(PeriodFilter):
    district = django_filters.CharFilter("employee__district__code", label="Code of a district.")
    employee = NumberFilter("employee", label="Id of an employee.")
    id = ids()
    updated_since = updated_since()
    day = DayFilter(district="employee__district")

    class Meta:
        model = models.Absence
        fields = ("district", "employee", "after", "before", "cancelled")


class EquipmentFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("crew__district__code", label="Code of a district.")
    crew = NumberFilter("crew", label="Id of a crew.")
    code = django_filters.CharFilter("code", label="Type of vehicle or tool.")
    id = ids()
    updated_since = updated_since()

    class Meta:
        model = models.Equipment
        fields = ("district", "crew", "code")


class PermitListFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("order__district__code", label="Code of a district.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    kind = django_filters.MultipleChoiceFilter(choices=models.Permit.Kind.choices)
    status = django_filters.MultipleChoiceFilter(choices=models.Permit.Status.choices)
    id = ids()
    updated_since = updated_since()
    day = DayFilter(district="order__district", start="valid_from", end="valid_until")

    class Meta:
        model = models.Permit
        fields = ("district", "order", "kind", "status")


class RunFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    status = django_filters.MultipleChoiceFilter(choices=models.SuggestionRun.Status.choices)
    id = uuids()
    updated_since = updated_since()

    class Meta:
        model = models.SuggestionRun
        fields = ("district", "day", "status")


class AssignmentFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("order__district__code", label="Code of a district.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    crew = NumberFilter(method="by_crew", label="Id of a crew, also of a further crew of a team.")
    status = django_filters.MultipleChoiceFilter(choices=models.Assignment.Status.choices)
    id = uuids()
    updated_since = updated_since()
    day = DayFilter(district="order__district", start="departs_at")

    class Meta:
        model = models.Assignment
        fields = ("district", "order", "status", "pinned")

    def by_crew(self, rows: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        further = models.Assignment.objects.filter(lead=OuterRef("pk"), crew=value)
        return rows.filter(Q(crew=value) | Exists(further))


class BatchFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    id = uuids()

    class Meta:
        model = models.Batch
        fields = ("district", "day")


class SystemFilter(django_filters.FilterSet):
    class Meta:
        model = models.DownstreamSystem
        fields = ("kind", "is_source", "is_target", "enabled", "is_away")


class NotificationFilter(django_filters.FilterSet):
    is_unread = django_filters.BooleanFilter("read_at", "isnull", label="Not read yet.")
    kind = django_filters.CharFilter("kind")
    id = ids()

    class Meta:
        model = Notification
        fields = ("is_unread", "kind")


class DaySuggestionFilter(django_filters.FilterSet):
    """Of the suggestions of one district and day."""

    in_plan = django_filters.BooleanFilter(label="The plan's own choice of each order, or the others.")
    status = django_filters.MultipleChoiceFilter(
        choices=[(one.value, one.label) for one in models.Suggestion.Status if one in SHOWN]
    )

    class Meta:
        model = models.Suggestion
        fields = ("in_plan", "status")
