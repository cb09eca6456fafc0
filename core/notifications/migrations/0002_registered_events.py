from django.db import migrations, models

GROUPS = ("deadlines", "decisions", "extensions", "talk", "reports")


def mute(apps, schema_editor):
    """Carry what a person did not want over into the list of muted groups."""
    for wish in apps.get_model("notifications", "NotificationPreference").objects.all():
        wish.muted = [group for group in GROUPS if not getattr(wish, group)]
        wish.save(update_fields=["muted"])


def unmute(apps, schema_editor):
    for wish in apps.get_model("notifications", "NotificationPreference").objects.all():
        for group in GROUPS:
            setattr(wish, group, group not in wish.muted)
        wish.save(update_fields=GROUPS)


class Migration(migrations.Migration):

    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("notification", "notice_event_known"),
        migrations.AlterField("notification", "event", models.CharField(max_length=24, verbose_name="việc")),
        migrations.AddField(
            "notificationpreference",
            "muted",
            models.JSONField(blank=True, default=list, verbose_name="việc không gửi thư"),
        ),
        migrations.RunPython(mute, unmute),
        *(migrations.RemoveField("notificationpreference", group) for group in GROUPS),
    ]
