"""Hints to other processes that the log has grown. Losing one costs latency, never an event."""

from __future__ import annotations

import functools
import logging
import time

import redis
from django.conf import settings
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# A dead Redis must not slow down every transaction: after a failure it is left alone for this many seconds.
_REST = 5.0
_rests_until = [0.0]


def channel_name() -> str:
    """The pub/sub channel of this database; Redis shares channel names across its numbered databases."""
    return f"lineup:events:{connection.settings_dict['NAME']}"


def announce_after_commit() -> None:
    """Tells listeners on Redis, if there is one, once the current transaction has committed."""
    if settings.REDIS_URL:
        transaction.on_commit(_announce, robust=True)


def nudge() -> None:
    """Has whoever listens look at its rows after the current transaction, for a change that no event tells.

    SQLite's listeners see every commit.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('notifications_event', '')")


def _announce() -> None:
    if time.monotonic() < _rests_until[0]:
        return
    try:
        _client().publish(channel_name(), b"")
    except redis.RedisError as error:
        _rests_until[0] = time.monotonic() + _REST
        logger.warning("Redis did not take the wake-up; streams find the event at their next look: %s", error)


def is_bus_up() -> bool:
    """Whether Redis answers, or none is used."""
    if not settings.REDIS_URL:
        return True
    try:
        return bool(_client().ping())
    except redis.RedisError:
        return False


def forget_client() -> None:
    """Begins anew with the Redis that the settings name."""
    _client.cache_clear()
    _rests_until[0] = 0.0


@functools.cache
def _client() -> redis.Redis:
    # One more try where the connection had been closed meanwhile; none where Redis hangs, which holds up the caller.
    retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    return redis.Redis.from_url(settings.REDIS_URL, retry=retry, socket_connect_timeout=0.3, socket_timeout=0.3)
