from __future__ import annotations

from django.conf import settings
from django.db import models


class Preference(models.Model):
    """Delivery of one kind to one person; without a row, in the inbox and at once."""

    class Delivery(models.TextChoices):
        TOAST = "TOAST", "Inbox, and shown at once"
        INBOX = "INBOX", "Inbox"
        MUTED = "MUTED", "Not at all"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=80)
    delivery = models.CharField(max_length=5, choices=Delivery)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="one_preference_per_person_and_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {self.get_delivery_display()}"
