from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder


class AuditEntry(models.Model):
    """One act on one row: actor, verb and reason; the database refuses changes (see the `_guards` migration)."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    """Kept as text: also for the system itself."""
    token_name = models.CharField("API token", max_length=100, null=True, blank=True)
    """Name of the token that the actor acted through, as it was then; null for a person and for the system."""
    trace_id = models.CharField("trace", max_length=32, null=True, blank=True)
    """Of the request that it came from, or of the worker's look; null for what is older than traces."""
    credential = models.CharField(max_length=120, null=True, blank=True)
    """The token or the session that the actor came with; null for the system, and for what is older."""
    address = models.CharField(max_length=45, null=True, blank=True)
    """The network address that the request came from; null without a request."""
    verb = models.CharField(max_length=60)
    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="audit")
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_of_object")]
        constraints = [models.CheckConstraint(condition=~Q(actor_name=""), name="audit_entry_names_its_actor")]

    def __str__(self) -> str:
        return f"{self.shown_actor} {self.verb} {self.object_type} {self.object_id}"

    @property
    def shown_actor(self) -> str:
        """`Mara Lindqvist`, or `Mara Lindqvist through GIS`"""
        return f"{self.actor_name} through {self.token_name}" if self.token_name else self.actor_name
