"""A database of SQLite put in the place of another under processes that have it open, by SQLite's own backup."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path


def pour(source: sqlite3.Connection, place: Path) -> None:
    with contextlib.closing(sqlite3.connect(place, timeout=20)) as target:
        source.backup(target)


def begin(beginning: Path, place: Path, addresses: Mapping[str, str]) -> None:
    """Puts Lineup's database at `place` back to `beginning`, with these addresses of the downstream systems.

    The log of events goes on where it stood, as after a trimming of all that it held. Another epoch would be right too,
    but each server process would end the streams that came before it noticed.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as draft:
        with contextlib.closing(sqlite3.connect(beginning)) as kept:
            kept.backup(draft)
        epoch, storage, head = _log(place)
        with draft:
            draft.executemany(
                "UPDATE assignments_downstreamsystem SET base_url = ? WHERE code = ?",
                [(url, code) for code, url in addresses.items()],
            )
            draft.execute("DELETE FROM notifications_logepoch")
            draft.execute("DELETE FROM notifications_event")
            draft.execute("DELETE FROM sqlite_sequence WHERE name = 'notifications_event'")
            draft.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('notifications_event', ?)", [head])
            if epoch:
                draft.execute(
                    "INSERT INTO notifications_logepoch (id, value, storage, trimmed_through) VALUES (1, ?, ?, ?)",
                    [epoch, storage, head],
                )
        pour(draft, place)


def _log(place: Path) -> tuple[str, str, int]:
    """Epoch, storage and last position of the log at `place`; empty before there is one."""
    if not place.exists():
        return "", "", 0
    with contextlib.closing(sqlite3.connect(place, timeout=20)) as database:
        epoch = database.execute("SELECT value, storage FROM notifications_logepoch").fetchone()
        head = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'notifications_event'").fetchone()
    return (*(epoch or ("", "")), head[0] if head else 0)
