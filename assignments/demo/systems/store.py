"""Storage of one simulated system, an SQLite file: records with versions, bookings with their keys."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assignments.demo.world.shapes import Size, World
from assignments.downstream.messages import RESOURCES, Record, Resource, System

PAGE = 100
"""Records on a page."""

Body = dict[str, Any]
"""A record as it travels: the fields of its message and whatever else the system knows."""

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (resource TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    resource TEXT, reference TEXT, district TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (resource, reference)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_changed ON records (resource, version);
CREATE TABLE IF NOT EXISTS bookings (
    number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, assignment TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS restorations (
    number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, "order" TEXT NOT NULL, body TEXT NOT NULL
);
"""


class OtherWorld(Exception):
    """The file holds the world of another size or seed."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking or a restoration time that the system holds."""

    number: int
    key: str
    body: Body


class Store:
    """Thread-safe: one connection under one lock, and every public method that writes is one transaction unless it is
    called inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested, the outermost counts."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def fill(self, system: System, *, size: Size, seed: int, today: date, make: Callable[..., World]) -> bool:
        """Whether this was the first start: then the file takes the system's part of the world of that day.

        Raises OtherWorld when it holds another one already.
        """
        with self.transaction():
            stored = self.fact("world")
            if stored is not None:
                if stored != f"{size} {seed}":
                    raise OtherWorld(f"{self.path} holds the world of size and seed {stored}, not {size} {seed}.")
                return False
            world = make(size=size, seed=seed, today=today)
            homes = world.district_of()
            for resource in RESOURCES[system]:
                self._insert(resource, world.records(resource), homes)
            self.remember("world", f"{size} {seed}")
            self.remember("today", today.isoformat())
        return True

    def _insert(self, resource: Resource, records: Sequence[Record], homes: dict[str, str]) -> None:
        self._db.execute("INSERT INTO versions VALUES (?, 1)", (resource,))
        rows = (
            (resource, record.reference, homes.get(record.reference, ""), record.version, record.model_dump_json())
            for record in records
        )
        self._db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)

    def fact(self, name: str) -> str | None:
        with self._lock:
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def first_day(self) -> date:
        """The day on which the world began."""
        return date.fromisoformat(self.fact("today") or "")

    def remember(self, name: str, value: object) -> None:
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, str(value)))

    def page(self, resource: Resource, *, district: str, since: int, number: int) -> Body:
        """A reading.Page. In order of reference, which never changes: a record that changes while its collection is
        read may come twice, none is passed over."""
        where = "resource = ? AND version > ? AND (? = '' OR district IN (?, ''))"
        with self._lock:
            rows = self._db.execute(
                f"SELECT body FROM records WHERE {where} ORDER BY reference LIMIT ? OFFSET ?",  # noqa: S608
                (resource, since, district, district, PAGE + 1, (number - 1) * PAGE),
            ).fetchall()
            version = self.version(resource)
        return {
            "items": [json.loads(row[0]) for row in rows[:PAGE]],
            "next": number + 1 if len(rows) > PAGE else None,
            "version": version,
        }

    def version(self, resource: Resource) -> int:
        with self._lock:
            row = self._db.execute("SELECT version FROM versions WHERE resource = ?", (resource,)).fetchone()
        return int(row[0])

    def get(self, resource: Resource, reference: str) -> Body | None:
        with self._lock:
            row = self._db.execute(
                "SELECT body FROM records WHERE resource = ? AND reference = ?", (resource, reference)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, resource: Resource) -> list[Body]:
        with self._lock:
            rows = self._db.execute("SELECT body FROM records WHERE resource = ? ORDER BY reference", (resource,))
            return [json.loads(row[0]) for row in rows]

    def put(self, resource: Resource, body: Body, *, district: str | None = None) -> int:
        """The new version: the record is stored under it. `district` is needed for a record that is new."""
        with self.transaction():
            version = self.version(resource) + 1
            body = {**body, "version": version}
            self._db.execute(
                "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5) "
                "ON CONFLICT (resource, reference) DO UPDATE SET version = ?4, body = ?5",
                (resource, body["reference"], district or "", version, json.dumps(body)),
            )
            self._db.execute("UPDATE versions SET version = ? WHERE resource = ?", (version, resource))
        return version

    def booking(self, key: str) -> Booked | None:
        with self._lock:
            row = self._db.execute("SELECT number, key, body FROM bookings WHERE key = ?", (key,)).fetchone()
        return None if row is None else Booked(int(row[0]), str(row[1]), json.loads(row[2]))

    def add_booking(self, key: str, body: Body) -> Booked:
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO bookings (key, assignment, body) VALUES (?, ?, ?)",
                (key, body["assignment"], json.dumps(body)),
            )
        return Booked(int(cursor.lastrowid or 0), key, body)

    def bookings(self, assignment: str = "") -> list[Booked]:
        """In the order in which they came; all, or those of one assignment."""
        with self._lock:
            rows = self._db.execute(
                "SELECT number, key, body FROM bookings WHERE ?1 = '' OR assignment = ?1 ORDER BY number", (assignment,)
            )
            return [Booked(int(number), str(key), json.loads(body)) for number, key, body in rows]

    def restoration(self, key: str) -> Booked | None:
        with self._lock:
            row = self._db.execute("SELECT number, key, body FROM restorations WHERE key = ?", (key,)).fetchone()
        return None if row is None else Booked(int(row[0]), str(row[1]), json.loads(row[2]))

    def add_restoration(self, key: str, body: Body) -> Booked:
        with self.transaction():
            cursor = self._db.execute(
                'INSERT INTO restorations (key, "order", body) VALUES (?, ?, ?)', (key, body["order"], json.dumps(body))
            )
        return Booked(int(cursor.lastrowid or 0), key, body)

    def restorations(self, order: str = "") -> list[Booked]:
        """In the order in which they came; all, or those of one order."""
        with self._lock:
            rows = self._db.execute(
                "SELECT number, key, body FROM restorations WHERE ?1 = '' OR \"order\" = ?1 ORDER BY number", (order,)
            )
            return [Booked(int(number), str(key), json.loads(body)) for number, key, body in rows]
