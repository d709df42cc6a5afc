"""Wake-ups: sources that say "look at the log now". Each runs in a thread of its own and is restarted for ever."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Protocol

import redis
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from notifications.services import wakeups
from notifications.services.backoff import Backoff
from notifications.streams.fanout import limits

logger = logging.getLogger(__name__)

Wake = Callable[[], None]
# Seconds that a listening call may block before it looks whether it should stop.
_PATIENCE = 1.0
# Seconds after which a silent Redis is asked whether it lives, and as many again after which it is taken for dead.
_TIMEOUT = 5.0
_WAITS = Backoff(first=0.2, longest=4.0, least=0.1)
_OF_DJANGO = {"context", "cursor_factory", "prepare_threshold"}


class Silence(ConnectionError):
    """The other side neither closed the connection nor says anything."""


class Source(Protocol):
    def listen(self, wake: Wake, stopped: threading.Event) -> None:
        """Calls `wake` at every hint until stopped; raises when the connection is lost."""


class SqliteChanges:
    """SQLite's counter of commits by other connections, read from a connection that never writes."""

    def __init__(self, path: str, pause: float | None = None) -> None:
        self._path, self._pause = path, pause

    def listen(self, wake: Wake, stopped: threading.Event) -> None:
        pause = self._pause or limits.current().sqlite_poll
        database = sqlite3.connect(self._path, timeout=1.0)
        try:
            seen = None
            while not stopped.is_set():
                # A plain sleep costs half of a wait with a time-out, forty times a second.
                time.sleep(pause)
                version = database.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    wake()
        finally:
            database.close()


class PostgresNotifications:
    """LISTEN on a connection of its own, which a transaction-pooling proxy must not share."""

    def listen(self, wake: Wake, stopped: threading.Event) -> None:
        # Imported here: installations on SQLite need no PostgreSQL driver, and gunicorn patches sockets first.
        import psycopg

        # All that DATABASE_URL says (certificates, service ...) and that notices a machine which vanishes, without what
        # Django adds for itself.
        own = {key: value for key, value in connection.get_connection_params().items() if key not in _OF_DJANGO}
        with psycopg.connect(**own, autocommit=True) as listening:
            listening.execute("LISTEN notifications_event")
            # What was notified before we listened is not repeated.
            wake()
            while not stopped.is_set():
                for _ in listening.notifies(timeout=_PATIENCE, stop_after=1):
                    wake()


class RedisMessages:
    """The pub/sub channel to which every publishing process sends after its commit."""

    def __init__(self, url: str) -> None:
        self._url = url

    def listen(self, wake: Wake, stopped: threading.Event) -> None:
        # Tried again by `supervise` alone: redis-py would do it unnoticed, and not for long.
        client = redis.Redis.from_url(
            self._url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=2, socket_timeout=_TIMEOUT
        )
        with client, client.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(wakeups.channel_name())
            heard = asked = time.monotonic()
            while not stopped.is_set():
                message = subscription.get_message(timeout=_PATIENCE)
                now = time.monotonic()
                if message:
                    heard = now
                    # The acknowledgement of a subscription counts too: messages before it were lost.
                    if message["type"] != "pong":
                        wake()
                elif now - heard > 2 * _TIMEOUT:
                    raise Silence("Redis has not answered a PING.")
                elif now - max(heard, asked) > _TIMEOUT:
                    asked = now
                    subscription.ping()


def of_database(pause: float | None = None) -> list[Source]:
    """The database's own source of wake-ups; on SQLite it is asked every `pause` seconds."""
    if connection.vendor == "postgresql":
        return [PostgresNotifications()]
    if connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's wrapper
        return []
    return [SqliteChanges(str(connection.settings_dict["NAME"]), pause)]


def sources() -> list[Source]:
    """The sources that this installation has; the reader's fallback poll is always there besides them."""
    found = of_database()
    if settings.REDIS_URL:
        found.append(RedisMessages(settings.REDIS_URL))
    return found


def supervise(source: Source, wake: Wake, stopped: threading.Event) -> None:
    """Keeps the source listening until stopped; after a failure it waits 0.1 to 4 s, longer each time, at random."""
    failures = 0
    while not stopped.is_set():
        started_well = threading.Event()

        def woken(started_well: threading.Event = started_well) -> None:
            started_well.set()
            wake()

        try:
            source.listen(woken, stopped)
        except Exception as error:  # noqa: BLE001 - whatever ends a source, it has to be started again
            failures = 1 if started_well.is_set() else failures + 1
            logger.warning("%s failed and will be started again: %s", type(source).__name__, error)
            stopped.wait(_WAITS.seconds(failures))
