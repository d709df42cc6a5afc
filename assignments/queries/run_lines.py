"""Lines that a run is shown with: its sources, and the orders that it has moved."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from assignments import models


def with_lines(runs: QuerySet[models.SuggestionRun]) -> QuerySet[models.SuggestionRun]:
    """The runs with both, by two more queries."""
    sources = models.SourceProgress.objects.select_related("system").order_by("system__kind", "system__code")
    moved = models.MovedOrder.objects.select_related("order")
    return runs.prefetch_related(Prefetch("sources", queryset=sources), Prefetch("moved", queryset=moved))
