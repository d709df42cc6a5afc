"""The database is put back from a copy: readers who know of events that it has lost are told to reload."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import httpx_sse
import pytest

from tests import servers
from tests.faults import harness

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
SAY = """
    INSERT INTO notifications_event (channel, type, data, created_at)
    VALUES ('district:{district}', 'order.changed', '{{}}', {now})
"""
PRECISE = {"postgresql": "CURRENT_TIMESTAMP", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
"""Events of two logs are told apart by the moment of each, as Lineup writes it: not only by its second."""


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextlib.contextmanager
def reading(reader: harness.Reader) -> Iterator[harness.Told]:
    reader.start()
    assert reader.greeted.wait(60)
    try:
        yield reader.told
    finally:
        reader.stop()


def told_after(reader: harness.Reader, last: str) -> list[str]:
    """Events for a reader away since `last`, up to the reset or the first event."""
    told: list[str] = []
    while not told or told[-1] in ("hello", "bye"):
        headers = {"Cookie": reader.cookie, "Last-Event-ID": last}
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.Client(timeout=60) as client,
            httpx_sse.connect_sse(client, "GET", reader.address, headers=headers) as source,
        ):
            for event in source.iter_sse():
                last = event.id or last
                told.append(event.event)
                if event.event not in ("hello", "bye"):
                    break
    return told


def test_a_dump_of_postgresql_under_open_streams(tmp_path: Path) -> None:
    servers.need("postgresql")
    dump = tmp_path / "dump"
    with (
        servers.postgres_server() as postgres,
        harness.site(tmp_path, database=postgres.url, readers=1) as site,
        reading(site.readers[0]) as told,
    ):
        say = ["psql", "-d", "lineup", "-c", SAY.format(district=site.publisher.district, now=PRECISE["postgresql"])]
        for _ in range(3):
            postgres.run(*say)
        until(lambda: len(told.positions) == 3)
        dump.write_text(postgres.run("pg_dump", "lineup"))
        for _ in range(3):
            postgres.run(*say)
        until(lambda: len(told.positions) == 6)
        lost = site.readers[0].last

        postgres.run("dropdb", "--force", "lineup")
        postgres.run("createdb", "lineup")
        postgres.run("psql", "-q", "-d", "lineup", "-f", str(dump))
        # At once beyond what was told before, so that no position looks wrong.
        for _ in range(6):
            postgres.run(*say)

        until(lambda: told.resets == 1)
        before = len(told.positions)
        postgres.run(*say)
        until(lambda: len(told.positions) > before)
        assert told_after(site.readers[0], lost)[-1] == "reset"
        assert told.resets == 1, "all processes agreed on one epoch"


class Sqlite:
    """A database in a file, and a web server on it that can be started again."""

    def __init__(self, scratch: Path) -> None:
        self.file = scratch / "lineup.sqlite3"
        self.copy = scratch / "copy.sqlite3"
        self.port = servers.free_port()
        self.variables = harness.environment(database=f"sqlite:///{self.file}", redis="", port=self.port)
        self.publisher = harness.Publisher(self.variables, scratch, readers=1, pause=1)
        self.publisher.process.kill()
        self.publisher.process.communicate()

    def web(self) -> contextlib.AbstractContextManager[harness.Server]:
        return harness.web(self.variables, self.port)

    def reader(self) -> harness.Reader:
        address = f"http://127.0.0.1:{self.port}/events/?district={self.publisher.district}"
        return harness.Reader(address, self.publisher.headers.read_text().split(": ")[1].strip())

    def say(self, times: int) -> None:
        with contextlib.closing(sqlite3.connect(self.file, timeout=20)) as database:
            for _ in range(times):
                database.execute(SAY.format(district=self.publisher.district, now=PRECISE["sqlite"]))
                database.commit()

    def remembered(self) -> int:
        """The position that the server processes have written down as the last: they look once a second."""
        position: int = json.loads(self.file.with_name(f"{self.file.name}-witness").read_text())["position"]
        return position

    def back_up(self) -> None:
        self.pour(self.file, self.copy)

    @staticmethod
    def pour(source: Path, target: Path) -> None:
        with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
            old.backup(new)


@pytest.fixture
def sqlite(tmp_path: Path) -> Sqlite:
    return Sqlite(tmp_path)


def test_a_copy_of_sqlite_under_open_streams(sqlite: Sqlite) -> None:
    """By SQLite's own backup, as its shell does for `.restore`."""
    reader = sqlite.reader()
    with sqlite.web(), reading(reader) as told:
        sqlite.say(3)
        until(lambda: len(told.positions) == 3)
        sqlite.back_up()
        sqlite.say(3)
        until(lambda: len(told.positions) == 6)
        until(lambda: sqlite.remembered() == told.positions[-1])
        lost = reader.last

        sqlite.pour(sqlite.copy, sqlite.file)
        sqlite.say(6)

        until(lambda: told.resets == 1)
        assert told_after(reader, lost)[-1] == "reset"


@pytest.mark.parametrize("way", ["over the old file", pytest.param("as a new file", marks=pytest.mark.long)])
def test_a_file_of_sqlite_while_lineup_is_stopped(sqlite: Sqlite, way: str) -> None:
    reader = sqlite.reader()
    with sqlite.web(), reading(reader) as told:
        sqlite.say(3)
        until(lambda: len(told.positions) == 3)
        sqlite.back_up()
        sqlite.say(3)
        until(lambda: len(told.positions) == 6)
        until(lambda: sqlite.remembered() == told.positions[-1])
        lost = reader.last

    for beside in ("-wal", "-shm"):
        sqlite.file.with_name(sqlite.file.name + beside).unlink(missing_ok=True)
    if way == "over the old file":
        sqlite.file.write_bytes(sqlite.copy.read_bytes())
    else:
        sqlite.file.unlink()
        shutil.copy(sqlite.copy, sqlite.file)
    sqlite.say(6)

    with sqlite.web():
        assert told_after(reader, lost)[-1] == "reset"
