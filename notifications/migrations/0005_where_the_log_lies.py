from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_relay")]

    operations = [
        migrations.AddField("logepoch", "storage", models.CharField(blank=True, default="", max_length=120)),
        migrations.AddField("logepoch", "trimming_until", models.DateTimeField(blank=True, null=True)),
    ]
