from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Case, F, Sum, Value, When

from assignments.models.orders import WorkOrder
from assignments.models.systems import Sourced, SourcedQuerySet

MOST_CUSTOMERS = 2_000_000_000
"""Of one order: what its column can hold."""


class OutageQuerySet(SourcedQuerySet):
    def customers_out(self, order_ids: Iterable[int]) -> dict[int, int]:
        """Customers without power by order, over its outages that are not restored; orders without outages are left
        out."""
        out = Sum(Case(When(restored_at=None, then=F("customers_out")), default=Value(0)))
        found: dict[int, Any] = dict(
            self.filter(order__in=order_ids).order_by("order").values_list("order").annotate(out=out)
        )
        return {order: min(customers, MOST_CUSTOMERS) for order, customers in found.items()}


class Outage(Sourced):
    """An interruption of supply, as the outage system told it; its order shows the sum over all of them."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="outages")
    feeder = models.CharField(max_length=40, blank=True)
    customers_out = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True, blank=True)

    objects = OutageQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["-started_at", "pk"]

    def __str__(self) -> str:
        return f"{self.source_reference} of {self.order}"
