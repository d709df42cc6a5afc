"""One word for a further crew; tables, columns and constraints keep their names."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0016_rest_agreement")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Companion", "FurtherCrew"),
                migrations.AlterModelTable("furthercrew", "assignments_companion"),
                migrations.AlterModelOptions(
                    "furthercrew", {"ordering": ["suggestion", "part"], "verbose_name": "further crew"}
                ),
                migrations.AlterField(
                    "furthercrew",
                    "suggestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="further_crews",
                        to="assignments.suggestion",
                    ),
                ),
                migrations.AlterField(
                    "assignment",
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="further_crews",
                        to="assignments.assignment",
                    ),
                ),
            ],
        ),
    ]
