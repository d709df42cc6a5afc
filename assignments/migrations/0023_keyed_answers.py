from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0022_set_restorations")]
    operations = [
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=40, unique=True)),
                ("minute", models.PositiveBigIntegerField()),
                ("taken", models.PositiveIntegerField()),
            ],
            options={"ordering": ["caller"]},
        ),
        migrations.CreateModel(
            name="KeyedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=128)),
                ("digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("caller", "key"), name="one_answer_per_caller_and_key")
                ],
            },
        ),
    ]
