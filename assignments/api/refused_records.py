"""Records of the sources that were not taken."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers as rest

from assignments import models
from assignments.api import base, parameters, reading


class RefusedRecordSerializer(rest.ModelSerializer[models.RefusedRecord]):
    system = rest.CharField(source="system.code")
    district = rest.CharField(source="district.code")
    raw = rest.CharField(help_text="The record as it came: JSON, or the beginning of it.")

    class Meta:
        model = models.RefusedRecord
        fields = (
            "id", "system", "district", "resource", "reference", "version", "field", "reason", "waits", "raw",
            "is_whole", "first_seen_at", "last_seen_at",
        )  # fmt: skip


class RefusedRecordFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    system = django_filters.CharFilter("system__code", label="Code of a system.")
    resource = django_filters.CharFilter("resource", label="Collection, such as orders.")
    id = parameters.ids()

    class Meta:
        model = models.RefusedRecord
        fields = ("district", "system", "resource", "waits")


@reading.documented("refused_records_list", RefusedRecordSerializer(many=True))
class RefusedRecords(base.Listing):
    """Records of the sources that were not taken, emergencies and crews first."""

    serializer_class = RefusedRecordSerializer
    filterset_class = RefusedRecordFilter

    def get_queryset(self) -> QuerySet[Any]:
        return refused_records(self.request.user)


@reading.documented("refused_records_retrieve", RefusedRecordSerializer)
class RefusedRecordFile(base.File):
    """One record that was not taken."""

    serializer_class = RefusedRecordSerializer
    parameter = "record_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return refused_records(user)


def refused_records(user: Any) -> QuerySet[Any]:
    return models.RefusedRecord.objects.readable_by(user).select_related("system", "district")
