from __future__ import annotations

from django.db import models
from django.db.models import Q

from assignments.models.orders import WorkOrder
from assignments.models.runs import SuggestionRun


class MovedOrder(models.Model):
    """An order that a run plans otherwise than the plan that people saw before it, and why."""

    run = models.ForeignKey(SuggestionRun, on_delete=models.CASCADE, related_name="moved")
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="+")
    shown_crews = models.CharField(max_length=300)
    """Names, as they were then: `Line 3 + Traffic 1`."""
    shown_starts_at = models.DateTimeField()
    crews = models.CharField(max_length=300, blank=True, help_text="Empty when the order is left out.")
    starts_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300)

    class Meta:
        ordering = ["shown_starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="an_order_moves_once_in_a_run"),
            models.CheckConstraint(
                condition=Q(crews="", starts_at=None) | (~Q(crews="") & Q(starts_at__isnull=False)),
                name="moved_order_has_a_crew_and_a_start_or_neither",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="moved_order_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} moved by {self.run}"
