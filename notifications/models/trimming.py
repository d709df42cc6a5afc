from __future__ import annotations

from django.db import models
from django.db.models import Q

from notifications.models.leased import Leased, LeasedQuerySet


class Trimming(Leased):
    """The one turn to trim the log."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="log_has_one_trimming")]

    def __str__(self) -> str:
        return f"trimmed by {self.lease_owner or 'nobody'}"
