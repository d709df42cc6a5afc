"""The numbers of the streams, in one place; settings.STREAMS overrides them by name."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed


@dataclass(frozen=True)
class StreamLimits:
    # Seconds. Gateways commonly give up on a silent connection after 60.
    heartbeat: float = 15.0
    # Seconds; each stream takes a random part of `lifetime_spread` more or less, so that reconnects spread out.
    lifetime: float = 600.0
    lifetime_spread: float = 0.2
    # Seconds between two checks that everyone may still read what they read.
    review: float = 15.0
    # Seconds between two looks at the log when no wake-up came.
    fallback_poll: float = 1.0
    # Seconds between two looks at SQLite's change counter (about 4 microseconds each).
    sqlite_poll: float = 0.025
    # Seconds between two trims of the log, per process.
    trim: float = 600.0
    # Milliseconds, random per connection.
    retry_least: int = 1000
    retry_most: int = 4000
    # Streams. Below gunicorn's worker_connections (2,000), so that pages and health checks always find a place.
    per_process: int = 1600
    per_user: int = 24
    per_address: int = 800
    # Seconds that a refused reader is asked to wait.
    retry_after: int = 5
    # What one slow reader may cost before it is cut; its cursor lets it resume.
    queue_items: int = 1000
    queue_bytes: int = 1 << 20
    # Seconds at least between two renderings of an open page: shorter is not seen, and a burst becomes one.
    page_pause: float = 0.2
    # Recent events kept in memory for readers that come back.
    ring: int = 5000
    # Seconds between two questions of the GRIP proxy about each stream that it holds; 30 at most, as rights hang on it.
    grip_link: float = 25.0
    # Channels that the GRIP proxy lets one connection listen to (its connection_subscription_max).
    grip_channels: int = 20
    # Bytes of one request to the GRIP proxy, below its push_in_http_max_body_size (1,000,000).
    grip_bytes: int = 500_000
    # Peers, or networks of them, that may speak for others by X-Forwarded-For; one on a unix socket always may.
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")


@functools.cache
def current() -> StreamLimits:
    """The limits of this process."""
    return StreamLimits(**getattr(settings, "STREAMS", {}))


class LimitUnknown(ValueError):
    """There is no limit of this name, or it is no such number."""


def from_text(values: Mapping[str, str]) -> dict[str, Any]:
    """Numbers by name, as operators write them; raises LimitUnknown."""
    known = {
        name: type(value) for name, value in dataclasses.asdict(StreamLimits()).items() if name != "trusted_proxies"
    }
    found: dict[str, Any] = {}
    for name, text in values.items():
        if name not in known:
            raise LimitUnknown(f"{name!r} is none of {', '.join(sorted(known))}.")
        try:
            found[name] = known[name](text)
        except ValueError:
            raise LimitUnknown(f"{name} cannot be {text!r}.") from None
        if not 0 < found[name] < math.inf:
            raise LimitUnknown(f"{name} has to be more than 0.")
    return found


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "STREAMS":
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="notifications.streams.fanout.limits")
