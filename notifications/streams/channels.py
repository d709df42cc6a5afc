"""Who may read which channel. Nobody may, unless a policy says so.

Channels are `user:<id>`, and `<prefix>:<key>` for each prefix whose app registers a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_eventstream.channelmanager import ChannelManagerBase
from django_eventstream.utils import get_channelmanager

from notifications.services import inbox

type_of_user = AbstractBaseUser | AnonymousUser | None
Policy = Callable[[AbstractBaseUser, str], bool]
_policies: dict[str, Policy] = {}


class PolicyTaken(ValueError):
    """Another policy decides about this prefix."""


def register_policy(prefix: str, policy: Policy) -> None:
    """Lets `policy(user, key)` decide who reads `<prefix>:<key>`; it sees only active users, and is asked repeatedly.

    Raises PolicyTaken.
    """
    if _policies.setdefault(prefix, policy) is not policy:
        raise PolicyTaken(f"Channels {prefix}:… already have a policy.")


def can_read(user: type_of_user, channel: str) -> bool:
    """Whether the configured channel manager lets the user read the channel now."""
    return bool(get_channelmanager().can_read_channel(user, channel))


class ChannelManager(ChannelManagerBase):  # type: ignore[misc]  # django-eventstream has no types
    """The contract of django-eventstream, deny by default; the only judge of our own streams too."""

    def get_channels_for_request(self, request: HttpRequest, view_kwargs: Mapping[str, Any]) -> set[str]:
        """The reader's own channel and the districts asked for by `?district=<id>`; nothing for nobody."""
        if not request.user.is_authenticated:
            return set()
        return {inbox.channel_of(request.user.pk), *(f"district:{key}" for key in request.GET.getlist("district"))}

    def can_read_channel(self, user: type_of_user, channel: str) -> bool:
        if user is None or not user.is_authenticated or not user.is_active:
            return False
        prefix, _, key = channel.partition(":")
        if prefix == "user":
            return key == str(user.pk)
        policy = _policies.get(prefix)
        return policy is not None and bool(key) and policy(user, key)

    def is_channel_reliable(self, channel: str) -> bool:
        return True
