"""Secrets by the names of environment variables: their values stand in no row, no file of settings and no log."""

from __future__ import annotations

import os
import re
from pathlib import Path

from assignments.downstream.trouble import SystemUnavailable

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PREFIX = "LINEUP_SECRET_"
"""Of every variable that may be read: else who sets up a system could have the server's own secrets sent somewhere."""
_FILE = "_FILE"


def read(name: str, what: str = "its secret") -> str:
    """The value of the variable, else what the file holds that `NAME_FILE` names; a name may end so itself.

    Raises SystemUnavailable, which names the variable, when there is none or no header can carry it.
    """
    # A file's trailing newline is no part of a secret.
    value = given(name).strip()
    if not value:
        raise _unusable(f"{what} is missing: {name} is not set where the worker runs")
    if not value.isascii() or not value.isprintable():
        raise _unusable(f"{what} cannot be sent: {name} has a character that no header can carry")
    return value


def given(name: str) -> str:
    """The value as it is, empty without one. Raises SystemUnavailable for another name, or a file that is not read."""
    if not name.startswith(PREFIX):
        raise _unusable(f"{name} is no secret for systems: name the variable {PREFIX}… where the worker runs")
    if not name.endswith(_FILE) and (value := os.environ.get(name, "")):
        return value
    file = os.environ.get(name if name.endswith(_FILE) else name + _FILE, "")
    if not file:
        return ""
    try:
        return Path(file).read_text()
    except (OSError, UnicodeError) as error:
        raise _unusable(f"the file that {name} names cannot be read: {type(error).__name__}") from error


def _unusable(detail: str) -> SystemUnavailable:
    return SystemUnavailable(detail, is_sent=False, permanent=True)
