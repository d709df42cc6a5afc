"""The audit, read by programs: who did what to the orders of a district, and to the district itself."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers as rest

from assignments import models
from assignments.api import base, parameters, reading

OF_PEOPLE_ALONE = ("membership",)
"""Kinds of rows that the administration alone shows."""


class AuditFilter(django_filters.FilterSet):
    district = django_filters.CharFilter(method="of_district", label="Code of a district.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    verb = django_filters.CharFilter("verb", label="Such as `assignment.approved`.")
    trace = django_filters.CharFilter("trace_id", label="Trace of the request that it came from.")
    since = parameters.MomentFilter("at", "gte", label="At this time or later.")
    before = parameters.MomentFilter("at", "lt", label="Before this time.")
    id = parameters.ids()

    class Meta:
        model = models.AuditEntry
        fields = ("object_type", "object_id")

    def of_district(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(Q(district__code=value) | Q(order__district__code=value))


class AuditEntrySerializer(rest.ModelSerializer[models.AuditEntry]):
    actor = rest.CharField(source="actor_name", help_text="Name of the person or system, as it was then.")
    token = rest.CharField(source="token_name", allow_null=True, help_text="Name of the token that it came through.")
    district: Any = rest.SlugRelatedField("code", read_only=True, allow_null=True)
    order: Any = rest.SlugRelatedField("number", read_only=True, allow_null=True)
    before = rest.DictField()
    after = rest.DictField()

    class Meta:
        model = models.AuditEntry
        fields = (
            "id", "at", "actor", "token", "trace_id", "verb", "district", "order", "object_type", "object_id", "before",
            "after", "reason",
        )  # fmt: skip


def entries(user: Any) -> QuerySet[Any]:
    mine = models.District.objects.readable_by(user).values("pk")
    rows = models.AuditEntry.objects.filter(Q(order__district__in=mine) | Q(order__isnull=True, district__in=mine))
    return rows.exclude(object_type__in=OF_PEOPLE_ALONE).select_related("district", "order")


@reading.documented("audit_list", AuditEntrySerializer(many=True))
class Audit(base.Listing):
    """Acts on the orders of your districts and on the districts themselves, the newest first. Nothing changes them."""

    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter

    def get_queryset(self) -> QuerySet[Any]:
        return entries(self.request.user)


@reading.documented("audit_retrieve", AuditEntrySerializer)
class AuditEntryFile(base.File):
    """One act."""

    serializer_class = AuditEntrySerializer
    parameter = "entry_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return entries(user)
