from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.bookings import Assignment
from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.states import StatefulQuerySet, table
from assignments.models.systems import DownstreamSystem
from assignments.models.writebacks import WriteBack
from notifications.models import Leased, LeasedQuerySet


class ComparisonQuerySet(LeasedQuerySet, StatefulQuerySet):  # type: ignore[override]  # as_manager, of each base
    def under_way(self) -> ComparisonQuerySet:
        return self.filter(status__in=BookComparison.UNDER_WAY)


class BookComparison(Leased):
    """The book of one target beside what it has been told: the last that ended well is kept, and what came after."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        READING = "READING", "Reading its book"
        DONE = "DONE", "Compared"
        # It answers that it has no such thing.
        NOT_SERVED = "NOT_SERVED", "Serves no book"
        FAILED = "FAILED", "Could not be read"

    TRANSITIONS = table(
        {
            Status.WAITING: ("READING",),
            # A worker that is asked to stop gives it back.
            Status.READING: ("WAITING", "READING", "DONE", "NOT_SERVED", "FAILED"),
        }
    )
    UNDER_WAY = (Status.WAITING, Status.READING)

    target = models.ForeignKey(DownstreamSystem, on_delete=models.CASCADE, related_name="comparisons")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    entries = models.PositiveIntegerField(default=0)
    """Bookings in its book."""
    agreed = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    """Assignments of which something was on its way, or had been a moment before."""
    untaken = models.PositiveIntegerField(default=0)
    """Assignments of which it has refused something, or something was written off."""
    unreadable = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    """Why its book could not be read, or the first entry that could not; words for a manager."""

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(status__in=["WAITING", "READING"]), name="one_comparison_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}, asked for {self.asked_at:%Y-%m-%d %H:%M}"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> DifferenceQuerySet:
        """Neither repaired nor left, and of a kind that repairing can mend."""
        return self.filter(kind__in=Difference.MENDABLE, write_back__isnull=True, left_because="")

    def readable_by(self, user: Any) -> DifferenceQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))


class Difference(models.Model):
    """One booking that the target's book has otherwise than it was told, or that only one side has."""

    class Kind(models.TextChoices):
        MISSING = "MISSING", "Missing there"
        OTHER = "OTHER", "Otherwise there"
        LEFT_OVER = "LEFT_OVER", "Still there"
        FOREIGN = "FOREIGN", "Not from Lineup"

    MENDABLE = (Kind.MISSING, Kind.OTHER, Kind.LEFT_OVER)

    comparison = models.ForeignKey(BookComparison, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=10, choices=Kind)
    district = models.ForeignKey(District, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """None where nothing here has the order that the target names."""
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, null=True, blank=True, related_name="differences"
    )  # fmt: skip
    told = models.JSONField(null=True, blank=True)
    """The booking as it was told, where it should stand."""
    theirs = models.JSONField(null=True, blank=True)
    """The booking as it stands there."""
    crews = models.CharField(max_length=300, blank=True)
    """Names of the crews here."""
    their_crews = models.CharField(max_length=300, blank=True)
    """Names of the crews that the target names, or its own references where nothing here has them."""
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    """When a person asked to repair it; a worker makes the write-back."""
    write_back = models.ForeignKey(WriteBack, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cleared_by = models.ForeignKey(WriteBack, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    """The revocation that comes before it, where the booking stands in the way of another."""
    left_because = models.CharField(max_length=200, blank=True)
    """Why repairing left it alone."""

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False), name="difference_asked")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order or self.assignment or 'unknown'}"
