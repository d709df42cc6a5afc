"""The estimated restoration time (ETR) of an order, as the API serves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assignments import models
from assignments.queries import restoring
from assignments.services.records import refusals

FIELDS = ("etr", "etr_certainty", "etr_set_by", "etr_reason")


def attached(orders: Sequence[models.WorkOrder]) -> Sequence[models.WorkOrder]:
    """The orders, each with its estimate for `EtrFields`, by a constant number of queries."""
    found = restoring.estimates(orders, timezone.now())
    for order in orders:
        order.estimate = found.get(order.pk)  # type: ignore[attr-defined]  # read below
    return orders


class EtrFields(serializers.Serializer[Any]):
    """Null where the order has no customers out or is finished."""

    etr = serializers.SerializerMethodField(
        help_text="When the order's customers are back: as set, else as estimated; null without a crew."
    )
    etr_certainty = serializers.SerializerMethodField(help_text="What the estimate rests on.")
    etr_set_by = serializers.SerializerMethodField(help_text="The manager who set `etr`; null where it is estimated.")
    etr_reason = serializers.SerializerMethodField(help_text="Why it was set; empty where it is estimated.")

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_etr(self, order: Any) -> Any:
        return _iso(order.estimate.back_at) if order.estimate else None

    @extend_schema_field(serializers.ChoiceField(models.Certainty.choices, allow_null=True))
    def get_etr_certainty(self, order: Any) -> str | None:
        return order.estimate.certainty if order.estimate else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_etr_set_by(self, order: Any) -> str | None:
        word = order.estimate.word if order.estimate else None
        return refusals.person(word.set_by) if word else None

    def get_etr_reason(self, order: Any) -> str:
        return order.estimate.word.reason if order.estimate and order.estimate.word else ""


def _iso(at: datetime | None) -> str | None:
    return serializers.DateTimeField().to_representation(at) if at else None
