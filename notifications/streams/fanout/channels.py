"""Read rights of channels. Denied unless a policy allows it.

Channels are `user:<id>`, and `<prefix>:<key>` for each prefix whose app registers a policy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.module_loading import import_string

from notifications.services import inbox

type_of_user = AbstractBaseUser | AnonymousUser | None
Policy = Callable[[Collection[AbstractBaseUser], str], Collection[Any]]
_policies: dict[str, Policy] = {}


class PolicyTaken(ValueError):
    """Another policy decides about this prefix."""


def register_policy(prefix: str, policy: Policy) -> None:
    """Lets `policy(users, key)` decide who reads `<prefix>:<key>`: the primary keys of those among `users` who may.

    It sees only active users, and is asked repeatedly, about many at once: it should not query for each.
    Raises PolicyTaken.
    """
    if _policies.setdefault(prefix, policy) is not policy:
        raise PolicyTaken(f"Channels {prefix}:… already have a policy.")


def manager() -> Any:
    """The configured channel manager: the one that django-eventstream asks too."""
    return _manager(settings.EVENTSTREAM_CHANNELMANAGER_CLASS)


@functools.cache
def _manager(path: str) -> Any:
    return import_string(path)()


def can_read(user: type_of_user, channel: str) -> bool:
    """Whether the configured channel manager lets the user read the channel now."""
    return bool(manager().can_read_channel(user, channel))


def readers(users: Collection[AbstractBaseUser], channel: str) -> Collection[Any]:
    """The primary keys of those users whom the configured channel manager lets read the channel now."""
    configured = manager()
    if isinstance(configured, ChannelManager):
        return configured.readers(users, channel)
    return {user.pk for user in users if configured.can_read_channel(user, channel)}


class ChannelManager:
    """django-eventstream's contract, deny by default; our own streams ask it too.

    Not derived from the library's base class, which would load the library and its HTTP client into every process.
    """

    def get_channels_for_request(self, request: HttpRequest, view_kwargs: Mapping[str, Any]) -> set[str]:
        """The reader's own channel and the districts asked for by `?district=<id>`; nothing for nobody."""
        if not request.user.is_authenticated:
            return set()
        return {inbox.channel_of(request.user.pk), *(f"district:{key}" for key in request.GET.getlist("district"))}

    def can_read_channel(self, user: type_of_user, channel: str) -> bool:
        return isinstance(user, AbstractBaseUser) and user.pk in self.readers([user], channel)

    def readers(self, users: Collection[AbstractBaseUser], channel: str) -> Collection[Any]:
        """`can_read_channel` for many at once."""
        active = [user for user in users if user.is_active]
        prefix, _, key = channel.partition(":")
        if prefix == "user":
            return {user.pk for user in active if key == str(user.pk)}
        policy = _policies.get(prefix)
        return policy(active, key) if policy is not None and key and active else ()

    def is_channel_reliable(self, channel: str) -> bool:
        return True
