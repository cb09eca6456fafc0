"""Refusals of the services of a printed report, and two people at the same moment."""

import datetime as dt
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet

from core.audit.models import AuditEntry
from core.concurrency import WorkLimit
from indicators.errors import ActionNotAllowed
from reports.documents import concurrency, guards, services
from reports.models import FileState, Report, ReportFile, ReportVersion
from tests import factories
from tests.page import words
from tests.reports.conftest import BASE, GUARDS

pytestmark = pytest.mark.once


def publish(version, by):
    return services.publish(version=version, revision=version.revision, base_url=BASE, by=by, acknowledged=GUARDS)


def blind_once(monkeypatch):
    """The next look for an existing version sees none, as before another person's commit."""
    first, looks = QuerySet.first, []

    def look(rows):
        if rows.model is ReportVersion and not looks:
            looks.append(rows)
            return None
        return first(rows)

    monkeypatch.setattr(QuerySet, "first", look)


def test_two_who_draft_at_the_same_moment_get_one_draft(drafted, monkeypatch):
    made = drafted()
    blind_once(monkeypatch)
    assert drafted() == made and ReportVersion.objects.count() == 1


def test_a_correction_has_a_legible_reason_and_something_to_correct(drafted, province):
    khanh, version = province.people["khanh"], drafted()
    with pytest.raises(ActionNotAllowed, match="TCVN3"):
        services.correct(report=version.report, reason="Sè liÖu cña huyÖn ®· söa l¹i", by=khanh)
    assert services.correct(report=version.report, reason="Sửa.", by=khanh) == version  # still a draft
    version.delete()
    with pytest.raises(ActionNotAllowed, match="chưa phát hành lần nào"):
        services.correct(report=version.report, reason="Sửa.", by=khanh)


def test_two_who_correct_at_the_same_moment_get_one_correction(published, province, monkeypatch):
    version, by = published(), province.people["khanh"]
    newer = services.correct(report=version.report, reason="Sửa.", by=by)
    first = QuerySet.first
    looks = iter([version])  # the correction is not committed yet
    monkeypatch.setattr(
        QuerySet, "first", lambda rows: next(looks, None) or first(rows) if rows.model is ReportVersion else first(rows)
    )
    assert services.correct(report=version.report, reason="Sửa.", by=by) == newer


def test_a_report_of_a_type_that_is_gone_is_not_composed_again(published, province):
    report = published().report
    report.kind = "xua"
    with pytest.raises(ActionNotAllowed, match="không còn lập lại được"):
        services.correct(report=report, reason="Sửa.", by=province.people["khanh"])


def test_a_correction_thrown_away_leaves_the_report_and_takes_its_files(
    published, province, django_capture_on_commit_callbacks
):
    version, khanh = published(), province.people["khanh"]
    newer = services.correct(report=version.report, reason="Sửa.", by=khanh)
    file = ReportFile(version=newer, file_format="docx", revision=0, state=FileState.READY, asked_at=factories.AT)
    file.file.save("x.docx", ContentFile(b"PK"))
    with django_capture_on_commit_callbacks(execute=True):
        services.discard(version=newer, revision=newer.revision, by=khanh)
    assert Report.objects.get().versions.get() == version and not default_storage.exists(file.file.name)


def test_a_report_without_a_signer_is_not_published(drafted, province):
    version = drafted()
    ReportVersion.objects.update(signer=None)
    with pytest.raises(ActionNotAllowed, match="Chưa chọn người ký"):
        publish(ReportVersion.objects.get(pk=version.pk), province.people["khanh"])


def test_while_many_files_are_made_nothing_is_published(drafted, province, monkeypatch):
    version = drafted("2023-06")
    monkeypatch.setattr(concurrency, "FILES", WorkLimit(at_once=0, waiting=0, seconds=0))
    with pytest.raises(ActionNotAllowed, match="nhiều báo cáo chờ tạo tệp"):
        publish(version, province.people["khanh"])


def test_remarks_are_acknowledged_one_by_one_and_kept_in_the_log(drafted, province):
    """August's draft: of I.1 reported by x22 nothing, a signer without a name, a day before the figures, a plan without its day."""
    version = drafted("2023-07")
    ReportVersion.objects.update(document_day=dt.date(2023, 8, 1))
    version = ReportVersion.objects.get(pk=version.pk)
    remarks = guards.guards_of(version)
    codes = [guard.code for guard in remarks]
    assert codes[-3:] == ["nguoi-ky", "ngay-ky", "so-ke-hoach"]
    assert remarks[-2].text == "Ngày ký 01/08/2023 trước ngày lấy số liệu 16/08/2023."
    assert remarks[-1].text.startswith("Kế hoạch chưa có ngày ban hành:")

    def put(acknowledged):
        return services.publish(
            version=version, revision=0, base_url=BASE, by=province.people["khanh"], acknowledged=acknowledged
        )

    for code, guard in zip(codes, remarks, strict=True):
        with pytest.raises(ActionNotAllowed, match=re.escape(guard.text)):
            put([other for other in codes if other != code])
    assert version.report.versions.get().is_draft
    put(codes)
    assert AuditEntry.objects.get(act="phát hành báo cáo").detail["acknowledged"] == [guard.text for guard in remarks]


def test_a_draft_without_a_fault_asks_for_nothing(drafted, province, as_person):
    version = drafted("2023-08")
    said = words(as_person("khanh").get(f"/bao-cao/{version.report_id}/"))
    assert "Thiếu đơn vị: 1 chỉ tiêu thành phần chưa có số liệu được duyệt của đủ đơn vị (I.1)." in said
    version.snapshot["facts"]["lines"] = {}
    version.signer.name = "Nguyễn Văn Ngọc"
    version.report.plan.issued_on = dt.date(2023, 6, 5)
    assert guards.guards_of(version) == []


def test_a_scan_has_a_largest_size(published, province, monkeypatch):
    version = published()
    monkeypatch.setattr(services, "LARGEST_SCAN", 10)
    with pytest.raises(ActionNotAllowed, match="lớn hơn 15 MB"):
        services.attach_scan(
            version=version, upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7 123"), by=province.people["khanh"]
        )
