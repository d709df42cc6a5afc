"""Passwords: temporary ones that an administrator gives, and those that people choose themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import get_random_string

from assignments import models
from assignments.services.accounts import scopes
from assignments.services.records import auditing, refusals, telling

# Without what looks alike on paper or sounds alike on the telephone.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def give_temporary(*, user: Any, by: Any, now: datetime) -> str:
    """A new password that its person must replace as they sign in; it is not kept. Ends their sessions.

    Raises AccountAbove.
    """
    scopes.require_not_above(user=user, by=by)
    password = "-".join(get_random_string(_GROUP, LETTERS) for _ in range(_GROUPS))
    _set(user=user, password=password, is_temporary=True, verb="password.given", by=by, now=now)
    return password


def choose(*, user: Any, password: str, by: Any, now: datetime) -> None:
    """Sets a password that was checked against `AUTH_PASSWORD_VALIDATORS`; ends the person's other sessions."""
    _set(user=user, password=password, is_temporary=False, verb="password.changed", by=by, now=now)


def _set(*, user: Any, password: str, is_temporary: bool, verb: str, by: Any, now: datetime) -> None:
    # Before the transaction: hashing must not hold its locks.
    user.password = make_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        values = {"is_temporary": is_temporary, "password_set_at": now}
        models.Account.objects.update_or_create(user=user, defaults=values)
        auditing.record(verb=verb, row=user, by=by, now=now, after={"user": user.get_username()})
        title = f"{refusals.person(by)} gave you a temporary password"
        telling.account(user=user, title=title, body="Your sessions have ended.", by=by, now=now)
