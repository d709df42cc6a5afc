"""The database itself: whether it can be reached, has this release's tables, and keeps what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from assignments.services.examining.ailment import Ailment
from notifications.services import database_clock

SILENT_SECONDS = 60
FEW_CONNECTIONS = 0.9
APART_SECONDS = 2.0


def unreachable(_now: datetime) -> Iterator[Ailment]:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        yield Ailment("database", f"It cannot be reached: {reason}.", "Start its server, or correct DATABASE_URL.")


def missing_tables(_now: datetime) -> Iterator[Ailment]:
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        first = missing[0][0]
        yield Ailment(
            "database", f"{len(missing)} migrations of this release were not applied, the first of them {first}.",
            "Run manage.py migrate.",
        )  # fmt: skip


def newer_tables(_now: datetime) -> Iterator[Ailment]:
    loader = MigrationExecutor(connection).loader
    ours = {app for app, _ in loader.disk_migrations}
    unknown = sorted({key for key in loader.applied_migrations if key[0] in ours} - loader.disk_migrations.keys())
    if unknown:
        yield Ailment(
            "database", f"A newer release has changed it: {'.'.join(unknown[-1])} is unknown here.",
            "Install that release on this machine too, and restart Lineup.",
        )  # fmt: skip


def lossy_commits(_now: datetime) -> Iterator[Ailment]:
    if connection.vendor == "postgresql" and _ask("SHOW synchronous_commit") == "off":
        yield Ailment(
            "database", "synchronous_commit is off: a crash takes back decisions that people were shown.",
            "ALTER DATABASE … SET synchronous_commit = on, and restart Lineup.",
        )  # fmt: skip


def silent_sessions(_now: datetime) -> Iterator[Ailment]:
    if connection.vendor != "postgresql":
        return
    count = _ask(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND state LIKE 'idle in transaction%%' AND state_change < clock_timestamp() - make_interval(secs => %s)",
        SILENT_SECONDS,
    )
    if count:
        yield Ailment(
            "database", f"{count} sessions have said nothing in the middle of a transaction for over a minute; "
            "others wait for the rows that they hold.",
            "Find them in pg_stat_activity and end them; see “Nobody waits for ever” in docs/deploy.md.",
        )  # fmt: skip


def scarce_connections(_now: datetime) -> Iterator[Ailment]:
    if connection.vendor != "postgresql":
        return
    used, most = int(_ask("SELECT count(*) FROM pg_stat_activity")), int(_ask("SHOW max_connections"))
    if used > FEW_CONNECTIONS * most:
        yield Ailment(
            "database", f"{used} of its {most} connections are in use.",
            "Raise max_connections, or lower DATABASE_POOL or the number of processes.",
        )  # fmt: skip


def other_clock(_now: datetime) -> Iterator[Ailment]:
    apart = (database_clock.now() - timezone.now()).total_seconds()
    if abs(apart) > APART_SECONDS:
        way = "behind" if apart > 0 else "ahead of"
        yield Ailment(
            "clock", f"This machine's clock is {abs(apart):.0f} s {way} the database's.",
            "Let both follow the same time server (chrony, or systemd-timesyncd).",
        )  # fmt: skip


def _ask(statement: str, *values: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchone()[0]
