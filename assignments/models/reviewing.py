from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assignments.models.orders import WorkOrder


class ReviewingQuerySet(models.QuerySet["Reviewing"]):
    def current(self, now: datetime) -> ReviewingQuerySet:
        """Of members of the order's district, whose page has given a sign of life a short while ago."""
        is_member = Q(order__district__memberships__user=F("person"))
        return self.filter(is_member, expires_at__gt=now)

    def over(self, now: datetime) -> ReviewingQuerySet:
        """Entries of pages that disappeared without reporting it."""
        return self.filter(expires_at__lte=now)

    def with_people(self) -> ReviewingQuerySet:
        return self.select_related("person")


class Reviewing(models.Model):
    """A person has the review of an order open."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="reviewing")
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    """The page moves it on as long as it is open."""
    told_until = models.DateTimeField()
    """Expiry that open boards know: they hide the entry then if no end was reported."""

    objects = ReviewingQuerySet.as_manager()

    class Meta:
        ordering = ["began_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["person", "order"], name="a_person_reviews_an_order_once")]
        indexes = [models.Index(fields=["expires_at"], name="reviewing_by_expiry")]

    def __str__(self) -> str:
        return f"{self.person} is reviewing {self.order}"
