from importlib import import_module

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

teams = import_module("assignments.migrations.0009_team_guards")


def guard_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # SQLite may have made the table anew and dropped its triggers with the old one.
    if editor.connection.vendor == "sqlite":
        for event in ("INSERT", "UPDATE"):
            editor.execute(f"DROP TRIGGER IF EXISTS no_crew_in_two_places_{event}", params=None)
            editor.execute(f"DROP TRIGGER IF EXISTS team_is_whole_{event}", params=None)
        editor.execute("DROP TRIGGER IF EXISTS team_follows_its_lead", params=None)
        teams.guard(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0010_district_network")]

    operations = [
        # On the way back this runs last.
        migrations.RunPython(migrations.RunPython.noop, guard_again),
        migrations.AddField(
            model_name="assignment",
            name="override_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("DANGER", "Danger to people or property"),
                    ("CREW_AGREED", "The crew agreed"),
                    ("CUSTOMER_AGREED", "The customer agreed"),
                    ("HELP_ON_SITE", "Help or materials meet the crew on site"),
                    ("DONE_ALREADY", "What it waits for is done, but not reported yet"),
                    ("LENT", "Agreed with the other district"),
                    ("OTHER", "Another reason"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunPython(guard_again, migrations.RunPython.noop),
    ]
