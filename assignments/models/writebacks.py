from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assignments.models.bookings import Assignment
from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.reached import to_be_sent
from assignments.models.states import StatefulQuerySet, table
from assignments.models.systems import DownstreamSystem
from assignments.models.traced import Traced
from notifications.models import Leased, LeasedQuerySet


class WriteBackQuerySet(LeasedQuerySet, StatefulQuerySet):  # type: ignore[override]  # as_manager, of each base
    def readable_by(self, user: Any) -> WriteBackQuerySet:
        return self.about(district__in=District.objects.readable_by(user))

    def about(self, **order: Any) -> WriteBackQuerySet:
        """Write-backs about orders of these facts, by their decision or by themselves."""
        itself = Q(**{f"order__{name}": value for name, value in order.items()})
        return self.filter(itself | Q(**{f"assignment__order__{name}": value for name, value in order.items()}))

    def open(self) -> WriteBackQuerySet:
        """Not answered for good: to be sent, being sent, or to be sent again."""
        return self.filter(status__in=WriteBack.OPEN)

    def at_the_head(self) -> WriteBackQuerySet:
        """With nothing older of their lanes left open."""
        older = WriteBackLane.objects.filter(
            target=OuterRef("target"),
            lane=OuterRef("lane"),
            write_back__lt=OuterRef("write_back"),
            write_back__status__in=WriteBack.OPEN,
        )
        behind = WriteBackLane.objects.filter(Exists(older), write_back=OuterRef("pk"))
        return self.filter(~Exists(behind))

    def due(self, now: datetime) -> WriteBackQuerySet:
        return self.filter(to_be_sent(now))


