"""The sessions of a person: where they are logged in, since when, and ending them."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import constant_time_compare

from assignments import models
from assignments.services.records import auditing
from notifications.services import access

SINCE, ACTIVE, CONFIRMED = "since", "active", "confirmed"
"""Of a session's content, as seconds: when it began, when its person last did something, and last gave a password."""

_NOTED_EVERY = 300.0


@dataclass(frozen=True, slots=True)
class LiveSession:
    row: models.SignOn
    active_at: datetime
    is_this: bool


def begin(*, user: Any, session: Any, address: str, agent: str, now: datetime) -> models.SignOn:
    """Keeps that the person has logged in here; forgets those of their sessions that are over."""
    at = now.timestamp()
    session[SINCE] = session[ACTIVE] = session[CONFIRMED] = at
    if session.session_key is None:
        session.save()
    rows = models.SignOn.objects.filter(user=user)
    rows.exclude(session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key")).delete()
    values = {"user": user, "started_at": now, "address": address[:45], "agent": agent[:300]}
    return models.SignOn.objects.update_or_create(session_key=session.session_key, defaults=values)[0]


def renamed(*, former: str | None, key: str | None) -> None:
    """Keeps the row of a session that goes on under another key, as it does behind a changed password."""
    models.SignOn.objects.filter(session_key=former).update(session_key=key)


def note(session: MutableMapping[str, Any], *, now: datetime) -> None:
    """Keeps that its person did something, at most once in five minutes, or in a third of the limit."""
    at, every = now.timestamp(), min(_NOTED_EVERY, settings.SESSION_IDLE_MINUTES * 20)
    if ACTIVE in session and at - session[ACTIVE] >= every:
        session[ACTIVE] = at


def confirm(session: MutableMapping[str, Any], *, now: datetime) -> None:
    """Keeps that the person has just given their password again."""
    session[CONFIRMED] = now.timestamp()


def is_confirmed(session: MutableMapping[str, Any], *, now: datetime) -> bool:
    """Whether the password was given no longer than CONFIRM_MINUTES ago."""
    given: float = session.get(CONFIRMED, 0.0)
    return bool(now.timestamp() - given <= settings.CONFIRM_MINUTES * 60)


def seconds_left(content: MutableMapping[str, Any], *, now: datetime) -> float | None:
    """Seconds until the session is over by the one or the other limit; None of one that is nobody's."""
    if SINCE not in content:
        return None
    ends = min(content[SINCE] + settings.SESSION_HOURS * 3600, content[ACTIVE] + settings.SESSION_IDLE_MINUTES * 60)
    return max(0.0, float(ends) - now.timestamp())


def live(*, user: Any, key: str | None, now: datetime) -> list[LiveSession]:
    """The person's sessions that can be gone on with, this one first, then the one used last."""
    rows = {one.session_key: one for one in models.SignOn.objects.filter(user=user)}
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    found = []
    for one in Session.objects.filter(session_key__in=rows, expire_date__gt=now):
        content = store.decode(one.session_data)
        # Those of before a changed password are over, though their rows are there.
        if constant_time_compare(content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            row = rows[one.session_key]
            active = datetime.fromtimestamp(content.get(ACTIVE, row.started_at.timestamp()), UTC)
            found.append(LiveSession(row, active, row.session_key == key))
    return sorted(found, key=lambda each: (not each.is_this, -each.active_at.timestamp()))


@transaction.atomic
def end(*, rows: Sequence[models.SignOn], by: Any, now: datetime) -> int:
    """Number of the sessions ended that were still there; their open pages end at once."""
    ended = 0
    for row in rows:
        deleted, _ = Session.objects.filter(session_key=row.session_key).delete()
        ended += bool(deleted)
        access.review(user_id=row.user_id, now=now, session_key=row.session_key)
        auditing.record(verb="session.ended", row=row, by=by, now=now, before={
            "user": row.user.get_username(), "address": row.address, "since": row.started_at,
        })  # fmt: skip
        row.delete()
    return ended
