from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Case, Value, When


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: User | int) -> NotificationQuerySet:
        return self.filter(user=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)

    def for_inbox(self) -> NotificationQuerySet:
        """Unread before read, newest first."""
        read = Case(When(read_at__isnull=True, then=Value(0)), default=Value(1))
        return self.select_related("actor").order_by(read, "-created_at", "-pk")


class Notification(models.Model):
    """One entry of one person's inbox."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    # Entries outlive the account of the person who caused them.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    # Its times are local to the district that it is about.
    time_zone = models.CharField(max_length=60, default="UTC")
    # Where it happened, in words: what a digest groups by, such as the name of the district.
    place = models.CharField(max_length=100, blank=True, default="")
    read_at = models.DateTimeField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "dedupe_key"], name="notification_once_per_user_and_dedupe_key")
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notification_by_user"),
            # The unread count of the header, on every page.
            models.Index(fields=["user"], condition=models.Q(read_at__isnull=True), name="notification_unread_by_user"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        return self.read_at is None
