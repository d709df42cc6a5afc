"""A copy is taken while Lineup runs, and put back where nobody is; readers of the old log reload."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from assignments import models
from assignments.services import beating, copies
from notifications.models import LogEpoch
from tests import databases, factories
from tests.project import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]


@pytest.fixture
def copy(tmp_path: Path, now: datetime) -> Path:
    """Of a database with one district and a log."""
    LogEpoch.objects.current()
    factories.DistrictFactory(code="NORTH", name="North of before")
    copies.back_up(to=tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Address of another database, empty."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
        return
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    databases._administrate(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    databases._administrate(f'CREATE DATABASE "{name}"')
    yield databases.address().replace(str(connection.settings_dict["NAME"]), name)
    databases._administrate(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def manage(address: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command on the database of that address."""
    environment = {**os.environ, "DEBUG": "1", "DATABASE_URL": address}
    environment["DJANGO_SETTINGS_MODULE"] = "scheduler_site.settings"
    command = [sys.executable, "manage.py", *(str(one) for one in arguments)]
    return subprocess.run(command, cwd=house.ROOT, env=environment, capture_output=True, text=True, check=False)


def seen(address: str) -> list[str]:
    """Name of the district and the log's epoch there."""
    script = (
        "from assignments.models import District; from notifications.models import LogEpoch; "
        "print(District.objects.get().name, LogEpoch.objects.get().value, sep='|')"
    )
    return manage(address, "shell", "--no-imports", "-c", script).stdout.strip().splitlines()[-1].split("|")


def test_holds_everything_for_its_owner_alone(copy: Path):
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in copy.parent.glob("copy*")] == ["copy"]


def test_is_put_back_under_another_epoch(copy: Path, elsewhere: str):
    done = manage(elsewhere, "restore", copy)

    assert done.returncode == 0, done.stderr
    name, epoch = seen(elsewhere)
    assert name == "North of before"
    assert epoch != LogEpoch.objects.get().value
    assert epoch in done.stdout


def test_what_was_there_is_replaced(copy: Path, elsewhere: str):
    manage(elsewhere, "restore", copy)
    first = seen(elsewhere)[1]
    script = "from assignments.models import District; District.objects.update(name='North of after')"
    manage(elsewhere, "shell", "--no-imports", "-c", script)

    manage(elsewhere, "restore", copy)

    name, epoch = seen(elsewhere)
    assert name == "North of before"
    assert epoch != first


def test_is_never_written_over(copy: Path):
    before = copy.read_bytes()

    with pytest.raises(CommandError, match="there already"):
        call_command("back_up", str(copy))

    assert copy.read_bytes() == before


def test_is_not_put_back_while_a_worker_runs(copy: Path):
    beating.beat(owner="one", now=timezone.now())

    with pytest.raises(CommandError, match="1 workers run"):
        call_command("restore", str(copy))


def test_is_not_put_back_while_somebody_is_connected(copy: Path):
    with somebody_connected(), pytest.raises(CommandError, match="Stop all workers and web servers"):
        call_command("restore", str(copy))

    assert models.District.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_something_else_is_not_put_back(tmp_path: Path, content: bytes, district: models.District):
    connection.close()
    (tmp_path / "other").write_bytes(content)

    with pytest.raises(CommandError):
        call_command("restore", str(tmp_path / "other"))

    assert models.District.objects.count() == 1


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(tmp_path / "none"))


@contextlib.contextmanager
def somebody_connected() -> Iterator[None]:
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
            other.execute("SELECT count(*) FROM assignments_district").fetchone()
            yield
        return
    import psycopg

    with psycopg.connect(databases.address(), autocommit=True):
        yield
