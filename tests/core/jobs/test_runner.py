"""Jobs: started once, with progress, done completely or not at all, visible to their owner alone (promises F-01, F-07, F-13)."""

import datetime as dt
import os
import subprocess
import sys

import pytest
import time_machine
from django import db
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from kombu.exceptions import OperationalError

from agencies.models import Agency
from agencies.roles import Role
from core import clock
from core.audit import services as audit_services
from core.audit.models import AuditEntry
from core.jobs import runner, services, tasks
from core.jobs.models import Job, JobState
from tests import factories, page
from tests.stack import ROOT, Stack

MOMENT = factories.AT


@pytest.fixture
def moment():
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def people(db, moment):
    tree = factories.make_tree(departments=0, districts=1, communes=1)
    return {
        "an": factories.person("an", tree["x11"], Role.FOCAL),
        "binh": factories.person("binh", tree["x11"], Role.FOCAL),
        "quan": factories.person("quan", None, Role.ADMIN),
    }


@pytest.fixture
def doer():
    """`doer(function)` makes it the one that does jobs of the kind "thu"."""
    yield lambda function: runner.JOB_HANDLERS.__setitem__("thu", function)
    runner.JOB_HANDLERS.pop("thu", None)


@pytest.fixture
def start(people, django_capture_on_commit_callbacks):
    """Begins a job of An's, and does it, as without a broker."""

    def go(**options):
        with django_capture_on_commit_callbacks(execute=True):
            job = services.start_job(**{"kind": "thu", "title": "Việc thử", "by": people["an"], **options})
        job.refresh_from_db()
        return job

    return go


def test_a_job_tells_how_far_it_is_and_ends_with_its_file(start, doer, client, people):
    seen = []

    def work_on(work):
        work.report_progress(3, 7, "Đang đọc")
        seen.append(Job.objects.values_list("state", "done", "total", "message").get())
        with work.finish("Đã đọc 7 dòng", link="/tong-quan/", file=b"PK ket qua", file_name="Kết quả: 8.xlsx"):
            pass

    doer(work_on)
    job = start(params={"ky": "2023-08"})
    assert seen == [("running", 3, 7, "Đang đọc")]
    assert (job.state, job.done, job.total, job.attempt) == ("done", 7, 7, 1)
    assert (job.created_at, job.finished_at) == (MOMENT, MOMENT)
    client.force_login(people["an"])
    shown = client.get(job.get_absolute_url())
    assert "Đã xong: Đã đọc 7 dòng" in page.words(shown)
    assert 'href="/tong-quan/"' in shown.content.decode()
    assert "js/pages/job.js" not in shown.content.decode()
    file = client.get(f"/cong-viec/{job.pk}/tep/")
    assert b"".join(file.streaming_content) == b"PK ket qua"
    assert "filename*=utf-8''K%E1%BA%BFt%20qu%E1%BA%A3%3A%208.xlsx" in file["Content-Disposition"]


def test_while_it_goes_on_the_page_renews_itself_by_script_or_by_a_link(people, client):
    job = Job.objects.create(
        kind="thu", title="Nạp tệp", owner=people["an"], state=JobState.RUNNING, attempt=1, done=120, total=235,
        message="Đang ghi phiếu của x11", created_at=MOMENT, heartbeat_at=MOMENT,
    )  # fmt: skip
    client.force_login(people["an"])
    response = client.get(job.get_absolute_url())
    text = response.content.decode()
    assert "Đang ghi phiếu của x11 120/235" in page.words(response)
    assert f'<a href="{job.get_absolute_url()}">Xem tiến độ mới nhất</a>' in text
    assert "js/pages/job.js" in text
    fragment = client.get(f"/cong-viec/{job.pk}/tien-do/").content.decode()
    assert "data-job-over" not in fragment
    assert "Đang ghi phiếu của x11" in fragment
    assert "<html" not in fragment


def test_it_is_its_owners_alone_and_administrations(people, client, start, doer):
    doer(lambda work: work.report_progress(1, 1, "xong"))
    job = start()
    addresses = [f"/cong-viec/{job.pk}/{part}" for part in ("", "tien-do/")]
    for name, status in (("an", 200), ("binh", 404), ("quan", 200)):
        client.force_login(people[name])
        assert [client.get(address).status_code for address in addresses] == [status, status]
    client.force_login(people["binh"])
    assert client.post(addresses[0], {"act": "retry"}).status_code == 404
    assert "Việc thử" not in page.words(client.get("/cong-viec/"))
    client.force_login(people["quan"])
    assert client.post(addresses[0], {"act": "retry"}).status_code == 404
    client.logout()
    assert client.get(addresses[0])["Location"].startswith("/dang-nhap/")


