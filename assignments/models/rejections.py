from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.workforce import Crew, Shift


class RejectionQuerySet(models.QuerySet["Rejection"]):
    def readable_by(self, user: Any) -> RejectionQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def held(self) -> RejectionQuerySet:
        """Neither taken back nor lapsed."""
        return self.filter(taken_back_at__isnull=True, lapsed_at__isnull=True)

    def between(self, start: datetime, end: datetime) -> RejectionQuerySet:
        """Of shifts that touch [start, end)."""
        return self.filter(shift__starts_at__lt=end, shift__ends_at__gt=start)


class Rejection(models.Model):
    """A manager's word that a crew is not to be offered for an order again, as long as their facts stay what they are.

    For a team that of all its crews together; `crew` and `shift` are the lead crew's.
    """

    class Code(models.TextChoices):
        """Reason code; the free text beside it says more."""

        NOT_SUITED = "NOT_SUITED", "Not the right crew for this work"
        NEEDED_ELSEWHERE = "NEEDED_ELSEWHERE", "Needed elsewhere"
        BAD_TIME = "BAD_TIME", "The time does not suit"
        CUSTOMER = "CUSTOMER", "The customer wants another crew"
        CREW_DECLINED = "CREW_DECLINED", "The crew declined"
        OTHER = "OTHER", "Another reason"

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="rejections")
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="rejections")
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="rejections")
    team = models.CharField(max_length=120, blank=True, editable=False)
    """Ids of the further crews' shifts, as a suggestion has them."""
    crew_names = models.CharField(max_length=300)
    starts_at = models.DateTimeField(help_text="When the work was to begin that was rejected.")
    code = models.CharField(max_length=16, choices=Code)
    reason = models.CharField(max_length=200)
    """In words, the code's among them: what everybody reads."""
    facts = models.CharField(max_length=64, editable=False)
    """Fingerprint of what is known of the order and of the crews, without the rules in force."""
    rejected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True, help_text="When the facts that it was made on changed.")

    objects = RejectionQuerySet.as_manager()

    class Meta:
        ordering = ["-rejected_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "shift", "team"],
                condition=Q(taken_back_at__isnull=True, lapsed_at__isnull=True),
                name="one_held_rejection_per_order_and_team",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_by__isnull=True, taken_back_at__isnull=True)
                | Q(taken_back_by__isnull=False, taken_back_at__isnull=False),
                name="rejection_taken_back_has_who_and_when",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="rejection_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} not by {self.crew_names}"

    @property
    def shift_ids(self) -> list[int]:
        """The shifts of all crews, the lead crew's first."""
        return [self.shift_id, *(int(one) for one in self.team.split("-") if one)]

    @property
    def is_held(self) -> bool:
        return self.taken_back_at is None and self.lapsed_at is None
