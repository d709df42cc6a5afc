"""This worker process: its name on leases, whether it was asked to stop, and the lines it prints."""

from __future__ import annotations

import functools
import gc
import logging
import os
import secrets
import socket
import sys
import threading
import time
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from notifications.services import database_clock
from notifications.services.backoff import Backoff

logger = logging.getLogger(__name__)

stopping = threading.Event()
_printing = threading.Lock()
_WAITS = Backoff(first=1.0, longest=30.0, least=0.1)


def is_stopping() -> bool:
    return stopping.is_set()


@functools.cache
def owner() -> str:
    """A name that no other process has, now or after a restart with the same process id."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def now() -> datetime:
    """The present by the database's clock: whatever this machine believes, it takes nothing over before its time."""
    return database_clock.now()


def say(line: str) -> None:
    """Prints one line for one thing done; where lines are JSON, as a line of the log."""
    if settings.LOG_FORMAT == "json":
        logger.info(line)
        return
    with _printing:
        sys.stdout.write(f"{timezone.now():%H:%M:%S} {line}\n")
        sys.stdout.flush()


def failed(what: str, failures: int, error: Exception) -> float:
    """Says what could not be done, and gives up the connection; the seconds until the next try, more after each
    failure in a row."""
    rest = _WAITS.seconds(failures)
    say(f"{what}, next try in {rest:.1f} s: {type(error).__name__}: {error}".replace("\n", " "))
    connection.close()
    return rest


def spare_what_is_loaded() -> None:
    """Leaves what the process has loaded out of garbage collection from now on.

    A look at all of it takes 0.1 s, often enough within a transaction for which others wait.
    """
    gc.collect()
    gc.freeze()


def let_others_write(seconds: float) -> None:
    """A pause between two of many transactions: SQLite lets writers in by chance, and who waits looks every 20 ms."""
    if connection.vendor == "sqlite":
        time.sleep(seconds)
