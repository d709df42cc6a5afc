"""How often somebody may try to sign in, counted over all processes and before a password is hashed.

Who guesses is slowed by the account and address together; who guesses at many accounts by the address; who guesses from
many addresses by the account. So a guesser elsewhere does not soon lock out the person whose account it is.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime

from django.db.models import F

from assignments import models
from assignments.services import request_limits

WINDOW_MINUTES = 15
PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 100
PER_ACCOUNT = 100
_MOST_REMEMBERED = 10_000

_refused: dict[str, int] = {}
"""Keys without any attempt left, with the window: a flood of these writes and reads nothing."""
_lock = threading.Lock()


class TooManyAttempts(Exception):
    """No password is looked at for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts; the next one is in {seconds} s.")
        self.seconds = seconds


def begin(*, account: str, address: str, now: datetime) -> None:
    """Counts an attempt. Raises TooManyAttempts."""
    window, seconds = _window(now)
    for key, limit in _limits(account, address).items():
        if _refused.get(key) == window:
            raise TooManyAttempts(seconds)
        taken, _ = request_limits.share(caller=key, minute=window, limit=limit)
        if not taken:
            _remember(key, window)
            raise TooManyAttempts(seconds)


def succeeded(*, account: str, address: str, now: datetime) -> None:
    """Takes the attempt back: many people sign in from the address of one office."""
    window, _ = _window(now)
    together, *others = _limits(account, address)
    models.RequestCount.objects.filter(caller=together).delete()
    models.RequestCount.objects.filter(caller__in=others, minute=window, taken__gt=0).update(taken=F("taken") - 1)


def forget() -> None:
    """Drops what this process remembers, for tests that begin anew."""
    with _lock:
        _refused.clear()


def _limits(account: str, address: str) -> dict[str, int]:
    name = account.casefold()
    return {
        _key(f"{name}\n{address}"): PER_ACCOUNT_AND_ADDRESS,
        _key(f"\n{address}"): PER_ADDRESS,
        _key(f"{name}\n"): PER_ACCOUNT,
    }


def _key(about: str) -> str:
    # Of one length, and no list of the accounts that somebody typed.
    return f"sign-in:{hashlib.sha256(about.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _window(now: datetime) -> tuple[int, int]:
    """The minute at which the window began, and the seconds until the next."""
    length = WINDOW_MINUTES * 60
    number, past = divmod(int(now.timestamp()), length)
    return number * WINDOW_MINUTES, length - past


def _remember(key: str, window: int) -> None:
    with _lock:
        if len(_refused) >= _MOST_REMEMBERED:
            _refused.clear()
        _refused[key] = window
