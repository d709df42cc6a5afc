"""Copies of a PostgreSQL database by its own pg_dump and pg_restore, which have to be at least as new as the server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg.conninfo
from django.db import connection

from assignments.services.copies.refused import CopyRefused

_OF_DJANGO = {"context", "cursor_factory", "prepare_threshold", "options", "password", "client_encoding"}


class PostgresDump:
    """A dump in pg_dump's own format."""

    @staticmethod
    def write(to: Path) -> None:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")

    @staticmethod
    def read(copy: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            others = cursor.fetchone()[0]
        connection.close()
        if others:
            raise CopyRefused(f"{others} others are connected to the database. Stop all workers and web servers first.")
        # All or nothing: where something cannot be put back, everything is as it was.
        _run(
            "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
            "--exit-on-error", str(copy),
        )  # fmt: skip


def _run(program: str, *arguments: str) -> None:
    given = connection.get_connection_params()
    own = {key: value for key, value in given.items() if key not in _OF_DJANGO}
    # Not among the arguments, which everybody on the machine can read.
    environment = os.environ | ({"PGPASSWORD": str(given["password"])} if given.get("password") else {})
    command = [program, "--no-password", f"--dbname={psycopg.conninfo.make_conninfo('', **own)}", *arguments]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CopyRefused(f"{program} is not installed here (Debian: apt-get install postgresql-client).") from error
    if done.returncode:
        raise CopyRefused(f"{program} could not do it: {' '.join(done.stderr.split())[-500:]}")
