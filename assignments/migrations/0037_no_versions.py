from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assignments", "0036_following")]

    operations = [
        migrations.RemoveField(
            model_name="downstreamsystem",
            name="versions",
        ),
    ]
