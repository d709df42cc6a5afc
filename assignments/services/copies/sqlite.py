"""Copies of SQLite's file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from django.db import connection

from assignments.services.copies.refused import CopyRefused

TABLE = "notifications_logepoch"
"""In every database of Lineup."""


class SqliteFile:
    """The file as of one moment, without what SQLite keeps beside it."""

    @staticmethod
    def write(to: Path) -> None:
        with contextlib.closing(sqlite3.connect(_place())) as database:
            # Reads one state of it, and holds up nobody who writes meanwhile.
            database.execute("VACUUM INTO ?", [str(to)])

    @staticmethod
    def read(copy: Path) -> None:
        _refuse_what_is_none(copy)
        place = _place()
        _refuse_if_it_is_used(place)
        draft = place.with_name(f"{place.name}.restored")
        try:
            shutil.copyfile(copy, draft)
            draft.chmod(0o600)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            # What was written last to the old one must not be taken for a part of the new one.
            for beside in ("-wal", "-shm"):
                place.with_name(place.name + beside).unlink(missing_ok=True)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)


def _place() -> Path:
    return Path(connection.settings_dict["NAME"])


def _refuse_what_is_none(copy: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as database:
            found = database.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [TABLE]).fetchone()[0]
            said = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise CopyRefused(f"{copy} is no copy of an SQLite database: {error}.") from error
    if not found:
        raise CopyRefused(f"{copy} is a database of something else.")
    if said != "ok":
        raise CopyRefused(f"{copy} is damaged: {said}.")


def _refuse_if_it_is_used(place: Path) -> None:
    if not place.exists():
        return
    with contextlib.closing(sqlite3.connect(place, timeout=1)) as database:
        try:
            # Granted only to the one who has the file alone; what waits in the file beside is taken in by it.
            database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise CopyRefused(f"{place} is in use. Stop all workers and web servers first.") from error
        except sqlite3.DatabaseError:
            # Damaged, and so the reason why it is replaced.
            return
