"""A team is live or gone as a whole, in the database itself.

`team_follows_its_lead`: when the status of a team's first assignment changes, those of its further crews change with it.
`team_is_whole`: a further crew's assignment is of the same order, time and status as its lead's, so nothing but the lead
moves a team. Triggers on PostgreSQL and SQLite alike; both raise IntegrityError.

SQLite drops a table's triggers when a migration rebuilds it, as the one before did with `no_crew_in_two_places`: a later
one must call `guard` again, and tests/models/test_guards.py fails when it does not.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

guards = import_module("assignments.migrations.0002_guards")

TEAM_UPDATE = """
    UPDATE assignments_assignment SET status = NEW.status, revoked_by_id = NEW.revoked_by_id,
        revoked_at = NEW.revoked_at, revoke_reason = NEW.revoke_reason
    WHERE lead_id = NEW.id;
"""
APART = """
    SELECT 1 FROM assignments_assignment AS its_lead
    WHERE its_lead.id = NEW.lead_id AND its_lead.part = 0 AND its_lead.order_id = NEW.order_id
      AND its_lead.status = NEW.status AND its_lead.starts_at = NEW.starts_at AND its_lead.ends_at = NEW.ends_at
"""
SQLITE = (
    f"""
    CREATE TRIGGER team_follows_its_lead AFTER UPDATE OF status ON assignments_assignment
    WHEN NEW.part = 0 AND NEW.status <> OLD.status BEGIN {TEAM_UPDATE} END
    """,
    *(
        f"""
        CREATE TRIGGER team_is_whole_{name} BEFORE {event} ON assignments_assignment
        WHEN NEW.part > 0 AND NOT EXISTS ({APART})
        BEGIN SELECT RAISE(ABORT, 'team_is_whole'); END
        """
        for name, event in (("INSERT", "INSERT"), ("UPDATE", "UPDATE OF status, starts_at, ends_at, lead_id"))
    ),
)
POSTGRESQL = (
    f"""
    CREATE FUNCTION team_follows_its_lead() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {TEAM_UPDATE} RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER team_follows_its_lead AFTER UPDATE OF status ON assignments_assignment FOR EACH ROW
    WHEN (NEW.part = 0 AND NEW.status <> OLD.status) EXECUTE FUNCTION team_follows_its_lead()
    """,
    f"""
    CREATE FUNCTION team_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS ({APART}) THEN
            RAISE EXCEPTION 'team_is_whole' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER team_is_whole BEFORE INSERT OR UPDATE OF status, starts_at, ends_at, lead_id
    ON assignments_assignment FOR EACH ROW WHEN (NEW.part > 0) EXECUTE FUNCTION team_is_whole()
    """,
)
UNDO_POSTGRESQL = (
    "DROP TRIGGER team_is_whole ON assignments_assignment",
    "DROP TRIGGER team_follows_its_lead ON assignments_assignment",
    "DROP FUNCTION team_is_whole()",
    "DROP FUNCTION team_follows_its_lead()",
)
UNDO_SQLITE = (
    "DROP TRIGGER team_follows_its_lead",
    *(f"DROP TRIGGER team_is_whole_{event}" for event in ("INSERT", "UPDATE")),
)


def guard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        statements: tuple[str, ...] = POSTGRESQL
    else:
        # SQLite lost them when the table was made anew above.
        overlap = [guards.SQLITE_OVERLAP.format(event=event, live=guards.LIVE) for event in ("INSERT", "UPDATE")]
        statements = (*overlap, *SQLITE)
    for statement in statements:
        editor.execute(statement, params=None)


def unguard(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO_POSTGRESQL if editor.connection.vendor == "postgresql" else UNDO_SQLITE:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0008_teams")]
    operations = [migrations.RunPython(guard, unguard)]
