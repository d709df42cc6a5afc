from __future__ import annotations

from typing import Any

from django.db import models

from assignments.models.districts import District
from assignments.models.systems import DownstreamSystem


class RefusedRecordQuerySet(models.QuerySet["RefusedRecord"]):
    def readable_by(self, user: Any) -> RefusedRecordQuerySet:
        """Records of the user's districts; one that names no district that is set up is nobody's to read."""
        return self.filter(district__in=District.objects.readable_by(user))


class RefusedRecord(models.Model):
    """A record of a source that was not taken, until a newer version of it is."""

    system = models.ForeignKey(DownstreamSystem, on_delete=models.CASCADE, related_name="refused_records")
    district = models.ForeignKey(District, on_delete=models.CASCADE, null=True, related_name="+")
    """None where neither the record nor the question for it names one."""
    resource = models.CharField(max_length=20)
    reference = models.CharField(max_length=60)
    """Its own, or a digest of the record where it has none that can be read."""
    version = models.PositiveBigIntegerField(default=0)
    field = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=300)
    waits = models.BooleanField(default=False)
    """Whether it is tried again by itself, because it names something that may still come."""
    is_grave = models.BooleanField(default=False)
    """Whether it is an emergency or a crew."""
    raw = models.TextField()
    """JSON as it came, in ASCII."""
    is_whole = models.BooleanField(default=True)
    """Whether `raw` is all of it."""
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    objects = RefusedRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-is_grave", "-last_seen_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["system", "resource", "reference"], name="one_refused_record_per_reference")
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.reason}"
