"""A migrated database for each test process: the migrations run once for each state of them, every process copies."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import OperationalError, connection, transaction
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from tests import clock, servers

AUDIT = '"assignments_auditentry"'
AUDIT_GUARD = "audit_is_append_only_DELETE"
KEPT = {"auth_permission", "django_content_type"}
"""Tables of what the migrations wrote and nothing changes."""

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "var" / "test-databases"


@contextlib.contextmanager
def own_copy() -> Iterator[None]:
    """Django's connection leads to a new copy of the migrated database; the copy ends with the block."""
    connection.close()
    given = connection.settings_dict
    name = given["TEST"]["NAME"] or f"test_{given['NAME']}"
    with one_at_a_time():
        if connection.vendor == "sqlite":
            shutil.copy(sqlite_template(), name)
        else:
            template = _postgres_template()
            _administrate(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            _administrate(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    settings.DATABASES["default"]["NAME"] = given["NAME"] = name
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_clock())
    yield
    connection.close()
    if connection.vendor == "sqlite":
        Path(name).unlink()
    else:
        _administrate(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def prepare() -> None:
    """Migrates, so that no test has to wait for it."""
    with one_at_a_time():
        sqlite_template() if connection.vendor == "sqlite" else _postgres_template()


def empty() -> None:
    """Deletes all rows but those of KEPT, which Django would write anew after each transactional test."""
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT]
    # A server that is still running may hold one table and wait for another that is held here. One of the two is then
    # refused by PostgreSQL, and the other is soon done.
    Retrying(retry=retry_if_exception_type(OperationalError), stop=stop_after_attempt(5), reraise=True)(
        _empty_sqlite if connection.vendor == "sqlite" else _empty_postgres, tables
    )


def _empty_sqlite(tables: list[str]) -> None:
    # It deletes row by row, which the guard of the audit refuses.
    guards = import_module("assignments.migrations.0002_guards")
    statements = connection.ops.sql_flush(no_style(), tables)
    connection.ops.execute_sql_flush(
        [f"DROP TRIGGER {AUDIT_GUARD}", *statements, guards.SQLITE_AUDIT.format(event="DELETE")]
    )


def _empty_postgres(tables: list[str]) -> None:
    """By deletion where there is anything: TRUNCATE makes the files of all tables and indexes anew, 70 ms of a core."""
    names = [connection.ops.quote_name(name) for name in tables]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    with transaction.atomic(), connection.cursor() as cursor:
        # Waits for those who write, not for those who read.
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")
        cursor.execute(asked)
        for (name,) in cursor.fetchall():
            # The guard of the audit refuses any other way.
            cursor.execute(f"TRUNCATE {name}" if name == AUDIT else f"DELETE FROM {name}")


def sqlite_template() -> Path:
    """A file with every table and no row of ours, to be copied and not to be opened."""
    path = TEMPLATES / f"{_key()}.sqlite3"
    if not path.exists():
        for old in TEMPLATES.glob("*.sqlite3*"):
            old.unlink(missing_ok=True)
        unfinished = path.with_suffix(".sqlite3-unfinished")
        _migrate(f"sqlite:///{unfinished}")
        unfinished.rename(path)
    return path


def _postgres_template() -> str:
    """The name of a database with every table and no row of ours."""
    template = f"lineup_template_{_key()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'lineup_template_%'")
        there = {row[0] for row in cursor.fetchall()}
    if template not in there:
        for old in [*there, "lineup_unfinished"]:
            _administrate(f'DROP DATABASE IF EXISTS "{old}"')
        _administrate('CREATE DATABASE "lineup_unfinished"')
        _fill(_address("lineup_unfinished"))
        _administrate(f'ALTER DATABASE "lineup_unfinished" RENAME TO "{template}"')
    return template


def fill(url: str) -> None:
    """Makes every table and no row of ours in an empty database of another cluster."""
    with one_at_a_time():
        _fill(url)
    _run(f"{servers.find_postgres()}/psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={_clock()}", url)


def _clock() -> str:
    """PostgreSQL's clock goes on from the moment that the tests' clock began at, too."""
    shift = int(os.environ[clock.SHIFT]) // 1000
    body = f"SELECT clock_timestamp() + {shift} * interval '1 microsecond'"
    return f"CREATE OR REPLACE FUNCTION notifications_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $${body}$$"


def _fill(url: str) -> None:
    """Of PostgreSQL: from what an earlier migration left, which takes a twentieth of a migration."""
    programs, path = servers.find_postgres(), TEMPLATES / f"{_key()}.sql"
    if path.exists():
        _run(f"{programs}/psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={path}", url)
        return
    _migrate(url)
    for old in TEMPLATES.glob("*.sql"):
        old.unlink()
    unfinished = path.with_suffix(".unfinished")
    _run(f"{programs}/pg_dump", f"--file={unfinished}", url)
    unfinished.rename(path)


def _administrate(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def address() -> str:
    """The test database as another process names it."""
    name = connection.settings_dict["NAME"]
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else _address(name)


def _address(name: str) -> str:
    given = settings.DATABASES["default"]
    query = "&".join(f"{key}={value}" for key, value in given.get("OPTIONS", {}).items() if isinstance(value, str))
    place = f"{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    return f"postgres://{place}/{name}" + (f"?{query}" if query else "")


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    _run(*command, environment=environment)


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _key() -> str:
    """Changes with everything that decides which tables, constraints, triggers and rights there are."""
    found = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        place = Path(app.path)
        for pattern in ("apps.py", "models.py", "models/**/*.py", "migrations/*.py"):
            for source in sorted(place.glob(pattern)):
                found.update(f"{app.label}/{source.relative_to(place)}".encode() + source.read_bytes())
    return found.hexdigest()[:16]


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Held by the process that makes or copies a template of this kind of database."""
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    with (TEMPLATES / f".{connection.vendor}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
