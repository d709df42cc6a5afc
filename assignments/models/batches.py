from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assignments.models.bookings import Assignment
from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.rejections import Rejection
from assignments.models.runs import Suggestion
from assignments.models.states import StatefulQuerySet, table
from assignments.models.traced import Traced
from assignments.models.workforce import Crew
from notifications.models import Leased, LeasedQuerySet


class BatchQuerySet(LeasedQuerySet):
    def readable_by(self, user: Any) -> BatchQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))

    def left_alone(self, now: datetime) -> BatchQuerySet:
        """Unfinished, and whoever went on with it has stopped: its page was closed, or its worker died."""
        unfinished = BatchItem.objects.filter(batch=OuterRef("pk"), status__in=BatchItem.UNFINISHED)
        return self.filter(Exists(unfinished), lease_until__lte=now)


class Batch(Leased, Traced):
    """Many orders that a manager decided by one act; its items say what has become of each.

    Its page holds the lease as well, under no name, and a worker only when the page has let it run out. No lease means
    that there is nothing to go on with.
    """

    class Act(models.TextChoices):
        APPROVE = "APPROVE", "Approve suggestions"
        REJECT = "REJECT", "Reject suggestions"
        HOLD = "HOLD", "Pin decisions"
        MOVE = "MOVE", "Move decisions"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="batches")
    day = models.DateField(help_text="The district's local day that the orders were chosen on.")
    act = models.CharField(max_length=8, choices=Act, default=Act.APPROVE, db_default=Act.APPROVE)
    tentatively = models.BooleanField(
        default=False, db_default=False, help_text="What is approved or moved may wait for a pending permit."
    )
    code = models.CharField(max_length=16, choices=Rejection.Code, blank=True, default="", db_default="")
    """Of a rejection."""
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    """Of a rejection, as it was typed."""
    to_crew = models.ForeignKey(Crew, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """Crew that decisions are moved to; None where each stays with its own."""
    later_by = models.IntegerField(default=0, db_default=0, help_text="Minutes that decisions are moved by.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    undo_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undo_asked_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.CharField(max_length=200, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        verbose_name = "bulk approval"
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="batch_by_lease"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(undo_asked_by__isnull=True, undo_asked_at__isnull=True)
                | Q(undo_asked_by__isnull=False, undo_asked_at__isnull=False),
                name="batch_undone_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district.code} {self.day:%d %b %Y}, {self.started_at:%H:%M}"

    @property
    def sequence(self) -> str:
        """Field by which its items take their turn: what was moved is moved back the other way round, so that none
        meets another that has yet to leave."""
        return "-place" if self.act == self.Act.MOVE and self.undo_asked_at else "place"

    @property
    def undo_until(self) -> datetime:
        """From then on, taking it back needs a reason."""
        return self.started_at + timedelta(minutes=settings.UNDO_MINUTES)


class BatchItem(models.Model):
    """One suggestion or decision of a batch."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        APPROVED = "APPROVED", "Done"
        REFUSED = "REFUSED", "Not done"
        WITHDRAWN = "WITHDRAWN", "Withdrawn before its turn"
        LEAVING = "LEAVING", "Being taken back"
        UNDONE = "UNDONE", "Taken back"
        KEPT = "KEPT", "Not taken back"

    # A kept item may be tried once more: the crew was recalled, or now there is a reason.
    TRANSITIONS = table(
        {
            Status.WAITING: ("APPROVED", "REFUSED", "WITHDRAWN"),
            Status.APPROVED: ("LEAVING",),
            Status.LEAVING: ("UNDONE", "KEPT"),
            Status.KEPT: ("LEAVING",),
        }
    )
    UNFINISHED = (Status.WAITING, Status.LEAVING)
    STANDING = (Status.APPROVED, Status.KEPT)
    """Done and not taken back, as far as the batch knows."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveIntegerField()
    """Its turn: what starts first is done first, unless decisions are moved to later."""
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="+")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.SET_NULL, null=True, related_name="+")
    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, null=True, blank=True, related_name="batch_item"
    )
    """The decision that was approved, or that a move has led to."""
    before = models.ForeignKey(Assignment, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """The decision that is to be moved or pinned."""
    rejection = models.ForeignKey(Rejection, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    """Reason for which it was not done, or could not be taken back."""
    next_step = models.CharField(max_length=200, blank=True)

    objects = StatefulQuerySet.as_manager()

    class Meta:
        ordering = ["batch", "place"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "place"], name="one_item_per_place_of_a_batch"),
            models.CheckConstraint(
                condition=~Q(status__in=["REFUSED", "KEPT"]) | ~Q(sentence=""), name="refused_item_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["APPROVED", "LEAVING", "UNDONE", "KEPT"])
                | Q(assignment__isnull=False)
                | Q(before__isnull=False)
                | Q(rejection__isnull=False),
                name="settled_item_has_its_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.number}: {self.get_status_display()}"
