"""Record of who has signed in, who has tried to, and who has left."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model, user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from assignments.services.accounts import sessions
from assignments.services.records import auditing
from notifications.services import access
from notifications.streams.fanout import peers

NOBODY = "Nobody"
"""The actor of an attempt: whoever it was has not shown who they are."""


def connect() -> None:
    """Django announces all of these by signals, whatever way a person came."""
    user_logged_in.connect(_begun, dispatch_uid="assignments.accounts.begun")
    user_logged_out.connect(_ended, dispatch_uid="assignments.accounts.ended")
    user_login_failed.connect(_failed, dispatch_uid="assignments.accounts.failed")


def refused(*, user: Any, step: str) -> None:
    """Records that somebody who named this person did not get past a step."""
    with transaction.atomic():
        after = {"user": user.get_username(), "step": step}
        auditing.record(verb="session.refused", row=user, by=NOBODY, now=timezone.now(), after=after)


@transaction.atomic
def _begun(*, request: HttpRequest, user: Any, **_: Any) -> None:
    now = timezone.now()
    address = peers.address_of(request) if request.META else ""
    agent = request.headers.get("User-Agent", "")
    row = sessions.begin(user=user, session=request.session, address=address, agent=agent, now=now)
    how = vars(request).get("signed_on_by", "password")
    after = {"user": user.get_username(), "how": how, "session": access.session_digest(row.session_key)}
    auditing.record(verb="session.begun", row=row, by=user, now=now, after=after)


@transaction.atomic
def _ended(*, request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None and user.pk is not None:
        values = {"user": user.get_username(), "how": "signed out"}
        auditing.record(verb="session.ended", row=user, by=user, now=timezone.now(), before=values)


def _failed(*, credentials: dict[str, Any], **_: Any) -> None:
    # Of an account that does not exist no name is kept: it may be a password, typed into the wrong field.
    named = get_user_model().objects.filter(username=str(credentials.get("username", ""))[:150]).first()
    if named is not None:
        refused(user=named, step="password")
        return
    with transaction.atomic():
        made = auditing.entry(
            verb="session.refused", row=get_user_model()(), by=NOBODY, now=timezone.now(), after={"step": "name"}
        )
        made.object_id = ""
        auditing.record_all([made])
