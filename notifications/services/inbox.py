"""Each person's inbox: who is told what, and what has been read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from notifications.models import Notification
from notifications.services import event_log, preferences
from notifications.wire import event_types

NOWHERE = ("", "/")
"""Addresses that are about nothing in particular."""


class NotificationNotYours(Exception):
    """The entry lies in somebody else's inbox."""


def unread_count(user: User | AnonymousUser) -> int:
    """Number of unread entries of the person's inbox; 0 without a person."""
    return Notification.objects.of(user).unread().count() if user.is_authenticated else 0


@transaction.atomic
def notify(
    *,
    users: Iterable[User],
    kind: str,
    title: str,
    body: str,
    url: str,
    by: User | None,
    now: datetime,
    time_zone: str = "UTC",
    place: str = "",
    dedupe_key: str | None = None,
) -> list[Notification]:
    """The entries made, one for each of `users`, with an event to each of them; `time_zone` is what they are told in.

    Who has muted the kind gets none, unless it concerns safety; nor does who already has an entry of this dedupe key.
    `by` None stands for the system.
    """
    told = _without_entry(list(users), dedupe_key)
    wanted = preferences.deliveries(told, kind)
    entries = Notification.objects.bulk_create(
        [
            Notification(
                user=user,
                kind=kind,
                title=title,
                body=body,
                url=url,
                actor=by,
                created_at=now,
                time_zone=time_zone,
                place=place,
                dedupe_key=dedupe_key,
            )
            for user in told
            if wanted[user.pk] != preferences.Delivery.MUTED
        ]
    )
    created = [
        event_log.LogEntry(event_types.NOTIFICATION_CREATED, channel_of(e.user_id), _payload(e, wanted))
        for e in entries
    ]
    if created:
        event_log.publish_all(entries=created, now=now)
    return entries


@transaction.atomic
def mark_read(*, by: User, notification: Notification, now: datetime) -> Notification:
    """The entry, read. One that was read before keeps its time and causes no event.

    Raises NotificationNotYours.
    """
    if notification.user_id != by.pk:
        raise NotificationNotYours("This notification belongs to somebody else.")
    if Notification.objects.of(by).unread().filter(pk=notification.pk).update(read_at=now):
        _tell_read(by, notification.pk, now)
    notification.refresh_from_db()
    return notification


@transaction.atomic
def mark_about_read(*, by: User, notification: Notification, now: datetime) -> None:
    """Marks the entry and the person's others that lead to the same page as read. Raises NotificationNotYours."""
    mark_read(by=by, notification=notification, now=now)
    about = Notification.objects.of(by).unread().filter(url=notification.url).exclude(url__in=NOWHERE)
    for one in about:
        mark_read(by=by, notification=one, now=now)


@transaction.atomic
def mark_all_read(*, by: User, now: datetime) -> int:
    """Number of entries newly marked as read."""
    changed = Notification.objects.of(by).unread().update(read_at=now)
    if changed:
        _tell_read(by, None, now)
    return changed


def channel_of(user_id: object) -> str:
    """The channel on which a person's own events travel."""
    return f"user:{user_id}"


def _without_entry(users: list[User], dedupe_key: str | None) -> list[User]:
    users = list({user.pk: user for user in users}.values())
    if dedupe_key is None:
        return users
    have = set(Notification.objects.filter(dedupe_key=dedupe_key, user__in=users).values_list("user_id", flat=True))
    return [user for user in users if user.pk not in have]


def _payload(entry: Notification, wanted: Mapping[int, str]) -> Mapping[str, Any]:
    actor = entry.actor
    return {
        "user": entry.user_id,
        "notification": entry.pk,
        "kind": entry.kind,
        "title": entry.title,
        "body": entry.body,
        "url": entry.url,
        "actor": (actor.get_full_name() or actor.get_username()) if actor else None,
        "created_at": entry.created_at,
        "toast": wanted[entry.user_id] == preferences.Delivery.TOAST,
    }


def _tell_read(by: User, notification_id: int | None, now: datetime) -> None:
    data = {"user": by.pk, "notification": notification_id}
    event_log.publish(type=event_types.NOTIFICATION_READ, channels=channel_of(by.pk), data=data, now=now)
