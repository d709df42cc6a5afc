"""Comparisons of the books of downstream systems with what they were told, read by programs."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, QuerySet
from rest_framework import serializers as rest

from assignments import models
from assignments.api import base, parameters, reading, serializers


class ComparisonFilter(django_filters.FilterSet):
    target = django_filters.CharFilter("target__code", label="Code of a downstream system.")
    status = django_filters.MultipleChoiceFilter(choices=models.BookComparison.Status.choices)
    id = parameters.ids()

    class Meta:
        model = models.BookComparison
        fields = ("target", "status")


class ComparisonSerializer(rest.ModelSerializer[models.BookComparison]):
    target: Any = rest.SlugRelatedField("code", read_only=True)
    asked_by = serializers.PersonField(allow_null=True)
    entries = rest.IntegerField(help_text="Bookings in its book.")
    waiting = rest.IntegerField(help_text="Assignments of which something was on its way.")
    untaken = rest.IntegerField(help_text="Assignments of which something was refused or written off.")

    class Meta:
        model = models.BookComparison
        fields = (
            "id", "target", "status", "asked_by", "asked_at", "began_at", "ended_at", "entries", "agreed", "waiting",
            "untaken", "unreadable", "error",
        )  # fmt: skip


class DifferenceFilter(django_filters.FilterSet):
    district = django_filters.CharFilter("district__code", label="Code of a district.")
    comparison = parameters.NumberFilter("comparison", label="Id of a comparison.")
    target = django_filters.CharFilter("comparison__target__code", label="Code of a downstream system.")
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    kind = django_filters.MultipleChoiceFilter(choices=models.Difference.Kind.choices)
    id = parameters.ids()

    class Meta:
        model = models.Difference
        fields = ("district", "kind")


class DifferenceSerializer(rest.ModelSerializer[models.Difference]):
    target = rest.CharField(source="comparison.target.code")
    district: Any = rest.SlugRelatedField("code", read_only=True, allow_null=True)
    order: Any = rest.SlugRelatedField("number", read_only=True, allow_null=True)
    told = rest.DictField(allow_null=True, help_text="The booking as it was told, where it should stand.")
    theirs = rest.DictField(allow_null=True, help_text="The booking as it stands there.")
    their_crews = rest.CharField(allow_blank=True, help_text="Crews that the system names.")
    write_back = rest.PrimaryKeyRelatedField[models.WriteBack](
        read_only=True, allow_null=True, help_text="That repairs it."
    )

    class Meta:
        model = models.Difference
        fields = (
            "id", "comparison", "target", "kind", "district", "order", "assignment", "told", "theirs", "crews",
            "their_crews", "asked_at", "write_back", "left_because",
        )  # fmt: skip


def comparisons(user: Any) -> QuerySet[Any]:
    """All of them for everybody who is a member of a district; the systems are the installation's."""
    is_member = models.District.objects.readable_by(user)
    return models.BookComparison.objects.filter(Exists(is_member)).select_related("target", "asked_by")


def differences(user: Any) -> QuerySet[Any]:
    related = models.Difference.objects.readable_by(user).select_related("comparison__target", "district")
    return related.select_related("order")


@reading.documented("comparisons_list", ComparisonSerializer(many=True))
class Comparisons(base.Listing):
    """Comparisons of the books of downstream systems, the newest first: of each the last that ended well, and those
    after."""

    serializer_class = ComparisonSerializer
    filterset_class = ComparisonFilter

    def get_queryset(self) -> QuerySet[Any]:
        return comparisons(self.request.user)


@reading.documented("comparisons_retrieve", ComparisonSerializer)
class ComparisonFile(base.File):
    """One comparison."""

    serializer_class = ComparisonSerializer
    parameter = "comparison_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return comparisons(user)


@reading.documented("differences_list", DifferenceSerializer(many=True))
class Differences(base.Listing):
    """Bookings of your districts that a system's book has otherwise than it was told."""

    serializer_class = DifferenceSerializer
    filterset_class = DifferenceFilter

    def get_queryset(self) -> QuerySet[Any]:
        return differences(self.request.user)


@reading.documented("differences_retrieve", DifferenceSerializer)
class DifferenceFile(base.File):
    """One of these bookings."""

    serializer_class = DifferenceSerializer
    parameter = "difference_id"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return differences(user)
