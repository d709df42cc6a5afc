"""Positions follow the order of commits.

SQLite has one writer, so the order of inserts is the order of commits. PostgreSQL has many: a number taken at the insert
may become visible after a higher one, and a reader that has passed it never comes back. There a deferred constraint
trigger numbers the row at COMMIT, under a lock that PostgreSQL releases only after the commit is visible. The same trigger
tells listeners to look; equal notifications of one transaction are sent once.

SQLite drops triggers when Django rebuilds a table: a later migration that alters Event must run `create` again.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    """
    CREATE TRIGGER notifications_event_number AFTER INSERT ON notifications_event
    BEGIN UPDATE notifications_event SET position = NEW.id WHERE id = NEW.id; END
    """
]
POSTGRESQL = [
    "CREATE SEQUENCE notifications_event_position",
    # The lock's number is any constant that no other advisory lock of this database uses.
    """
    CREATE FUNCTION notifications_number_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(7205759403792794);
        UPDATE notifications_event SET position = nextval('notifications_event_position') WHERE id = NEW.id;
        PERFORM pg_notify('notifications_event', '');
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER notifications_event_number AFTER INSERT ON notifications_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION notifications_number_event()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER notifications_event_number ON notifications_event",
    "DROP FUNCTION notifications_number_event()",
    "DROP SEQUENCE notifications_event_position",
]


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    sqlite_back = ["DROP TRIGGER notifications_event_number"]
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else sqlite_back:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
