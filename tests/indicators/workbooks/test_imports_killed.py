"""Promise F-13: whoever writes a workbook is killed (-9) before the commit; no half import, and the retry writes once. Real
processes, on a SQLite file and on PostgreSQL."""

import subprocess
import sys

import pytest

from tests.stack import ROOT, Stack

SETUP = """
from io import BytesIO
from django.core.files.uploadedfile import SimpleUploadedFile
from agencies.models import Agency
from core.jobs.models import Job
from agencies.roles import Role
from core.jobs import tasks
from core.jobs.services import retry_job
from core import clock
from indicators.workbooks import imports, template
from indicators.models import Actual, ReportingPeriod, Submission, Target, WorkbookFile

def look():
    saved = Actual.objects.filter(entered_by__isnull=False).values("submission__agency").distinct().count()
    job = Job.objects.filter(kind="ghi-tep").first()
    print(job.state_at(clock.now()), job.attempt, Actual.objects.count(), saved, WorkbookFile.objects.get().state)
"""
# A district with three communes; the whole of its workbook is filled in, sent and read.
OFFICE = """
from tests import factories
from tests.workbook_files import Filled
tree = factories.make_tree(departments=0, districts=1, communes=3)
plan = factories.make_plan()
communes = [agency for code, agency in tree.items() if code.startswith("x")]
targets = [factories.target(plan, code, communes) for code in ("I.1", "I.2")]
dung = factories.person("dung", tree["h1"], Role.REVIEWER)
august = ReportingPeriod.objects.select_related("plan").get(number=8)
sheets = imports.sheets_of(dung, august, "truc-thuoc")
content = BytesIO()
template.make(sheets, agency=tree["h1"], period=august, scope="truc-thuoc", is_demo=False).save(content)
filled = Filled(content.getvalue())
for commune in communes:
    for target in targets:
        filled.put(commune.code, target.code, numerator=3, denominator=4)
upload = SimpleUploadedFile("cac-xa.xlsx", filled.saved())
taken = imports.take_in(upload=upload, by=dung, period=august, scope="truc-thuoc")
imports.begin_reading(taken)
taken.refresh_from_db()
print(taken.state, imports.look_at(taken).count)
"""
# Two of three reports are written when it halts.
SAVE_HALTING = """
real, written = imports.editing.save_figures, []
def save_figures(**options):
    report = real(**options)
    written.append(report)
    if len(written) == 2:
        print("đang ghi", Actual.objects.count(), flush=True)
        input()
    return report
imports.editing.save_figures = save_figures
taken = WorkbookFile.objects.select_related("owner__agency", "period__plan").get()
imports.begin_saving(taken, imports.look_at(taken).digest)
"""
LATER = """
import datetime as dt, time_machine
from django.utils import timezone
clock.now()  # this process's clock begins here
with time_machine.travel(timezone.now() + dt.timedelta(minutes=3)):
    tasks.watch_jobs()
    look()
    job = Job.objects.filter(kind="ghi-tep").get()
    print(retry_job(job=job, by=job.owner))
    tasks.run_job(job.pk)
look()
taken = WorkbookFile.objects.select_related("owner__agency", "period__plan").get()
print(imports.look_at(taken).count, Actual.history.count(), Submission.objects.count())
"""


@pytest.mark.slow(10)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_while_it_writes(new_database, database, tmp_path):
    product = Stack(tmp_path, DATABASE_URL=new_database(database, tmp_path), CLOCK="2023-08-16T09:00")

    def do(script):
        return product.manage("shell", "-v0", "-c", SETUP + script).splitlines()

    assert do(OFFICE) == ["read 6"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", SETUP + SAVE_HALTING],
        cwd=ROOT,
        env=product.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline().decode().strip() == "đang ghi 4"
    process.kill()
    process.communicate()
    assert do("look()") == ["running 1 0 0 read"]  # nothing of two written reports
    assert do(LATER) == ["interrupted 1 0 0 read", "True", "done 2 6 3 saved", "0 6 3"]
