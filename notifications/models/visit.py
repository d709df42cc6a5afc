from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Visit(models.Model):
    """When a person opened a page last, and the last long absence before that."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visit")
    seen_at = models.DateTimeField()
    """To the minute."""
    away_from = models.DateTimeField(null=True, blank=True)
    away_until = models.DateTimeField(null=True, blank=True)
    dismissed = models.BooleanField(default=False)
    """Whether the person has put away what happened in that absence."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True) | Q(away_from__lt=F("away_until")),
                name="absence_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.seen_at:%d %b %H:%M}"

    @property
    def absence(self) -> tuple[datetime, datetime] | None:
        return (self.away_from, self.away_until) if self.away_from and self.away_until else None
