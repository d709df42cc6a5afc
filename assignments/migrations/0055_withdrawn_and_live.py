from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0054_worker_beats"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="permit",
            index=models.Index(
                condition=models.Q(("status__in", ["ISSUED", "EXTENDED"])), fields=["valid_until"], name="permit_live"
            ),
        ),
        migrations.AddIndex(
            model_name="permit",
            index=models.Index(
                condition=models.Q(("kind", "EXCAVATION"), ("status__in", ["ISSUED", "EXTENDED"])),
                fields=["valid_from"],
                name="ticket_live",
            ),
        ),
        migrations.AddIndex(
            model_name="suggestion",
            index=models.Index(
                condition=models.Q(("status__in", ["SUPERSEDED", "EXPIRED"])),
                fields=["id"],
                name="suggestion_withdrawn",
            ),
        ),
    ]
