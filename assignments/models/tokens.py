from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, now: datetime) -> ApiTokenQuerySet:
        return self.filter(revoked_at__isnull=True, user__is_active=True).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        )

    def matching(self, secret: str) -> ApiTokenQuerySet:
        return self.filter(digest=ApiToken.digest_of(secret))


class ApiToken(models.Model):
    """A bearer token of one integration: it acts as `user` within `scopes`; only its digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read and follow streams"
        DECIDE = "decide", "Start runs and decide"
        PUSH = "push", "Push work orders, rosters and permits"

    name = models.CharField(max_length=100, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def new_secret() -> str:
        return "lineup_" + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        # A 256-bit random secret needs no slow hash: there is nothing to guess.
        return sha256(secret.encode()).hexdigest()
