"""The files of a report while they are made: which are ready, which failed, by name, and who is told."""

import re
from datetime import timedelta

import pytest

from core.jobs.models import Job, JobState
from indicators.errors import ActionNotAllowed
from reports.documents import services
from reports.documents.own_templates import services as own_templates
from reports.models import FileState, OwnTemplate, ReportFile
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once


def told(answer):
    """The words of a part of a page."""
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def asked(published, province):
    """A published report whose Word and Excel files are under way."""
    version = published()
    services.ask_files(version=version, by=province.people["khanh"])
    return version, f"/bao-cao/{version.report_id}/", f"/bao-cao/{version.report_id}/lan-1/tep-dang-tao/"


def test_the_page_tells_how_far_its_files_are(asked, as_person, moment, django_assert_num_queries):
    version, page, state = asked
    client = as_person("khanh")
    shown = client.get(page).content.decode()
    assert f'data-job="{state}"' in shown and "js/pages/job" in shown
    said = told(client.get(state))
    assert "PDF Tải về" in said and said.count("Đang tạo") == 2 and "1 trong 3 tệp đã xong. Xem lại" in said
    assert "data-job-over" not in client.get(state).content.decode()
    ReportFile.objects.filter(file_format="docx").update(state=FileState.READY)
    with django_assert_num_queries(7):
        assert "2 trong 3 tệp đã xong" in told(client.get(state))
    ReportFile.objects.filter(file_format="xlsx").update(state=FileState.FAILED, error="Bộ tạo tệp dừng ở chỗ “a”.")
    answer = client.get(state)
    assert "data-job-over" in answer.content.decode() and "Xem lại" not in told(answer)
    assert "Excel Không tạo được tệp Excel. Bộ tạo tệp dừng ở chỗ “a”." in told(answer)
    assert "Bấm Tạo tệp còn thiếu để tạo lại" in told(answer)
    assert "data-job=" not in client.get(page).content.decode()


def test_files_that_nobody_makes_any_more_are_named(asked, as_person, moment):
    _, page, state = asked
    Job.objects.update(state=JobState.INTERRUPTED)
    moment.move_to(factories.AT + timedelta(minutes=6))
    said = told(as_person("khanh").get(state))
    assert "Tệp Word quá 5 phút chưa xong: bấm Tạo tệp còn thiếu." in said and "Đang tạo" not in said
    assert "Tạo tệp còn thiếu" in words(as_person("khanh").get(page))


def test_who_does_not_read_the_report_is_told_nothing(asked, drafted, as_person, province):
    _, _, state = asked
    assert as_person("lam").get(state).status_code == 200 and as_person("an").get(state).status_code == 404
    draft = drafted("2023-07", "huyen:h1")
    assert as_person("dung").get(f"/bao-cao/{draft.report_id}/lan-1/tep-dang-tao/").status_code == 404


def test_a_template_that_cannot_be_filled_in_is_named(asked, as_person, province, monkeypatch):
    version, page, _ = asked
    template = OwnTemplate.objects.create(plan=province.plan, name="Biểu 01", kind="docx")
    template.versions.create(
        number=1, file="x", file_name="b.docx", checksum="", added_at=factories.AT, added_by=province.people["khanh"]
    )

    def refuse(**_):
        raise ActionNotAllowed("Biểu mẫu chạy quá lâu.")

    monkeypatch.setattr(own_templates, "fill", refuse)
    answer = as_person("khanh").post(f"{page}lan-1/bieu-mau/", {"bieu-mau": template.pk}, follow=True)
    assert "Biểu 01: Biểu mẫu chạy quá lâu." in words(answer)
