"""`updated_at` of the tables that integrations follow: set by the database with every write, also of many rows at once.

Most writes are statements about many rows, past `save`, so a trigger sets the time. Triggers are
made after every `migrate` in which they are missing: SQLite drops those of a table that a migration rebuilds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate

MODELS = (
    "WorkOrder", "Permit", "Employee", "Crew", "Shift", "Absence", "Equipment", "Assignment", "Suggestion",
    "SuggestionRun", "WriteBack",
)  # fmt: skip

# Written as Django writes times, so that they compare. A trigger of SQLite does not fire for its own statement.
_SQLITE = """
    CREATE TRIGGER IF NOT EXISTS {table}_stamp_{event} AFTER {event} ON {table} BEGIN
    UPDATE {table} SET updated_at = strftime('%Y-%m-%d %H:%M:%f000', 'now') WHERE id = NEW.id; END
"""
_POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION assignments_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$
"""
_POSTGRESQL = """
    CREATE TRIGGER {table}_stamp BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION assignments_stamp()
"""


def connect() -> None:
    """To be called once, when the app registry is ready."""
    post_migrate.connect(_after_migrate, sender=apps.get_app_config("assignments"), dispatch_uid="assignments.stamps")


def _after_migrate(using: str, plan: Any = (), **_: Any) -> None:
    connection = connections[using]
    ensure(connection, [table for table in tables() if _has_column(connection, table)])


def tables(names: Iterable[str] = MODELS) -> list[str]:
    return [apps.get_model("assignments", name)._meta.db_table for name in names]


def ensure(connection: BaseDatabaseWrapper, stamped: Sequence[str]) -> None:
    """Makes the triggers that are missing of these tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in stamped:
                for event in ("INSERT", "UPDATE"):
                    cursor.execute(_SQLITE.format(table=table, event=event), None)
            return
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        there = {name for (name,) in cursor.fetchall()}
        missing = [table for table in stamped if f"{table}_stamp" not in there]
        if missing:
            cursor.execute(_POSTGRESQL_FUNCTION)
        for table in missing:
            cursor.execute(_POSTGRESQL.format(table=table))


def drop(connection: BaseDatabaseWrapper, names: Iterable[str]) -> None:
    """Drops the triggers of these models, for a migration that takes the columns away."""
    with connection.cursor() as cursor:
        for table in tables(names):
            if connection.vendor == "sqlite":
                for event in ("INSERT", "UPDATE"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_stamp_{event}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_stamp ON {table}")


def _has_column(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the table is as new as its column; a migration back to an older schema leaves it out."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        columns = connection.introspection.get_table_description(cursor, table)
        return any(column.name == "updated_at" for column in columns)
