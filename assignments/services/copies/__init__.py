"""Copies of the whole database, taken while Lineup runs and put back while it does not."""

from __future__ import annotations

from pathlib import Path

from django.db import DatabaseError, connection

from assignments.queries import workers
from assignments.services.copies import postgresql, sqlite
from assignments.services.copies.refused import CopyRefused

__all__ = ["CopyRefused", "back_up", "put_back"]


def back_up(*, to: Path) -> int:
    """Writes a copy as of one moment, for its owner alone; its bytes. Raises CopyRefused."""
    if to.exists():
        raise CopyRefused(f"{to} is there already; copies are not written over.")
    draft = to.with_name(f"{to.name}.unfinished")
    draft.unlink(missing_ok=True)
    try:
        _kind().write(draft)
        draft.chmod(0o600)
        draft.rename(to)
    except OSError as error:
        raise CopyRefused(f"{to} cannot be written: {error}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return to.stat().st_size


def put_back(*, copy: Path) -> None:
    """Puts the copy in the place of the database. Raises CopyRefused, with everything as it was.

    The caller has to migrate afterwards, and to begin another epoch of the log: positions that readers know mean
    something else from now on.
    """
    if not copy.is_file():
        raise CopyRefused(f"There is no file {copy}.")
    if count := _running_workers():
        raise CopyRefused(f"{count} workers run. Stop all workers and web servers first.")
    connection.close()
    _kind().read(copy)


def _running_workers() -> int:
    try:
        return workers.seen().running
    except DatabaseError:
        # A new database, without tables yet.
        return 0


def _kind() -> type[sqlite.SqliteFile] | type[postgresql.PostgresDump]:
    return sqlite.SqliteFile if connection.vendor == "sqlite" else postgresql.PostgresDump
