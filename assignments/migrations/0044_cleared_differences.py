import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0043_taken_over")]
    operations = [
        migrations.AddField(
            model_name="difference",
            name="cleared_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="assignments.writeback",
            ),
        ),
    ]
