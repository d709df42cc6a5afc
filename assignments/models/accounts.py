"""State of a person's sign-on, beside the user of Django's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models


class Account(models.Model):
    """How a person came to their password; nobody has a row before a password was given or chosen on our pages."""

    TEMPORARY_FOR = timedelta(days=7)
    """A temporary password that nobody has used by then is over: it may lie in a mailbox."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="account"
    )
    is_temporary = models.BooleanField(default=False, db_default=False)
    """Whether its person has to choose another password before anything else."""
    password_set_at = models.DateTimeField(null=True, blank=True)

    issuer = models.CharField(max_length=200, null=True, blank=True)
    subject = models.CharField(max_length=255, null=True, blank=True)
    """The person at the company's sign-on: the provider, and its own name for them, which never changes."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_per_company_account"),
            models.CheckConstraint(
                condition=models.Q(is_temporary=False) | models.Q(password_set_at__isnull=False),
                name="temporary_password_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Account of {self.user}"

    @staticmethod
    def of(user: Any) -> Account:
        """The row, or what a row that says nothing would say."""
        return Account.objects.filter(user=user).first() or Account(user=user)

    def is_over(self, now: datetime) -> bool:
        """Whether the temporary password can no longer be used."""
        since = self.password_set_at
        return self.is_temporary and since is not None and since + self.TEMPORARY_FOR < now


class SignOn(models.Model):
    """One session of a person: where it was begun, for the person to know it again and to end it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ons")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    started_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    """As the browser calls itself."""

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Session of {self.user} since {self.started_at:%Y-%m-%d %H:%M}"


class SecondStep(models.Model):
    """Proof beside a password: an app that shows codes, a passkey, or a code on paper."""

    class Kind(models.TextChoices):
        APP = "APP", "Authenticator app"
        PASSKEY = "PASSKEY", "Passkey"
        PAPER = "PAPER", "Recovery code"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=60, blank=True)
    secret = models.TextField(editable=False)
    """The app's secret, encrypted; the public key of a passkey; the digest of a recovery code."""
    counter = models.BigIntegerField(default=0, db_default=0, editable=False)
    """The half-minute whose code was used last, or the passkey's own count: what is not beyond it is a copy."""
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(kind="APP"), name="one_authenticator_app_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.user}"
