"""The trace of a request on what it decided, and a decision that replaces another."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0030_lanes_of_what_waits"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="assignments.assignment",
            ),
        ),
        # Nullable without a default: SQLite would otherwise rebuild the table and lose its triggers.
        migrations.AddField(
            model_name="auditentry",
            name="trace_id",
            field=models.CharField(blank=True, max_length=32, null=True, verbose_name="trace"),
        ),
        migrations.AddField(
            model_name="batch",
            name="is_sampled",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="batch",
            name="trace_id",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="trace"
            ),
        ),
        migrations.AddField(
            model_name="writeback",
            name="is_sampled",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="writeback",
            name="trace_id",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="trace"
            ),
        ),
    ]
