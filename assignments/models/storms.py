from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assignments.models.districts import District
from assignments.models.rules import RuleSet


class StormQuerySet(models.QuerySet["Storm"]):
    def readable_by(self, user: Any) -> StormQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))


class Storm(models.Model):
    """The time in which a district works by its storm rules: who declared it and why, who ended it and why."""

    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="storms")
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="storms")
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ending_reason = models.CharField(max_length=200, blank=True)

    objects = StormQuerySet.as_manager()

    class Meta:
        ordering = ["-declared_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["district"], condition=Q(ended_at__isnull=True), name="one_storm_at_a_time_in_a_district"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("declared_at")), name="storm_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district.code}, {self.declared_at:%d %b %Y}"

    def was_in_force(self, at: datetime) -> bool:
        return self.declared_at <= at and (self.ended_at is None or at < self.ended_at)
