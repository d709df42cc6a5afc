"""Bearer tokens, and the one that a user acts through: rights and audit entries ask for it."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.districts import District
from assignments.models.systems import DownstreamSystem


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, now: datetime) -> ApiTokenQuerySet:
        return self.filter(revoked_at__isnull=True, user__is_active=True).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        )

    def matching(self, secret: str) -> ApiTokenQuerySet:
        return self.filter(digest=ApiToken.digest_of(secret))


class ApiToken(models.Model):
    """A bearer token of one integration: acts as `user`, within `scopes` and `districts`; only its digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read and follow streams"
        SUGGEST = "suggest", "Start, keep and cancel runs"
        DECIDE = "decide", "Decide: approve, move, undo, override, declare storms"
        SUBSCRIBE = "subscribe", "Have events sent to an address"
        PUSH = "push", "Push work orders, rosters and permits"

    name = models.CharField(max_length=100, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    districts = models.ManyToManyField(
        District, blank=True, related_name="api_tokens",
        help_text="Narrows it to these of the user's districts, now and for good; without any, all of them.",
    )  # fmt: skip
    system = models.ForeignKey(
        DownstreamSystem, on_delete=models.CASCADE, null=True, blank=True, related_name="api_tokens",
        help_text="The system that pushes its records with it, now and for good; needed to push.",
    )  # fmt: skip
    # Said apart from the list: a token whose districts are all gone must not become one for every district.
    is_narrowed = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    def act(self) -> Any:
        """Its user, acting through it: `District.readable_by`, `managed_by` and the audit hold that."""
        user = self.user
        user.acts_through = self  # type: ignore[attr-defined]  # an attribute of ours beside the columns
        return user

    @staticmethod
    def new_secret() -> str:
        return "lineup_" + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        # A 256-bit random secret needs no slow hash: there is nothing to guess.
        return sha256(secret.encode()).hexdigest()
