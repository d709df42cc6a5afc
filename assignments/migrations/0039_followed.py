"""Runs, suggestions and write-backs say when they were last written, as 0026 made it for the others.

Nullable without a default, so that SQLite rebuilds no table; `models.stamps` makes the triggers after the migration.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Now

from assignments.models import stamps

INDEXES = {"Suggestion": "suggestion_updated", "SuggestionRun": "run_updated", "WriteBack": "write_back_updated"}


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in INDEXES:
        apps.get_model("assignments", name).objects.update(updated_at=Now())


def unstamp(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    stamps.drop(editor.connection, INDEXES)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0038_queue_of_a_target")]
    operations = [
        *(
            migrations.AddField(
                model_name=name.lower(),
                name="updated_at",
                field=models.DateTimeField(blank=True, editable=False, null=True),
            )
            for name in INDEXES
        ),
        *(
            migrations.AddIndex(model_name=name.lower(), index=models.Index(fields=["updated_at"], name=index))
            for name, index in INDEXES.items()
        ),
        migrations.RunPython(fill, unstamp),
    ]
