"""When rows that integrations follow were last written; `models.stamps` makes the triggers after the migration.

Nullable without a default, so that SQLite rebuilds no table.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Now

from assignments.models import stamps

STAMPED = ("WorkOrder", "Permit", "Employee", "Crew", "Shift", "Absence", "Equipment", "Assignment")


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in STAMPED:
        apps.get_model("assignments", name).objects.update(updated_at=Now())


def unstamp(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    stamps.drop(editor.connection, STAMPED)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0025_told_restorations")]
    operations = [
        *(
            migrations.AddField(
                model_name=name.lower(),
                name="updated_at",
                field=models.DateTimeField(blank=True, editable=False, null=True),
            )
            for name in STAMPED
        ),
        *(
            migrations.AddIndex(
                model_name=name.lower(), index=models.Index(fields=["updated_at"], name=f"{name.lower()}_updated")
            )
            for name in STAMPED
        ),
        migrations.RunPython(fill, unstamp),
    ]
