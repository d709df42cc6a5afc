"""Events that go in any other way than by `trim`, which says first how far it goes, make every older cursor invalid.

A name of an epoch has ten characters of notifications.wire.cursor: base 32, hence the translation of hexadecimal digits.

SQLite drops triggers when Django rebuilds their table, and cannot rename a table that a trigger of another one names: a
later migration that alters Event or LogEpoch must run `drop` before and `create` after (and `create` of 0002 for Event).
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    """
    CREATE TRIGGER notifications_event_lost AFTER DELETE ON notifications_event
    WHEN OLD.position > (SELECT trimmed_through FROM notifications_logepoch)
    BEGIN
        UPDATE notifications_logepoch
        SET value = replace(replace(replace(replace(lower(hex(randomblob(5))), '0', 'g'), '1', 'h'), '8', 'i'), '9', 'j');
    END
    """
]
POSTGRESQL = [
    """
    CREATE FUNCTION notifications_begin_epoch() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM 1 FROM gone, notifications_logepoch WHERE gone.position > trimmed_through LIMIT 1;
            IF NOT FOUND THEN RETURN NULL; END IF;
        END IF;
        UPDATE notifications_logepoch
        SET value = translate(substr(md5(random()::text || clock_timestamp()::text), 1, 10), '0189', 'ghij');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER notifications_event_lost AFTER DELETE ON notifications_event
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION notifications_begin_epoch()
    """,
    """
    CREATE TRIGGER notifications_event_emptied AFTER TRUNCATE ON notifications_event
    FOR EACH STATEMENT EXECUTE FUNCTION notifications_begin_epoch()
    """,
]
SQLITE_BACK = ["DROP TRIGGER notifications_event_lost"]
POSTGRESQL_BACK = [
    "DROP TRIGGER notifications_event_lost ON notifications_event",
    "DROP TRIGGER notifications_event_emptied ON notifications_event",
    "DROP FUNCTION notifications_begin_epoch()",
]


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_where_the_log_lies")]
    operations = [migrations.RunPython(create, drop)]
