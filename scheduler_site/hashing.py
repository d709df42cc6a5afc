"""Passwords are hashed in a thread beside the event loop: a hash takes a processor for as long as a page does.

OpenSSL and libargon2 let go of the interpreter meanwhile, so that streams and pages of the process go on.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import gevent.monkey
import gevent.threadpool
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from prometheus_client import Counter, Gauge

Made = TypeVar("Made")

MOST_WAITING = 20
"""Of one process, who sign in at the same time: about a second of hashing."""
WAITING = Gauge("lineup_passwords_waiting", "Passwords that are looked at, or wait for it", multiprocess_mode="livesum")
REFUSED = Counter("lineup_sign_ins_refused_busy", "Sign-ins refused because too many waited")
_places = threading.BoundedSemaphore(MOST_WAITING)


class Busy(Exception):
    """Too many people are signing in at this moment."""


@contextmanager
def place() -> Iterator[None]:
    """A place among those whose password is looked at. Raises Busy."""
    if not _places.acquire(blocking=False):
        REFUSED.inc()
        raise Busy
    WAITING.inc()
    try:
        yield
    finally:
        WAITING.dec()
        _places.release()


def beside(work: Callable[..., Made], *args: Any) -> Made:
    """The work's result; in a server process from a thread of its own, one after another, while greenlets go on."""
    if not gevent.monkey.is_module_patched("threading"):
        return work(*args)
    made: Made = _pool().apply(work, args)
    return made


@functools.cache
def _pool() -> gevent.threadpool.ThreadPool:
    """Of this process, made when the first password comes: a server forks before."""
    return gevent.threadpool.ThreadPool(1)


class Argon2Beside(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes, the OWASP Password Storage Cheat Sheet's recommendation: 20 ms of a core."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return beside(super().encode, password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        return beside(super().verify, password, encoded)


class PBKDF2Beside(PBKDF2PasswordHasher):
    """Of passwords that were set before; each is hashed anew when its owner signs in."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return beside(super().encode, password, salt, iterations)
