"""The delivery of a published report to its readers: a job with progress, notifications, mails, names of files."""

import datetime as dt

import pytest

from core.clock import VIETNAM
from core.jobs import runner
from core.jobs.models import Job, JobState
from core.notifications import outbox
from core.notifications.models import Notification, NotificationPreference
from reports.documents import services
from tests.page import words
from tests.senders import letters


def test_the_job_tells_how_far_it_is_and_where_its_files_are(
    published, province, as_person, monkeypatch, django_capture_on_commit_callbacks
):
    told, tell = [], runner.RunningJob.report_progress
    monkeypatch.setattr(
        runner.RunningJob,
        "report_progress",
        lambda work, *progress: told.append(progress) or tell(work, *progress),
        raising=True,
    )
    version, khanh = published(kind="tom-tat"), as_person("khanh")
    with django_capture_on_commit_callbacks(execute=True):
        asked = khanh.post(f"/bao-cao/{version.report_id}/lan-1/tep/")
    assert told == [(0, 2, "Đang tạo tệp Word"), (1, 2, "Đang tạo tệp Excel")]
    job = Job.objects.get()
    assert asked["Location"] == job.get_absolute_url()
    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    page = khanh.get(asked["Location"])
    assert "Đã tạo Word, Excel." in words(page) and f'href="/bao-cao/{version.report_id}/"' in page.content.decode()
    assert as_person("lam").get(asked["Location"]).status_code == 404  # whose job it is not


@pytest.fixture
def by_letter(settings, monkeypatch, tmp_path, province):
    """Mails go into a file; every person has a telephone number."""
    monkeypatch.setenv("LETTER_FILE", str(tmp_path / "letters"))
    settings.NOTICE_SENDER = "tests.senders.FileSender"
    for name, person in province.people.items():
        person.phone = name
        person.save()


def test_who_should_read_it_gets_a_letter_as_he_wishes(published, province, moment, by_letter):
    NotificationPreference.objects.create(person=province.people["giang"], muted=["reports"])
    version = published("2023-07", "huyen:h1")
    assert {n.person.username for n in Notification.objects.all()} == {"lam", "dung", "giang"}
    moment.move_to(dt.datetime(2023, 8, 17, 7, 31, tzinfo=VIETNAM))
    for person in province.people.values():
        outbox.send_waiting(person.pk)
    assert {letter["address"] for letter in letters()} == {"lam", "dung"}
    for letter in letters():
        assert (
            "Đã phát hành: Báo cáo tiến độ thực hiện chỉ tiêu trên địa bàn Đơn vị h1, tháng 7 năm 2023"
            in letter["text"]
        )
        assert f"/bao-cao/{version.report_id}/" in letter["text"]


def test_a_correction_is_told_with_its_reason(published, publish, province, as_person):
    first, khanh = published("2023-07"), province.people["khanh"]
    second = services.correct(report=first.report, reason="X12 gửi nhầm số.", by=khanh)
    publish(second)
    notice = Notification.objects.filter(person=province.people["lam"]).latest("pk")
    assert (
        notice.title.startswith("Đã phát hành (bản điều chỉnh lần 1): Báo cáo tiến độ")
        and notice.text == "X12 gửi nhầm số."
    )
    assert "X12 gửi nhầm số." in words(as_person("lam").get("/thong-bao/"))


def test_a_full_disk_leaves_no_file_being_made(
    published, as_person, settings, tmp_path, django_capture_on_commit_callbacks
):
    version, khanh = published(kind="tom-tat"), as_person("khanh")
    (tmp_path / "file").touch()
    settings.FILES_ROOT = str(tmp_path / "file")  # no folder can be made beneath a file
    with django_capture_on_commit_callbacks(execute=True):
        khanh.post(f"/bao-cao/{version.report_id}/lan-1/tep/")
    made = version.files.exclude(file_format="pdf")
    assert {(file.state, "đĩa đầy" in file.error) for file in made} == {("failed", True)}
    assert "Không tạo được Word, Excel" in Job.objects.get().message or "tệp nào" in Job.objects.get().message
    page = words(khanh.get(f"/bao-cao/{version.report_id}/"))
    assert "Đang tạo" not in page and "đĩa đầy hoặc chỉ cho đọc" in page
