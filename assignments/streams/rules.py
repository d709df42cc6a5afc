"""Read rules of the domain's channels, their credentials, and the end of a channel."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from assignments import models
from assignments.services.records import events, file_events, note_events, source_events, worker_events
from notifications.streams.fanout import channels, finite, pages, viewers
from notifications.streams.fanout.frames import Frame

EVENTS = (events, file_events, note_events, source_events, worker_events)
"""Modules whose events are in the catalogue of each process."""
API_TOKEN = "api-token"  # noqa: S105 - the kind of a credential, none itself


def register() -> None:
    """To be called once, when the app registry is ready."""
    channels.register_policy("district", members_of_district)
    channels.register_policy("run", members_of_runs_district)
    finite.register_end("run", is_last)
    viewers.register_credential(API_TOKEN, token_may_read)


def members_of_district(users: Collection[AbstractBaseUser], key: str) -> Collection[Any]:
    """Users who are members of the district; a key that is no number is nobody's district."""
    if not pages.is_id(key):
        return ()
    return _members(users, models.Membership.objects.filter(district=int(key)))


def members_of_runs_district(users: Collection[AbstractBaseUser], key: str) -> Collection[Any]:
    """Users who are members of the run's district; a key that is no UUID is nobody's run."""
    try:
        run_id = UUID(key)
    except ValueError:
        return ()
    return _members(users, models.Membership.objects.filter(district__runs=run_id))


def _members(users: Collection[AbstractBaseUser], memberships: QuerySet[models.Membership]) -> Collection[Any]:
    return set(memberships.filter(user__in=[user.pk for user in users]).values_list("user_id", flat=True))


def token_may_read(token_id: str) -> bool:
    """Whether the API token is neither revoked nor expired, and may read."""
    scopes = models.ApiToken.objects.valid(timezone.now()).filter(pk=token_id).values_list("scopes", flat=True).first()
    return scopes is not None and models.ApiToken.Scope.READ in scopes


def is_last(frame: Frame) -> bool:
    """Whether the run has ended with this event."""
    return frame.type == events.RUN_CHANGED.name and frame.data["status"] not in models.SuggestionRun.UNDER_WAY
