from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from assignments.downstream import reaching


def may_be_tried(now: datetime) -> Q:
    """Condition of being at work, or away with a next try that is due."""
    return Q(resumes_at__isnull=True) | Q(resumes_at__lte=now)


def to_be_sent(now: datetime) -> Q:
    """Condition of rows that are told: waited long enough, or taken by a worker that died."""
    return Q(status__in=["PENDING", "FAILED"], next_attempt_at__lte=now) | Q(status="SENDING", lease_until__lte=now)


def is_an_address(value: str) -> None:
    """Raises ValidationError with what is wrong with it."""
    if fault := reaching.fault(value):
        raise ValidationError(fault)


class Reached(models.Model):
    """Somebody else's program at its address, with what came of the last exchanges; shared by all workers."""

    failures = models.PositiveIntegerField(default=0, editable=False)
    """Exchanges in a row that it did not answer as a system at work does."""
    is_away = models.BooleanField(default=False, editable=False)
    """Whether all waits until a single one that is tried has been answered."""
    away_since = models.DateTimeField(null=True, blank=True, editable=False)
    """Time of the first of the failures."""
    away_because = models.CharField(max_length=300, blank=True, editable=False)
    resumes_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Nothing is sent to it before: it asked for that, or it is away and will be tried then."""

    class Meta:
        abstract = True
