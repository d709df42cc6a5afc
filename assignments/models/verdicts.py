from __future__ import annotations

from django.db import models

from assignments.models.orders import WorkOrder
from assignments.models.runs import SuggestionRun


class Verdict(models.Model):
    """Finding of one run for one order: the number of crews that may do it, or the reason why none may."""

    run = models.ForeignKey(SuggestionRun, on_delete=models.CASCADE, related_name="verdicts")
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="verdicts")
    legal = models.PositiveIntegerField(help_text="Shifts that may do the order beside their commitments.")
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["run", "order"]
        verbose_name = "result for an order"
        verbose_name_plural = "results for orders"
        constraints = [models.UniqueConstraint(fields=["run", "order"], name="one_verdict_per_run_and_order")]

    def __str__(self) -> str:
        return f"{self.order.number}: {self.text}"