def test_the_list_costs_the_same_however_long(people, client, start, doer, django_assert_num_queries):
    doer(lambda work: work.report_progress(1, 1, "xong"))
    client.force_login(people["an"])
    start()
    client.get("/cong-viec/")
    with django_assert_num_queries(6):
        client.get("/cong-viec/")
    for _ in range(5):
        start()
    with django_assert_num_queries(6):
        response = client.get("/cong-viec/")
    assert page.words(response).count("Việc thử") == 6


def test_what_it_refuses_is_said_and_can_be_tried_again(
    start, doer, people, client, django_capture_on_commit_callbacks
):
    tries = []

    def work_on(work):
        tries.append(work.job.attempt)
        if len(tries) == 1:
            raise runner.JobFailed("Kỳ tháng 8 đã đóng.")
        with work.finish("được rồi"):
            pass

    doer(work_on)
    job = start()
    assert (job.state, job.error) == ("failed", "Kỳ tháng 8 đã đóng.")
    client.force_login(people["an"])
    assert "Không xong: Kỳ tháng 8 đã đóng." in page.words(client.get(job.get_absolute_url()))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(job.get_absolute_url(), {"act": "retry"})
    job.refresh_from_db()
    assert (job.state, job.message, job.error, tries) == ("done", "được rồi", "", [1, 2])
    assert not services.retry_job(job=job, by=people["an"])


def test_an_error_of_ours_is_a_code_and_no_english(start, doer, caplog):
    doer(lambda work: 1 / 0)
    job = start()
    assert job.state == "failed"
    assert job.error.startswith("Có lỗi của hệ thống (mã lỗi ")
    assert "ZeroDivisionError" in caplog.text and job.error.split("mã lỗi ")[1][:6] in caplog.text


def test_a_database_that_others_hold_is_called_busy(start, doer):
    class Locked(Exception):
        sqlite_errorname = "SQLITE_BUSY"

    def work_on(work):
        raise db.OperationalError("database is locked") from Locked()

    doer(work_on)
    job = start()
    assert job.error.startswith("Hệ thống đang bận ghi việc khác (mã lỗi ") and "Thử chạy lại" in job.error


def test_what_is_written_in_the_last_step_goes_with_it(start, doer, people):
    def work_on(work):
        with work.finish("xong", file=b"x", file_name="a.xlsx"):
            audit_services.audit(by=work.owner, act=factories.SampleAct.LOAD, label="thử")
            raise runner.JobFailed("Hỏng ở bước cuối.")

    doer(work_on)
    job = start()
    assert (job.state, AuditEntry.objects.filter(act="nạp thử").count(), job.file.name) == ("failed", 0, "")
    assert default_storage.listdir("jobs/2023-08")[1] == []


def test_a_key_allows_one_at_a_time_and_asking_twice_gives_the_same(start, doer, people):
    first = services.start_job(kind="thu", title="một", by=people["an"], key="nhap:2023-08")
    assert services.start_job(kind="thu", title="hai", by=people["an"], key="nhap:2023-08") == first
    assert services.start_job(kind="thu", title="ba", by=people["binh"], key="nhap:2023-08") != first
    assert services.start_job(kind="thu", title="bốn", by=people["an"], key="nhap:2023-09") != first
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    assert services.start_job(kind="thu", title="năm", by=people["an"], key="nhap:2023-08") != first


def test_a_second_bell_does_nothing(start, doer):
    calls = []
    doer(calls.append)
    job = start()
    tasks.run_job(job.pk)
    assert len(calls) == 1


