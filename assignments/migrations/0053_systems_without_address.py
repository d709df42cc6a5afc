"""A system that only sends its records by itself has no address. Nothing is written to the database."""

import assignments.models.reached
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0052_conflicts_in_a_row"),
    ]

    operations = [
        migrations.AlterField(
            model_name="downstreamsystem",
            name="base_url",
            field=models.CharField(
                blank=True,
                help_text="Empty for a system that only sends its records by itself, and is neither read nor told.",
                max_length=200,
                validators=[assignments.models.reached.is_an_address],
                verbose_name="address",
            ),
        ),
    ]
