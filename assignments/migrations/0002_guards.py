"""Invariants held by the database itself.

`no_crew_in_two_places`: live assignments of a crew do not overlap, travel included. PostgreSQL has exclusion constraints
for this; SQLite gets triggers with the same name and effect (both raise IntegrityError).
`audit_is_append_only`: an audit entry is never changed or deleted.

SQLite drops a table's triggers when a later migration rebuilds it: such a migration must call `guard` again, and
tests/models/test_guards.py fails when it does not.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LIVE = "('TENTATIVE', 'APPROVED', 'CONFIRMED', 'DISPATCHED')"

SQLITE_OVERLAP = """
CREATE TRIGGER no_crew_in_two_places_{event} BEFORE {event} ON assignments_assignment
WHEN NEW.status IN {live} AND EXISTS (
    SELECT 1 FROM assignments_assignment AS other
    WHERE other.crew_id = NEW.crew_id AND other.id <> NEW.id AND other.status IN {live}
      AND other.departs_at < NEW.ends_at AND other.ends_at > NEW.departs_at)
BEGIN SELECT RAISE(ABORT, 'no_crew_in_two_places'); END
"""
SQLITE_AUDIT = """
CREATE TRIGGER audit_is_append_only_{event} BEFORE {event} ON assignments_auditentry
BEGIN SELECT RAISE(ABORT, 'audit_is_append_only'); END
"""
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    f"""
    ALTER TABLE assignments_assignment ADD CONSTRAINT no_crew_in_two_places
    EXCLUDE USING gist (crew_id WITH =, tstzrange(departs_at, ends_at, '[)') WITH &&) WHERE (status IN {LIVE})
    """,
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit_is_append_only' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON assignments_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
)
SQLITE = (
    *(SQLITE_OVERLAP.format(event=event, live=LIVE) for event in ("INSERT", "UPDATE")),
    *(SQLITE_AUDIT.format(event=event) for event in ("UPDATE", "DELETE")),
)
UNDO_POSTGRESQL = (
    "DROP TRIGGER audit_is_append_only ON assignments_auditentry",
    "DROP FUNCTION audit_is_append_only()",
    "ALTER TABLE assignments_assignment DROP CONSTRAINT no_crew_in_two_places",
)
UNDO_SQLITE = (
    *(f"DROP TRIGGER no_crew_in_two_places_{event}" for event in ("INSERT", "UPDATE")),
    *(f"DROP TRIGGER audit_is_append_only_{event}" for event in ("UPDATE", "DELETE")),
)


def guard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def unguard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO_POSTGRESQL if editor.connection.vendor == "postgresql" else UNDO_SQLITE:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
