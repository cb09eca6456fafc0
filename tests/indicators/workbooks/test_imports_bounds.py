"""Limits of files that wait: few of a person, of an agency and in all; a refused file leaves nothing behind."""

import datetime as dt
from pathlib import Path

import pytest

from core.concurrency import WorkLimit
from indicators.models import WorkbookFile
from indicators.workbooks import imports
from tests import factories
from tests.page import words
from tests.workbook_files import AUGUST, download, fill, send

State = WorkbookFile.State


@pytest.fixture
def an(as_person):
    return as_person("an")


def sent(office, name, count, state=State.READING, at=factories.AT):
    person = office.people[name]
    return [
        WorkbookFile.objects.create(
            owner=person, agency=person.agency, period=office.august, scope="don-vi", state=state, uploaded_at=at
        )
        for _ in range(count)
    ]


def test_a_person_waits_for_the_files_sent_before(office, an):
    sent(office, "an", imports.MOST_OF_PERSON)
    refused = send(an, download(an))
    assert refused.status_code == 429
    assert "Còn 2 tệp gửi trước đang được đọc. Chờ đọc xong rồi gửi tiếp." in words(refused)
    assert WorkbookFile.objects.count() == 2
    WorkbookFile.objects.update(uploaded_at=factories.AT - imports.STUCK)
    assert send(an, download(an)).status_code == 200


@pytest.mark.parametrize("limit", ["MOST_OF_AGENCY", "MOST_OF_ALL"])
def test_few_wait_of_an_agency_and_in_all(office, an, monkeypatch, limit):
    monkeypatch.setattr(imports, limit, 1)
    sent(office, "binh", 1)
    refused = send(an, download(an))
    assert refused.status_code == 429
    assert "Hệ thống đang đọc nhiều tệp khác" in words(refused)


def test_an_agency_sends_so_many_a_day(office, an, monkeypatch):
    monkeypatch.setattr(imports, "MOST_A_DAY", 3)
    files = sent(office, "binh", 3, State.SAVED)
    assert "Đơn vị đã gửi 3 tệp trong 24 giờ qua." in words(send(an, download(an)))
    files[0].uploaded_at -= dt.timedelta(days=2)
    files[0].save()
    assert send(an, download(an)).status_code == 200


def test_of_files_never_written_the_oldest_go(office, an, monkeypatch):
    monkeypatch.setattr(imports, "MOST_UNWRITTEN", 2)
    old, *_ = sent(office, "binh", 3, State.READ)
    (written,) = sent(office, "binh", 1, State.SAVED)
    send(an, download(an))
    left = set(WorkbookFile.objects.values_list("pk", flat=True))
    assert old.pk not in left and written.pk in left and len(left) == 4


def test_a_refused_file_goes_at_once(office, an, settings):
    filled = fill(an)
    filled.sheet.cell(filled.header, filled.columns["note"]).value = "Ghi chú"
    assert "thiếu cột Giải trình" in words(send(an, filled))
    taken = WorkbookFile.objects.get()
    assert (taken.state, taken.file.name, taken.table) == (State.REFUSED, "", None)
    assert not [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]


def test_where_no_worker_reads_one_is_read_at_a_time(office, an, monkeypatch, settings):
    monkeypatch.setattr(imports, "READING", WorkLimit(0, 0, 0))
    refused = an.post(AUGUST, {"pham-vi": "don-vi", "tep": _upload(an)})
    assert refused.status_code == 429
    assert "Hệ thống đang đọc nhiều tệp khác" in words(refused)
    assert not WorkbookFile.objects.exists()
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr("core.jobs.services.tasks.enqueue_job", lambda pk: None)
    waiting = an.post(AUGUST, {"pham-vi": "don-vi", "tep": _upload(an)})
    assert WorkbookFile.objects.get().state == State.READING
    page = an.get(waiting["Location"])
    assert "Tệp đang được đọc, chưa ghi gì. Đang chờ đến lượt" in words(page)
    assert "js/pages/job" in page.content.decode()


def _upload(client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("a.xlsx", download(client))


def test_what_is_kept_of_a_file_is_what_is_filled_in(office, an):
    send(an, fill(an).put("x11", "II.2", value=150))
    table = WorkbookFile.objects.get().table["table"]
    assert len(table["rows"]) == 6
    assert {column for _, cells in table["rows"] for column, *_ in cells} <= {1, 3, 7, 8, 9, 10, 11, 14}
