"""Secret addresses at which calendars read what a crew has to do."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.workforce import Crew


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of(self, user: Any) -> CalendarFeedQuerySet:
        return self.filter(person=user)

    def live(self) -> CalendarFeedQuerySet:
        return self.filter(revoked_at__isnull=True)

    def matching(self, secret: str) -> CalendarFeedQuerySet:
        return self.filter(digest=CalendarFeed.digest_of(secret))


class CalendarFeed(models.Model):
    """The address of one person for one crew, for as long as they may read its district; only its digest is kept."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["crew__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "crew"], condition=Q(revoked_at__isnull=True), name="one_live_calendar_per_crew"
            )
        ]

    def __str__(self) -> str:
        return f"{self.crew} for {self.person}"

    @staticmethod
    def new_secret() -> str:
        return secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        # As of API tokens: a random secret of 256 bits needs no slow hash.
        return sha256(secret.encode()).hexdigest()
