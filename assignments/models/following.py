from __future__ import annotations

from django.db import models

from assignments.models.systems import DownstreamSystem
from notifications.models import Leased, LeasedQuerySet


class FollowedSource(Leased):
    """The reading of one source, again and again; the worker that reads it now holds the lease."""

    system = models.OneToOneField(
        DownstreamSystem, on_delete=models.CASCADE, primary_key=True, related_name="following"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    """When it is read next; None at once."""
    asked_at = models.DateTimeField(null=True, blank=True)
    """When somebody last asked that it be read now."""
    begun_at = models.DateTimeField(null=True, blank=True)
    """When the reading under way began, or the last one."""
    read_at = models.DateTimeField(null=True, blank=True)
    """When the last reading began that came to its end: what is stored is as of then."""
    changed_at = models.DateTimeField(null=True, blank=True)
    """When something of it last changed orders or crews."""
    failed_at = models.DateTimeField(null=True, blank=True)
    """When the last reading ended, if it did not come to its end."""
    detail = models.CharField(max_length=300, blank=True)
    """Why it failed, why it is tried again, or which records were not taken; in words for a manager."""
    records = models.PositiveIntegerField(default=0)
    """Of the reading under way, or of the last one."""
    attempts = models.PositiveIntegerField(default=0)
    """Likewise: those that failed."""
    pushed_at = models.DateTimeField(null=True, blank=True)
    """When the system last sent records by itself."""
    missing = models.JSONField(default=dict, blank=True)
    """Records that a complete list no longer had, left until a person says so: by collection and scope, parted by a
    colon, `count`, `of` how many, `since` and `examples`."""
    may_close = models.BooleanField(default=False, db_default=False)
    """Whether a person has said so: the next complete lists close whatever they no longer have."""

    objects = LeasedQuerySet.as_manager()

    class Meta:
        ordering = ["system"]
        verbose_name_plural = "followings"

    def __str__(self) -> str:
        return f"following {self.system}"


class ReadingMark(models.Model):
    """How far one collection of a source has been read; the adapter alone knows what the mark says."""

    system = models.ForeignKey(DownstreamSystem, on_delete=models.CASCADE, related_name="marks")
    resource = models.CharField(max_length=20)
    scope = models.CharField(max_length=40, blank=True)
    """Code of the district, or empty for all of them at once."""
    mark = models.JSONField(default=dict, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    """When the last pass began that came to the end of the collection."""
    epoch = models.PositiveIntegerField(default=1)
    """Grows when the source's versions have gone back: it was set up anew or restored from a copy."""

    class Meta:
        ordering = ["system", "resource", "scope"]
        constraints = [
            models.UniqueConstraint(fields=["system", "resource", "scope"], name="one_mark_per_collection_and_scope")
        ]

    def __str__(self) -> str:
        return f"{self.resource} of {self.system}{f' for {self.scope}' if self.scope else ''}"


class WaitingRecord(models.Model):
    """A record that names something which has not come yet; it is tried again when other records have been taken."""

    system = models.ForeignKey(DownstreamSystem, on_delete=models.CASCADE, related_name="waiting_records")
    resource = models.CharField(max_length=20)
    reference = models.CharField(max_length=40)
    body = models.JSONField()
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()
    tried_at = models.DateTimeField()

    class Meta:
        ordering = ["tried_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["system", "resource", "reference"], name="one_waiting_record_per_reference")
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.reason}"
