"""The command line ends in a sentence where an operator can mend what is wrong, instead of in a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import InterfaceError, OperationalError, ProgrammingError

UNUSABLE = 1
"""The exit status, as of a command that refuses."""


def run(arguments: Sequence[str]) -> int:
    """The exit status of `manage.py` with these arguments; with `--traceback` everything is raised, as by Django."""
    try:
        execute_from_command_line(list(arguments))
    except (ImproperlyConfigured, OperationalError, InterfaceError, ProgrammingError) as error:
        if "--traceback" in arguments:
            raise
        sys.stderr.write(f"{_sentence(error)}\n")
        return UNUSABLE
    return 0


def _sentence(error: Exception) -> str:
    reason = " ".join(str(error).split())
    if isinstance(error, ImproperlyConfigured):
        return reason
    if _has_no_tables(error):
        return f"The database lacks a table or column: {reason}. Run manage.py migrate first."
    return f"The database cannot be used: {reason}. Look at DATABASE_URL, and whether the server runs."


def _has_no_tables(error: Exception) -> bool:
    words = str(error)
    return isinstance(error, ProgrammingError) or "no such table" in words or "no such column" in words
