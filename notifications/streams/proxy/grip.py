"""The GRIP proxy (Pushpin) that may hold the readers' connections: whether there is one, and how it is spoken to.

An event travels on one GRIP channel per flavour, chained by the ids of the events: a proxy that finds a link of the
chain missing asks us by the next link instead of going on. Control channels carry no ids: through them a user, a
session or a whole epoch is sent away or has its rights looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest

from notifications.streams.fanout import limits
from notifications.streams.fanout.frames import Flavour
from notifications.wire import event_ids, sse

BEAT = sse.comment("still here")
# Control channels of each hold: the user, the epoch, the turn, and the session if there is one.
_CONTROL_CHANNELS = 4
# Seconds after which the proxy asks by itself, should nobody have it ask. It asks for no more than ten streams a second
# then, all in all, and tells those that wait for it nothing meanwhile.
_UNASKED = 60


def is_configured() -> bool:
    """Whether this installation has a GRIP proxy."""
    return bool(getattr(settings, "GRIP_CONTROL", None))


def is_proxied(request: HttpRequest) -> bool:
    """Whether the request came through the proxy, proved by its signature."""
    grip = getattr(request, "grip", None)
    return is_configured() and grip is not None and bool(grip.proxied and grip.signed)


def fits(channels: Collection[str]) -> bool:
    """Whether one held connection may listen to so many channels; the proxy silently leaves out what is beyond."""
    return len(channels) + _CONTROL_CHANNELS <= limits.current().grip_channels


def data_channel(channel: str, flavour: Flavour) -> str:
    return f"{flavour}-{quote(channel, safe=':')}"


def user_channel(user_id: int) -> str:
    return f"control-user-{user_id}"


def session_channel(digest: str) -> str:
    return f"control-session-{digest}"


def epoch_channel(epoch: str) -> str:
    return f"control-epoch-{epoch}"


def turn_channel(second: int) -> str:
    """The channel of the streams whose turn to be reviewed comes in this second, and every `grip_link` seconds."""
    return f"control-turn-{second % max(1, round(limits.current().grip_link))}"


def event_id(epoch: str, position: int) -> str:
    """The name of a link of the chain; position 0 is the beginning of a channel without events."""
    return str(event_ids.Cursor(epoch, position))


def last_told(request: HttpRequest, channel: str, flavour: Flavour, epoch: str) -> int:
    """The position that the proxy says it told last on the channel; 0 when it says nothing of this epoch."""
    said = getattr(request, "grip").last.get(data_channel(channel, flavour), "")  # noqa: B009 - not in Django's types
    try:
        place = event_ids.parse(said)
    except event_ids.CursorUnreadable:
        return 0
    return place.position if place.epoch == epoch else 0


def hold(
    request: HttpRequest,
    *,
    epoch: str,
    last: Mapping[str, int],
    flavour: Flavour,
    control: Collection[str],
    next_link: str,
) -> None:
    """Has the proxy keep the connection of this response open, and ask `next_link` when it has to.

    `last` names the channels, each with the position of the last event that the reader has been told of it.
    """
    # Imported here: both bring an HTTP client that no installation without a proxy needs.
    import django_grip
    from gripcontrol import Channel

    bounds = limits.current()
    data = [
        Channel(data_channel(channel, flavour), prev_id=event_id(epoch, position))
        for channel, position in sorted(last.items())
    ]
    beat_after = max(1, round(bounds.heartbeat))
    django_grip.set_hold_stream(
        request, [*data, *control], keep_alive_data=BEAT.decode(), keep_alive_timeout=beat_after
    )
    getattr(request, "grip").instruct.set_next_link(next_link, _UNASKED)  # noqa: B009 - not in Django's types
