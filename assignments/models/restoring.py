"""Estimated restoration times (ETR): how sure they are, and what managers have set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder


class Certainty(models.TextChoices):
    """Grounds of an estimated restoration time, the least sure first."""

    NO_CREW = "NO_CREW", "No crew yet"
    PLANNED = "PLANNED", "Planned"
    APPROVED = "APPROVED", "Approved"
    DISPATCHED = "DISPATCHED", "Dispatched"
    ON_SITE = "ON_SITE", "On site"


class SetRestorationQuerySet(models.QuerySet["SetRestoration"]):
    def readable_by(self, user: Any) -> SetRestorationQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def held(self) -> SetRestorationQuerySet:
        """Neither taken back nor lapsed."""
        return self.filter(taken_back_at__isnull=True, lapsed_at__isnull=True)


class SetRestoration(models.Model):
    """A restoration time that a manager has set for an order, in place of the estimate, as long as it holds."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="set_restorations")
    back_at = models.DateTimeField(help_text="When the customers of the order are to be back.")
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it went by, was replaced, or no crew could keep it any more."
    )

    objects = SetRestorationQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(taken_back_at__isnull=True, lapsed_at__isnull=True),
                name="one_held_restoration_per_order",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_by__isnull=True, taken_back_at__isnull=True)
                | Q(taken_back_by__isnull=False, taken_back_at__isnull=False),
                name="restoration_taken_back_has_who_and_when",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="set_restoration_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} back by {self.back_at:%d %b %H:%M} UTC"

    def is_in_force(self, now: datetime) -> bool:
        """Whether it counts at this moment: a time that has gone by promises nothing."""
        return self.taken_back_at is None and self.lapsed_at is None and self.back_at > now


class ToldRestoration(models.Model):
    """The restoration time of an order that was told last: by an event, and to the outage systems that take it."""

    order = models.OneToOneField(WorkOrder, on_delete=models.CASCADE, related_name="told_restoration")
    back_at = models.DateTimeField(null=True, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty)
    is_set = models.BooleanField(help_text="Whether a manager had set it.")
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return (
            f"{self.order.number}: {self.back_at:%d %b %H:%M} UTC" if self.back_at else f"{self.order.number}: no time"
        )
