from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.db.models import F, Q


class TravelTimeQuerySet(models.QuerySet["TravelTime"]):
    def told_by(self, server: str) -> TravelTimeQuerySet:
        return self.filter(server=server)

    def among(self, keys: Collection[int]) -> TravelTimeQuerySet:
        """Drives between two of these places."""
        return self.filter(origin__in=keys, destination__in=keys)

    def from_any(self, keys: Collection[int]) -> TravelTimeQuerySet:
        """Drives from one of these places to anywhere."""
        return self.filter(origin__in=keys)

    def told_since(self, moment: datetime) -> TravelTimeQuerySet:
        return self.filter(fetched_at__gte=moment)

    def remember(self, rows: Collection[TravelTime]) -> None:
        """Stores the rows; a drive that was told before is told anew."""
        # In one order, so that two who tell the same drives wait for each other instead of deadlocking.
        self.bulk_create(
            sorted(rows, key=lambda row: (row.origin, row.destination)),
            update_conflicts=True,
            unique_fields=["server", "origin", "destination"],
            update_fields=["seconds", "fetched_at"],
        )


class TravelTime(models.Model):
    """Duration of a drive as a routing server gave it; asked for again when it is old, then removed."""

    server = models.CharField(max_length=16)
    """Digest of the server's address, kind and profile."""
    origin = models.BigIntegerField()
    """The engine's Place.key, as `destination`."""
    destination = models.BigIntegerField()
    seconds = models.PositiveIntegerField(null=True)
    """Empty when no road leads there."""
    fetched_at = models.DateTimeField()

    objects = TravelTimeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "origin", "destination"], name="one_travel_time_per_drive"),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="travel_time_is_of_a_drive"),
        ]

    def __str__(self) -> str:
        told = "no road" if self.seconds is None else f"{self.seconds} s"
        return f"{self.origin} to {self.destination}: {told}"
