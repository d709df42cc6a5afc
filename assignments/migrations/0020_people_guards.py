"""Nobody is in two crews' work at once, in the database itself.

`nobody_in_two_crews`: when an assignment becomes live or moves, no other crew that shares a person with its crew is at
work at the same time, travel left aside. A person counts for work for all of which their membership holds and no
absence stands against them. A trigger on PostgreSQL and SQLite alike; both raise IntegrityError. It looks at nothing
but the assignment that is written: who joins a second crew later makes decisions red, and these can still be moved on.

On PostgreSQL two transactions do not see each other's rows: each takes a lock for every person of several crews, in
order of id, before it looks.

SQLite drops a table's triggers when a migration rebuilds it: such a migration must call `guard` again, and
tests/models/test_guards.py fails when it does not.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LIVE = import_module("assignments.migrations.0002_guards").LIVE

IN_BOTH = f"""
    SELECT 1 FROM assignments_crewmembership AS here
    JOIN assignments_employee AS person ON person.id = here.employee_id AND person.active
    JOIN assignments_crewmembership AS there ON there.employee_id = here.employee_id AND there.crew_id <> here.crew_id
    JOIN assignments_assignment AS other ON other.crew_id = there.crew_id
    WHERE here.crew_id = NEW.crew_id AND other.id <> NEW.id AND other.status IN {LIVE}
      AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
      AND here.starts_at <= NEW.starts_at AND (here.ends_at IS NULL OR here.ends_at >= NEW.ends_at)
      AND there.starts_at <= other.starts_at AND (there.ends_at IS NULL OR there.ends_at >= other.ends_at)
      AND NOT EXISTS (
        SELECT 1 FROM assignments_absence AS away WHERE away.employee_id = here.employee_id AND NOT away.cancelled
          AND ((away.starts_at < NEW.ends_at AND away.ends_at > NEW.starts_at)
            OR (away.starts_at < other.ends_at AND away.ends_at > other.starts_at)))
"""  # noqa: S608 - a constant
MOVED = f"""
    OLD.status NOT IN {LIVE} OR OLD.crew_id <> NEW.crew_id
    OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at
"""
SQLITE = tuple(
    f"""
    CREATE TRIGGER nobody_in_two_crews_{event} BEFORE {event} ON assignments_assignment
    WHEN NEW.status IN {LIVE} AND ({when}) AND EXISTS ({IN_BOTH})
    BEGIN SELECT RAISE(ABORT, 'nobody_in_two_crews'); END
    """
    for event, when in (("INSERT", "TRUE"), ("UPDATE", MOVED))
)
POSTGRESQL = (
    f"""
    CREATE FUNCTION nobody_in_two_crews() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(20261129, (shared.person % 2147483647)::int) FROM (
            SELECT DISTINCT here.employee_id AS person FROM assignments_crewmembership AS here
            JOIN assignments_crewmembership AS there
              ON there.employee_id = here.employee_id AND there.crew_id <> here.crew_id
            WHERE here.crew_id = NEW.crew_id ORDER BY 1) AS shared;
        IF EXISTS ({IN_BOTH}) THEN
            RAISE EXCEPTION 'nobody_in_two_crews' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,  # noqa: S608 - a constant
    f"""
    CREATE TRIGGER nobody_in_two_crews_insert BEFORE INSERT ON assignments_assignment
    FOR EACH ROW WHEN (NEW.status IN {LIVE}) EXECUTE FUNCTION nobody_in_two_crews()
    """,
    f"""
    CREATE TRIGGER nobody_in_two_crews_update BEFORE UPDATE ON assignments_assignment
    FOR EACH ROW WHEN (NEW.status IN {LIVE} AND ({MOVED})) EXECUTE FUNCTION nobody_in_two_crews()
    """,
)
UNDO_POSTGRESQL = (
    "DROP TRIGGER nobody_in_two_crews_insert ON assignments_assignment",
    "DROP TRIGGER nobody_in_two_crews_update ON assignments_assignment",
    "DROP FUNCTION nobody_in_two_crews()",
)
UNDO_SQLITE = tuple(f"DROP TRIGGER nobody_in_two_crews_{event}" for event in ("INSERT", "UPDATE"))


def guard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def unguard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO_POSTGRESQL if editor.connection.vendor == "postgresql" else UNDO_SQLITE:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0019_rejections")]
    operations = [migrations.RunPython(guard, unguard)]
