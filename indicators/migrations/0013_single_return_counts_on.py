"""A report of which single figures were sent back goes on counting provisionally without them (decision 0175); texts that were
stored before texts were cleaned at the door are cleaned."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from chuyendoiso.fields import clean_stored

TYPED = (
    *("Plan", "Pillar", "Indicator", "DayOff", "Extension", "Submission", "Actual", "ReturnedFigure", "ReturnedPart"),
    *("Remark", "Target", "TargetDefinition", "Exemption"),
)


def clean(apps, schema_editor):
    for name in TYPED:
        clean_stored(apps.get_model("indicators", name)._base_manager.all())


def count_on(apps, schema_editor):
    """Reports that wait to be sent again now count, and their plans are rolled up."""
    submissions, debt = apps.get_model("indicators", "Submission").objects, apps.get_model("indicators", "RollupDebt")
    state = apps.get_model("indicators", "RollupState")
    figures, parts = apps.get_model("indicators", "ReturnedFigure"), apps.get_model("indicators", "ReturnedPart")
    single = Q()
    for sent_back in (figures, parts):
        single |= Q(pk__in=sent_back.objects.filter(settled_at=None).values("submission"))
    plans = set()
    for report in submissions.filter(single, state="returned", is_latest=True).select_related("period"):
        submissions.filter(agency=report.agency_id, period=report.period_id).update(is_provisional=False)
        submissions.filter(pk=report.pk).update(is_provisional=True)
        plans.add(report.period.plan_id)
    made = state.objects.filter(plan__in=plans, made_at__isnull=False)
    debt.objects.bulk_create(debt(plan_id=row.plan_id, created_at=row.made_at) for row in made)


def count_no_longer(apps, schema_editor):
    submissions = apps.get_model("indicators", "Submission").objects
    for report in submissions.filter(state="returned", is_provisional=True):
        submissions.filter(pk=report.pk).update(is_provisional=False)
        submissions.filter(agency=report.agency_id, period=report.period_id, is_official=True).update(is_provisional=True)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0013_clean_texts"),
        ("indicators", "0012_withdrawn_extensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="submission",
            name="submission_provisional_is_sent",
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=Q(("is_provisional", False), ("state__in", ["submitted", "approved", "returned"]), _connector="OR"),
                name="submission_provisional_is_sent",
                violation_error_message="Số tạm tính là số đã nộp hoặc đã duyệt.",
            ),
        ),
        migrations.RunPython(clean, migrations.RunPython.noop),
        migrations.RunPython(count_on, count_no_longer),
    ]
