"""Channels that come to an end: which event is the last of each, for whoever publishes without a reader's request."""

from __future__ import annotations

from notifications.streams.fanout.telling import Until

_ends: dict[str, Until] = {}


class EndTaken(ValueError):
    """Another rule says which event is the last of these channels."""


def register_end(prefix: str, is_last: Until) -> None:
    """Has streams of `<prefix>:<key>` end behind the event of which `is_last` holds. Raises EndTaken."""
    if _ends.setdefault(prefix, is_last) is not is_last:
        raise EndTaken(f"Channels {prefix}:… already have an end.")


def end_of(channel: str) -> Until | None:
    """Predicate for the last event of the channel, or None for a channel without an end."""
    return _ends.get(channel.partition(":")[0])
