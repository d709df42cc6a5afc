"""The log of everything pushed. A row is written in the transaction that caused it, and is numbered at its commit."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models

from notifications.wire import event_ids


class EventQuerySet(models.QuerySet["Event"]):
    def after(self, position: int) -> EventQuerySet:
        """Committed events beyond `position`, in commit order."""
        return self.filter(position__gt=position).order_by("position")

    def on(self, channels: Collection[str]) -> EventQuerySet:
        return self.filter(channel__in=channels)


class Event(models.Model):
    """One event on one channel.

    `position` is given by a trigger (migration 0002): on SQLite at the insert, which its single writer makes the order
    of commits; on PostgreSQL by a deferred trigger at COMMIT under one lock. It is empty only inside the writing
    transaction, so no reader ever sees a gap that is filled later.
    """

    channel = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    data = models.JSONField()
    dedupe_key = models.CharField(max_length=200, null=True, blank=True)
    created_at = models.DateTimeField()
    position = models.BigIntegerField(null=True, unique=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "dedupe_key"], name="event_once_per_channel_and_dedupe_key")
        ]
        indexes = [
            # A stream that resumes reads its channels beyond its cursor.
            models.Index(fields=["channel", "position"], name="event_by_channel_and_position"),
            # Trimming looks for the first event young enough to be kept.
            models.Index(fields=["created_at"], name="event_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} on {self.channel}"


class LogEpochManager(models.Manager["LogEpoch"]):
    def current(self) -> LogEpoch:
        """The epoch of the log; begins one when the log has none (a new or an emptied database)."""
        return self.get_or_create(pk=LogEpoch.ONLY, defaults={"value": event_ids.new_epoch()})[0]


class LogEpoch(models.Model):
    """The one life of the log that cursors belong to; another value makes every older cursor invalid.

    A trigger (migration 0006) begins another when events beyond `trimmed_through` are deleted, or the table is emptied.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    value = models.CharField(max_length=10)
    # The greatest position ever trimmed away: a cursor before it cannot be resumed without a gap.
    trimmed_through = models.BigIntegerField(default=0)
    # Where the database lay when somebody last looked (services.identity); a copy lies elsewhere.
    storage = models.CharField(max_length=120, blank=True, default="")

    objects = LogEpochManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="log_has_one_epoch")]

    def __str__(self) -> str:
        return self.value
