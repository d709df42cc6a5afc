"""Tokens for some districts, a scope of its own for runs, and the token in the audit entry."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def give_suggest(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Tokens that may decide could start runs, and still can."""
    for token in apps.get_model("assignments", "ApiToken").objects.all():
        if "decide" in token.scopes and "suggest" not in token.scopes:
            token.scopes.append("suggest")
            token.save(update_fields=["scopes"])


class Migration(migrations.Migration):
    dependencies = [("assignments", "0020_people_guards")]
    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="districts",
            field=models.ManyToManyField(
                blank=True,
                help_text="Narrows it to these of the user's districts, now and for good; without any, all of them.",
                related_name="api_tokens",
                to="assignments.district",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="is_narrowed",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        # Nullable without a default: SQLite would otherwise rebuild the table and lose its triggers.
        migrations.AddField(
            model_name="auditentry",
            name="token_name",
            field=models.CharField(blank=True, max_length=100, null=True, verbose_name="API token"),
        ),
        migrations.RunPython(give_suggest, migrations.RunPython.noop),
    ]
