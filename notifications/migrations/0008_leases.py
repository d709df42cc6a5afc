"""One shape for every lease, and a turn to trim the log that has an owner.

Columns stay as they are while processes of the version before still run: the relay's owner is the column `holder`, and
the epoch's `trimming_until` is not read any more and goes with a later version.
"""

from django.db import migrations, models

HELD = "relay_is_held_with_a_lease_or_not_at_all"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_preferences_and_visits")]

    operations = [
        migrations.CreateModel(
            name="Trimming",
            fields=[
                ("lease_owner", models.CharField(blank=True, max_length=80)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="log_has_one_trimming")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("relay", HELD),
                migrations.RenameField("relay", "holder", "lease_owner"),
                migrations.AlterField(
                    "relay", "lease_owner", models.CharField(blank=True, db_column="holder", max_length=80)
                ),
                migrations.AddConstraint(
                    "relay",
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_owner", ""), ("lease_until__isnull", True)),
                            models.Q(models.Q(("lease_owner", ""), _negated=True), ("lease_until__isnull", False)),
                            _connector="OR",
                        ),
                        name=HELD,
                    ),
                ),
                migrations.RemoveField("logepoch", "trimming_until"),
            ],
        ),
    ]
