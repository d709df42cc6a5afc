from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignments", "0041_missing_from_lists")]
    operations = [
        *(
            migrations.AddField(
                model_name="subscription",
                name=name,
                field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=32),
            )
            for name in ("secret_salt", "former_salt")
        ),
        migrations.AddField(
            model_name="subscription",
            name="former_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
