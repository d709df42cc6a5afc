"""Refuses passwords that are known: common and guessable ones, and those of breaches, looked up without a network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

_LOOKED_AT = 72
"""Characters that are enough to judge by; zxcvbn takes no more."""
_LONGEST_LINE = 64
"""Bytes: a SHA-1 in hexadecimal digits, a colon and a count."""


class GuessableValidator:
    """Judges by zxcvbn: lists of common passwords, words, names and dates, keyboard rows, repetition, and mixtures."""

    def __init__(self, least: int = 3) -> None:
        self.least = least

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        about = ["lineup", *(str(getattr(user, name, "")) for name in ("username", "first_name", "last_name", "email"))]
        judged = zxcvbn(password[:_LOOKED_AT], user_inputs=[one for one in about if one])
        if judged["score"] < self.least:
            why = judged["feedback"]["warning"] or "It is easy to guess."
            raise ValidationError(why)

    def get_help_text(self) -> str:
        return "It must not be easy to guess: common passwords, names, dates and repetition are."


class BreachedValidator:
    """Looks in the file that `BREACHED_PASSWORDS` names: SHA-1 and count, in order, as the downloader of Have I Been
    Pwned writes it. Without a file there is nothing to look in."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        path: str = settings.BREACHED_PASSWORDS
        if not path:
            return
        try:
            found = times_breached(Path(path), password)
        except OSError as error:
            raise ValidationError(
                "The list of known passwords cannot be read at this moment. Try again later."
            ) from error
        if found:
            raise ValidationError(
                "This password is known from a breach of another site, so others try it first. Choose another."
            )

    def get_help_text(self) -> str:
        return "It must not be known from a breach of another site."


def times_breached(path: Path, password: str) -> int:
    """Times that the list has seen the password, found by halving a file of any size."""
    # Not to keep it: the list is made of these.
    wanted = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        # The line wanted, if it is there, begins in [low, high).
        while low < high:
            middle = (low + high) // 2
            line = _line_from(file, middle)
            if line[: len(wanted)].upper() < wanted and line:
                low = middle + 1
            else:
                high = middle
        line = _line_from(file, low)
    found, _, count = line.strip().partition(b":")
    return int(count or 1) if found.upper() == wanted else 0


def _line_from(file: Any, place: int) -> bytes:
    """The first line that begins at this place or behind it; empty at the end."""
    file.seek(max(0, place - 1))
    if place:
        # The rest of the line before, or its end alone.
        file.readline(_LONGEST_LINE)
    line: bytes = file.readline(_LONGEST_LINE)
    return line
