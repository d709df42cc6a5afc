"""The decided work of one crew, for its calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from assignments import models

BACK, AHEAD = timedelta(days=7), timedelta(days=35)


def decided(crew: models.Crew, now: datetime) -> QuerySet[models.Assignment]:
    """Live decisions of the last week and the next five, as lead crew or as a further one."""
    live = models.Assignment.objects.live().filter(crew=crew, ends_at__gt=now - BACK, starts_at__lt=now + AHEAD)
    return live.select_related("order__district", "crew").order_by("starts_at", "pk")
