"""Bearer tokens of integrations: issued once, kept as digests, revocable at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from assignments import models
from assignments.services.records import auditing
from notifications.services import access

# A busy integration must not write a row with every request.
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue(
    *,
    name: str,
    user: Any,
    scopes: Sequence[str],
    by: Any,
    now: datetime,
    expires_at: datetime | None = None,
    districts: Collection[models.District] = (),
    system: models.DownstreamSystem | None = None,
) -> tuple[models.ApiToken, str]:
    """The token and its secret, which is not kept and cannot be shown again; without districts it is for all.

    With a `system` it may push that system's records, if it has the scope.
    """
    secret = models.ApiToken.new_secret()
    token = models.ApiToken.objects.create(
        name=name, user=user, scopes=list(scopes), expires_at=expires_at, digest=models.ApiToken.digest_of(secret),
        is_narrowed=bool(districts), system=system,
    )  # fmt: skip
    token.districts.set(districts)
    after = {
        "name": name, "user": user.get_username(), "scopes": list(scopes), "expires_at": expires_at,
        "districts": sorted(one.code for one in districts), "system": system.code if system else None,
    }  # fmt: skip
    auditing.record(verb="token.issued", row=token, by=by, now=now, after=after)
    return token, secret


@transaction.atomic
def revoke(*, tokens: Iterable[models.ApiToken], by: Any, now: datetime) -> int:
    """Number of tokens withdrawn that were valid; their open streams are checked again at once."""
    revoked = 0
    for token in tokens:
        if models.ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
            revoked += 1
            auditing.record(verb="token.revoked", row=token, by=by, now=now, before={"name": token.name})
            access.review(user_id=token.user_id, now=now)
    return revoked


def find_valid(*, secret: str, now: datetime) -> models.ApiToken | None:
    """The valid token of this secret with its user, or None; notes the use at most once a minute."""
    token = models.ApiToken.objects.valid(now).matching(secret).select_related("user", "system").first()
    if token is not None:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
        if token.last_used_at is None or token.last_used_at <= now - USE_IS_NOTED_EVERY:
            # Conditional, so that requests side by side write once.
            models.ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token
