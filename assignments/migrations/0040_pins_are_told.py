from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0039_followed")]
    operations = [
        migrations.AlterField(
            model_name="writeback",
            name="action",
            field=models.CharField(
                choices=[
                    ("ASSIGN", "Assign"),
                    ("CONFIRM", "Confirm"),
                    ("REVOKE", "Revoke"),
                    ("PIN", "Pin"),
                    ("ETR", "Restoration time"),
                ],
                max_length=10,
            ),
        ),
    ]
