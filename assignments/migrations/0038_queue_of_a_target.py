"""An index of the write-backs that are open, by target, in the order in which they are told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0037_no_versions")]
    operations = [
        migrations.AddIndex(
            model_name="writeback",
            index=models.Index(
                condition=models.Q(("status__in", ["PENDING", "SENDING", "FAILED"])),
                fields=["target", "id"],
                name="write_back_queue",
            ),
        ),
    ]
