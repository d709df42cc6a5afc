"""Telling every server process that somebody's rights have changed, so that open streams end at once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils import timezone

from notifications.services import event_log, inbox
from notifications.wire import event_types


@transaction.atomic
def review(*, user_id: int, now: datetime, session_key: str | None = None) -> None:
    """Has the user's open streams checked again after commit; with a session key, ends the streams of that session.

    To be called by whatever changes a membership, a role, a password or a token.
    """
    data = {"user": user_id, "session": session_digest(session_key) if session_key else None}
    event_log.publish(type=event_types.ACCESS_CHANGED, channels=inbox.channel_of(user_id), data=data, now=now)


def session_digest(session_key: str) -> str:
    """A name for the session that cannot be used to enter it; the log must not hold keys."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def connect_to_authentication() -> None:
    """Django announces a logout and a changed account only by signals."""
    user_logged_out.connect(_ended_session, dispatch_uid="notifications.access.logout")
    post_save.connect(_changed_account, sender=get_user_model(), dispatch_uid="notifications.access.account")


def _ended_session(*, request: HttpRequest, user: AbstractBaseUser | None, **_: Any) -> None:
    # Sent before the session is deleted, so checking the session again would be too early: it is named instead.
    if user is not None and user.pk is not None and request.session.session_key:
        review(user_id=user.pk, now=timezone.now(), session_key=request.session.session_key)


def _changed_account(*, instance: AbstractBaseUser, created: bool, raw: bool, **options: Any) -> None:
    only_login_time = set(options.get("update_fields") or ()) == {"last_login"}
    if not created and not raw and not only_login_time:
        review(user_id=instance.pk, now=timezone.now())