class WriteBack(Leased, Traced):
    """One decision, or one estimated restoration time, to be told to one downstream system, once in effect."""

    class Action(models.TextChoices):
        ASSIGN = "ASSIGN", "Assign"
        # A tentative assignment has become firm.
        CONFIRM = "CONFIRM", "Confirm"
        REVOKE = "REVOKE", "Revoke"
        # What is assigned has been pinned, or is pinned no longer.
        PIN = "PIN", "Pin"
        # Of an order, with a crew or without one; a newer one replaces what was not sent yet.
        ETR = "ETR", "Restoration time"

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pending"
        SENDING = "SENDING", "Sending"
        ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged"
        FAILED = "FAILED", "Failed, will retry"
        DEAD = "DEAD", "Needs a person"
        COMPENSATED = "COMPENSATED", "Compensated"
        # A person has decided that the target need not take it; nothing is sent and nobody is asked any more.
        WRITTEN_OFF = "WRITTEN_OFF", "Written off"

    # SENDING may follow SENDING: a worker takes over from one whose lease ran out.
    TRANSITIONS = table(
        {
            Status.PENDING: ("SENDING", "COMPENSATED"),
            Status.SENDING: ("SENDING", "PENDING", "ACKNOWLEDGED", "FAILED", "DEAD", "COMPENSATED"),
            Status.FAILED: ("SENDING", "DEAD", "COMPENSATED"),
            Status.DEAD: ("PENDING", "COMPENSATED", "WRITTEN_OFF"),
            Status.ACKNOWLEDGED: ("COMPENSATED",),
            Status.WRITTEN_OFF: ("COMPENSATED",),
        }
    )

    OPEN = (Status.PENDING, Status.SENDING, Status.FAILED)
    UNTAKEN = (Status.DEAD, Status.WRITTEN_OFF)
    """Not sent any more, and not taken as far as is known."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="write_backs"
    )
    order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="write_backs",
        help_text="Of a restoration time; that of a decision is its assignment's.",
    )  # fmt: skip
    target = models.ForeignKey(DownstreamSystem, on_delete=models.PROTECT, related_name="write_backs")
    action = models.CharField(max_length=10, choices=Action)
    payload = models.JSONField()
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(max_length=14, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    conflicts = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    """Times in a row that it was answered with 409; null for none, so that SQLite adds the column in place."""
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    sequence = models.PositiveIntegerField(default=1)
    """Position among the decisions about the order, as told to the target: 1, 2, ..."""
    repair = models.PositiveSmallIntegerField(default=0, db_default=0)
    """Number of the times that the same has been told anew: because the target's book did not have it, or of pins
    because they have changed; 0 at first."""
    may_be_known = models.BooleanField(default=False)
    """Whether the target may have taken it: it was sent, and no answer has said that it was not taken."""
    give_up_at = models.DateTimeField(null=True, blank=True)
    """A failure after this needs a person."""
    created_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    written_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_off_at = models.DateTimeField(null=True, blank=True)
    written_off_because = models.CharField(max_length=200, blank=True, default="", db_default="")
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the row was last written, by the database's clock (see `models.stamps`)."""

    objects = WriteBackQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="write_back_due"),
            models.Index(fields=["updated_at"], name="write_back_updated"),
            models.Index(fields=["target", "id"], name="write_back_queue",
                         condition=Q(status__in=["PENDING", "SENDING", "FAILED"])),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "target", "action", "repair"], name="one_write_back_per_decision_and_target"
            ),
            models.CheckConstraint(
                condition=Q(action="ETR", order__isnull=False, assignment__isnull=True)
                | Q(~Q(action="ETR"), order__isnull=True, assignment__isnull=False),
                name="write_back_is_of_a_decision_or_an_order",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(status__in=["ACKNOWLEDGED", "COMPENSATED"]),
                name="acknowledged_write_back_says_so",
            ),
            models.CheckConstraint(
                condition=~Q(status="WRITTEN_OFF")
                | ~Q(written_off_because="") & Q(written_off_by__isnull=False, written_off_at__isnull=False),
                name="written_off_write_back_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.assignment or self.order} to {self.target}"

    @property
    def about(self) -> WorkOrder:
        """The order that it is about."""
        if self.assignment is not None:
            return self.assignment.order
        return cast("WorkOrder", self.order)  # by the constraint

    @property
    def order_pk(self) -> int:
        """The id of that order, without reading it where it is known."""
        return self.order_id if self.order_id is not None else self.about.pk

    def lanes_of(self, crews: Iterable[int]) -> list[str]:
        """Names of its lanes, where `crews` do the work. Confirmations and pins change no crew's bookings."""
        if self.action == self.Action.ETR:
            return [f"restoration:{self.order_pk}"]
        own = [] if self.action in {self.Action.CONFIRM, self.Action.PIN} else [f"crew:{crew}" for crew in crews]
        return [f"order:{self.order_pk}", *own]


class WriteBackLaneManager(models.Manager["WriteBackLane"]):
    def lay_beside(self, write_back: WriteBack, crews: Iterable[int]) -> None:
        """Queues the write-back for further crews as well, which the target has in its place."""
        target = write_back.target_id
        lanes = [WriteBackLane(write_back=write_back, target_id=target, lane=f"crew:{crew}") for crew in crews]
        self.bulk_create(lanes, ignore_conflicts=True)

    def lay(self, write_backs: Sequence[WriteBack]) -> None:
        """Queues new write-backs, or old ones anew; their assignments are stored with their teams."""
        crews: dict[uuid.UUID | None, list[int]] = {None: []}
        for one in write_backs:
            if one.assignment_id not in crews:
                team = Assignment.objects.filter(Q(pk=one.assignment_id) | Q(lead=one.assignment_id))
                crews[one.assignment_id] = list(team.values_list("crew", flat=True))
        self.bulk_create(
            (
                WriteBackLane(write_back=one, target_id=one.target_id, lane=lane)
                for one in write_backs
                for lane in one.lanes_of(crews[one.assignment_id])
            ),
            ignore_conflicts=True,
        )


class WriteBackLane(models.Model):
    """The place of an open write-back in a queue: of its order, or of one of its crews, to one target.

    Nothing is sent while an older one of one of its lanes is open. Rows leave when their write-back is settled, only to
    keep the queues short.
    """

    write_back = models.ForeignKey(WriteBack, on_delete=models.CASCADE, related_name="lanes")
    target = models.ForeignKey(DownstreamSystem, on_delete=models.CASCADE, related_name="+")
    lane = models.CharField(max_length=40)
    """`order:<id>`, `crew:<id>`, or `restoration:<id of the order>`."""

    objects = WriteBackLaneManager()

    class Meta:
        ordering = ["write_back", "lane"]
        constraints = [
            models.UniqueConstraint(fields=["target", "lane", "write_back"], name="once_in_each_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.lane} to {self.target}"
