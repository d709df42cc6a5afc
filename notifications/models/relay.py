from __future__ import annotations

from django.db import models
from django.db.models import Q

from notifications.models.leased import Leased, LeasedQuerySet


class Relay(Leased):
    """Progress of publishing the log to the GRIP proxy, and the process that holds the lease."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    # The epoch of the log that the proxy's streams were opened in.
    epoch = models.CharField(max_length=10)
    position = models.BigIntegerField()
    lease_owner = models.CharField(max_length=80, blank=True, db_column="holder")

    objects = LeasedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="log_has_one_relay"),
            models.CheckConstraint(
                condition=Q(lease_owner="", lease_until__isnull=True)
                | (~Q(lease_owner="") & Q(lease_until__isnull=False)),
                name="relay_is_held_with_a_lease_or_not_at_all",
            ),
        ]

    def __str__(self) -> str:
        return f"published through {self.position} by {self.lease_owner or 'nobody'}"