def test_a_broker_that_does_not_answer_is_rung_again(
    people, doer, moment, monkeypatch, django_capture_on_commit_callbacks
):
    doer(lambda work: work.report_progress(1, 1, "xong"))

    def refuse(*args, **options):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(tasks.run_job, "apply_async", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            job = services.start_job(kind="thu", title="Việc thử", by=people["an"])
    assert job.state == "queued"
    moment.shift(dt.timedelta(seconds=50))
    with django_capture_on_commit_callbacks(execute=True) as rung:
        tasks.watch_jobs()
    assert rung == []
    moment.shift(dt.timedelta(seconds=20))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.watch_jobs()
    job.refresh_from_db()
    assert job.state == "done"


def test_a_silent_one_is_interrupted_and_whoever_lost_it_writes_nothing(people, doer, moment, start, client):
    def work_on(work):
        work.report_progress(1, 2, "nửa chừng")
        moment.shift(dt.timedelta(minutes=2, seconds=1))
        assert Job.objects.get().state_at(clock.now()) == JobState.INTERRUPTED
        client.force_login(people["an"])
        assert "bị gián đoạn" in page.words(client.get(work.job.get_absolute_url()))
        tasks.watch_jobs()
        with work.finish("xong"):
            audit_services.audit(by=work.owner, act=factories.SampleAct.LOAD, label="thử")

    doer(work_on)
    job = start()
    assert (job.state, AuditEntry.objects.filter(act="nạp thử").count()) == ("interrupted", 0)
    # Asked for again by its key it begins anew.
    assert services.start_job(kind="thu", title="lại", by=people["an"], key="k") != job


def test_old_ones_go_with_their_files_and_files_that_nobody_knows(people, start, doer, moment):
    def work_on(work):
        with work.finish(file=b"x", file_name="a.xlsx"):
            pass

    doer(work_on)
    start()
    moment.shift(dt.timedelta(days=20))
    kept = start()
    orphan = default_storage.save("jobs/2023-08/mat-chu.xlsx", ContentFile(b"x"))
    os.utime(default_storage.path(orphan), (0, 0))
    for name in default_storage.listdir("jobs/2023-08")[1]:
        os.utime(default_storage.path(f"jobs/2023-08/{name}"), (0, 0))
    moment.shift(dt.timedelta(days=11))
    assert tasks.clear_old_jobs() == 1
    assert list(Job.objects.all()) == [kept]
    assert [name for folder in ("2023-08", "2023-09") for name in _listed(f"jobs/{folder}")] == [kept.file.name]


def _listed(folder):
    return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]] if default_storage.exists(folder) else []


# A real process, killed in the last step, before its commit

SCRIPT = """
from core.jobs import runner, services, tasks
from tests.factories import SampleAct
from core.audit.services import audit
from core.audit.models import AuditEntry
from core.jobs.models import Job
from agencies.models import User

@runner.job_handler("thu")
def work_on(work):
    work.report_progress(1, 2, "Đang ghi")
    with work.finish("xong"):
        audit(by=work.owner, act=SampleAct.LOAD, label="thử")
        HALT

def look():
    print(*Job.objects.values_list("state", "attempt").get(), AuditEntry.objects.filter(act="nạp thử").count())
"""
HALT = "print('đang ghi', flush=True); input()"


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_in_the_last_step_it_wrote_nothing_and_is_done_once_again(new_database, database, tmp_path):
    product = Stack(tmp_path, DATABASE_URL=new_database(database, tmp_path))
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command"]
    begin = SCRIPT.replace("HALT", HALT) + (
        'services.start_job(kind="thu", title="Thử", by=User.objects.create_user("an"), key="k")'
    )
    process = subprocess.Popen(
        [*command, begin], cwd=ROOT, env=product.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline().decode().strip() == "đang ghi"
    process.kill()
    process.communicate()
    calm = SCRIPT.replace("HALT", "pass")
    assert product.manage("shell", "-v0", "-c", calm + "look()").split() == ["running", "1", "0"]
    later = """
import datetime as dt, time_machine
from core import clock
with time_machine.travel(clock.now() + dt.timedelta(minutes=3)):
    tasks.watch_jobs()
    look()
    job = Job.objects.get()
    print(services.retry_job(job=job, by=job.owner), services.retry_job(job=job, by=job.owner))
    tasks.run_job(job.pk)
look()
"""
    said = product.manage("shell", "-v0", "-c", calm + later).splitlines()
    assert said == ["interrupted 1 0", "True False", "done 2 1"]


def test_agency_of_a_job_is_its_owners(start, doer):
    """The handler has the owner with their agency, without a query for it."""
    found = []
    doer(lambda work: found.append(work.owner.agency))
    start()
    assert found == [Agency.objects.get(code="x11")]
