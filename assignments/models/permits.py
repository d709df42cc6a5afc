from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from assignments.models.districts import District, Sourced
from assignments.models.orders import WorkOrder
from assignments.models.states import StatefulQuerySet, table


class PermitQuerySet(StatefulQuerySet):
    def readable_by(self, user: Any) -> PermitQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def live(self) -> PermitQuerySet:
        return self.filter(status__in=Permit.LIVE)

    def lapsed_at(self, now: datetime) -> PermitQuerySet:
        """Still called live by the register although their window is over."""
        return self.live().filter(valid_until__lte=now)


class Permit(Sourced):
    """A safety document (IEC 61968 SafetyDocument) or public permission that work hangs on."""

    class Kind(models.TextChoices):
        CLEARANCE = "CLEARANCE", "Clearance / switching"
        EXCAVATION = "EXCAVATION", "Excavation ticket"
        TRAFFIC = "TRAFFIC", "Traffic control"
        HOT_WORK = "HOT_WORK", "Hot work"
        CONFINED_SPACE = "CONFINED_SPACE", "Confined space"
        ENVIRONMENTAL = "ENVIRONMENTAL", "Environmental"

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "Requested"
        ISSUED = "ISSUED", "Issued"
        SUSPENDED = "SUSPENDED", "Suspended"
        EXTENDED = "EXTENDED", "Extended"
        EXPIRED = "EXPIRED", "Expired"
        HANDED_BACK = "HANDED_BACK", "Handed back"
        CLOSED = "CLOSED", "Closed"
        REJECTED = "REJECTED", "Rejected"
        CANCELLED = "CANCELLED", "Cancelled"

    # Once issued a permit cannot be rejected, only suspended, handed back or left to expire.
    TRANSITIONS = table(
        {
            Status.REQUESTED: ("ISSUED", "REJECTED", "CANCELLED"),
            Status.ISSUED: ("SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK"),
            Status.EXTENDED: ("SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK"),
            Status.SUSPENDED: ("ISSUED", "EXPIRED", "HANDED_BACK"),
            Status.EXPIRED: ("EXTENDED", "CLOSED"),
            Status.HANDED_BACK: ("CLOSED",),
        }
    )
    LIVE = (Status.ISSUED, Status.EXTENDED)
    PENDING = (Status.REQUESTED,)

    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=Kind)
    authority = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="permits")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    objects = PermitQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["valid_until", "number"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "number"], name="permit_number_is_unique_in_its_kind"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True, valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="permit_window_has_both_ends",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ISSUED", "EXTENDED"]) | Q(valid_until__isnull=False),
                name="live_permit_has_a_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
