"""This worker process: its name on leases, whether it was asked to stop, and the lines it prints."""

from __future__ import annotations

import functools
import os
import secrets
import socket
import sys
import threading
import time
from datetime import datetime

from django.db import connection
from django.utils import timezone

stopping = threading.Event()
_printing = threading.Lock()


def is_stopping() -> bool:
    return stopping.is_set()


@functools.cache
def owner() -> str:
    """A name that no other process has, now or after a restart with the same process id."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def now() -> datetime:
    return timezone.now()


def say(line: str) -> None:
    """Prints one line for one thing done."""
    with _printing:
        sys.stdout.write(f"{now():%H:%M:%S} {line}\n")
        sys.stdout.flush()


def let_others_write(seconds: float) -> None:
    """A pause between two of many transactions: SQLite lets writers in by chance, and who waits looks every 20 ms."""
    if connection.vendor == "sqlite":
        time.sleep(seconds)
