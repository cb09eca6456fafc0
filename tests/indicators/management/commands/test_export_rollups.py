"""The export of roll-ups, whichever way the figures came in."""

import pytest
from django.core.management import call_command
from django.db import transaction

from indicators.models import Actual, Submission
from indicators.rollups import engine
from tests import workbook_files
from tests.indicators.submissions.views import test_entry as entry

# What one clerk reports for August, as the load has it; the form's and the workbook's are `entry.COMPLETE`.
LINES = [
    "2023-08,x11,I.1,80,110,,",
    "2023-08,x11,I.2,6,20,,",
    "2023-08,x11,I.3,,,1,",
    "2023-08,x11,II.1,,,45.5,",
    "2023-08,x11,II.2,,,1320,",
    "2023-08,x11,II.3,,,8.48,",
]


def by_form(client, folder):
    entry.sent(client)


def by_workbook(client, folder):
    filled = workbook_files.fill(client)
    for name, typed in entry.COMPLETE.items():
        key, target = name.split("-")
        filled.put("x11", target, **{key: typed})
    workbook_files.confirm(client, workbook_files.send(client, filled))
    entry.confirm(client)


def by_command(client, folder):
    path = folder / "so-lieu.csv"
    path.write_text("\n".join(["period,agency,target,numerator,denominator,value,note", *LINES]) + "\n")
    call_command("import_actuals", path, state="submitted")


@pytest.mark.django_db
def test_form_workbook_and_command_give_the_same_export(office, as_person, tmp_path):
    """The same six figures by three ways, each taken back before the next: the same bytes, with 80/110 in them."""
    exported = {}
    for door in (by_form, by_workbook, by_command):
        point = transaction.savepoint()
        door(as_person("an"), tmp_path)
        report = Submission.objects.get(agency__code="x11", period__number=8, is_latest=True)
        assert (report.state, Actual.objects.filter(submission=report).count()) == ("submitted", 6), door
        engine.rebuild(office.plan)
        file = tmp_path / f"{door.__name__}.csv"
        call_command("export_rollups", file, plan="2023")
        exported[door.__name__] = file.read_bytes()
        transaction.savepoint_rollback(point)
    assert b"2023-08,provisional,I.1,own,x11" in exported["by_form"]
    assert exported["by_form"] == exported["by_workbook"] == exported["by_command"]
