"""The life cycle of a printed report: permissions, stored contents, and what never changes (promises F-05, F-30, F-33, F-35)."""

import hashlib
import io
import os
import re
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from agencies.roles import Role
from agencies.services.accounts import follow_roles
from core import files
from core.audit.models import AuditEntry
from core.jobs.models import Job, JobState
from core.notifications.models import Notification
from demo.models import DemoYear
from indicators import page_cache
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Actual, Submission
from reports.documents import composition, model, notifications, rendering, services, tasks
from reports.documents.renderers import FILE_FORMATS
from reports.documents.renderers.errors import RenderingFailed
from reports.models import FOLDER, FileState, Letterhead, Report, ReportFile, ReportState, ReportVersion
from tests import factories
from tests.page import fields, words
from tests.reports.conftest import BASE, GUARDS, roll_up, settings_of

pytestmark = pytest.mark.once

ASK = {"nam": "2023", "loai": "tien-do", "ky": "2023-08", "ve": "toan-tinh", "so-lieu": "chinh-thuc"}


@pytest.fixture
def with_files(published, province, django_capture_on_commit_callbacks):
    """A published report with its three files."""
    version = published()
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_files(version=version, by=province.people["khanh"])
    return version


def late_change(province):
    """July's report of x12 is corrected after it was reported: 80/100 becomes 60/100."""
    sent = Submission.objects.get(agency=province.tree["x12"], period=province.periods[7])
    Actual.objects.filter(submission=sent).update(numerator=60)
    roll_up(province.plan)


def plain(version):
    return [s.plain for s in rendering.shown(version)[0].sentences]


# A draft


def test_a_draft_is_made_once(drafted):
    first = drafted()
    assert drafted().pk == first.pk
    assert Report.objects.get().title == "Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2023"
    assert AuditEntry.objects.filter(act="lập dự thảo báo cáo").count() == 1


def test_the_snapshot_holds_every_figure_with_the_definition_it_was_judged_by(drafted, province):
    facts = drafted().snapshot["facts"]
    line = facts["lines"]["I.1"]
    assert (line["numerator"], line["denominator"], line["value"], line["status"]) == (
        "940",
        "1300",
        "72.307692",
        "behind",
    )
    assert (line["approved"], line["expected"]) == (3, 5)
    assert line["definition"]["threshold"] == "80" and "version" in line["definition"]
    assert facts["basis"] == "official" and facts["rolled_up_at"].startswith("2023-08-16T")
    ledger = drafted().ledger
    assert set(ledger["targets"]) == {"I.1", "I.2", "II.1", "III.1"}


def test_words_change_and_figures_do_not(drafted, province):
    version = drafted()
    document = composition.document_of(version)
    overall = next(s for s in document.sentences if s.id == "chung")
    typed = {
        "chung": f"Toàn tỉnh có {overall.tokens[1]} chỉ tiêu, {{1: {overall.figures[0]}}} chỉ tiêu.",
        "them-kien-nghi": "Câu thêm.",
    }
    kept = services.edit(version=version, revision=0, typed=typed, by=province.people["khanh"])
    said = plain(kept)
    assert "Toàn tỉnh có 4 chỉ tiêu, 4 chỉ tiêu." in said and "Câu thêm." in said
    with pytest.raises(model.BadSentence, match="phải là 4"):
        services.edit(version=kept, revision=1, typed={"chung": "Có {1: 5} chỉ tiêu."}, by=province.people["khanh"])
    back = services.edit(version=kept, revision=1, typed={"chung": overall.editable}, by=province.people["khanh"])
    assert "chung" not in back.texts and "them-kien-nghi" in back.texts


def test_two_editors_at_once(drafted, as_person, province):
    version = drafted()
    first, second = as_person("khanh"), as_person("khanh")
    address = f"/bao-cao/{version.report_id}/soan/"
    one, two = fields(first.get(address)), fields(second.get(address))
    assert first.post(address, one | {"cau-chung": "Bản thứ nhất."}).status_code == 302
    refused = second.post(address, two | {"cau-chung": "Bản thứ hai."})
    assert refused.status_code == 409
    assert fields(refused)["cau-chung"] == "Bản thứ hai." and "Bản đang lưu: Bản thứ nhất." in words(refused)
    assert second.post(address, fields(refused)).status_code == 302
    assert "Bản thứ hai." in plain(ReportVersion.objects.get())


def test_typed_on_after_a_lost_answer_there_is_no_conflict(drafted, as_person):
    client, address = as_person("khanh"), f"/bao-cao/{drafted().report_id}/soan/"
    one = fields(client.get(address)) | {"cau-chung": "Bản thứ nhất."}
    assert client.post(address, one).status_code == 302  # stored, and no answer came
    two = one | {"cau-chung": "Bản thứ hai."}
    assert client.post(address, two).status_code == 409  # from a window that knows nothing of it
    assert client.post(address, two | {"tried": urlencode(one)}).status_code == 302
    assert ReportVersion.objects.get().texts["chung"]["text"] == "Bản thứ hai."


def test_a_figure_changed_by_hand_is_refused_and_nothing_typed_is_lost(drafted, as_person):
    version = drafted()
    client, address = as_person("khanh"), f"/bao-cao/{version.report_id}/soan/"
    typed = fields(client.get(address)) | {"cau-chung": "Có {1: 999} chỉ tiêu.", "document_number": "15/BC"}
    answer = client.post(address, typed)
    assert "{1: 999} phải là 4" in words(answer) and "Chỉ ghi phần số" in words(answer)
    assert fields(answer)["cau-chung"] == "Có {1: 999} chỉ tiêu."
    assert ReportVersion.objects.get().revision == 0


def test_figures_taken_again_keep_the_words(drafted, province):
    version = drafted()
    khanh = province.people["khanh"]
    auto = {s.id: s for s in composition.document_of(version).sentences}
    changed = services.edit(
        version=version,
        revision=0,
        typed={
            "chung": f"Có {auto['chung'].tokens[0]} chỉ tiêu.",
            "thay-doi": f"Lời mới: {auto['thay-doi'].editable}",
        },
        by=khanh,
    )
    # I.2 no longer rises, so that the sentence on changes is another.
    Actual.objects.filter(submission__agency=province.tree["s1"], submission__period__number=8, value=None).update(
        numerator=20
    )
    roll_up(province.plan)
    fresh = services.refresh(version=changed, revision=1, by=khanh)
    stale = {s.id for s in composition.stale_texts(fresh, composition.document_of(fresh))}
    assert "chung" not in stale and "Có 4 chỉ tiêu." in plain(fresh)
    assert stale == {"thay-doi"}
    with pytest.raises(ActionNotAllowed, match="xem lại"):
        services.publish(version=fresh, revision=2, base_url=BASE, by=khanh, acknowledged=GUARDS)


def test_a_draft_is_thrown_away(drafted, province):
    version = drafted()
    services.discard(version=version, revision=0, by=province.people["khanh"])
    assert not Report.objects.exists()


# Published


def test_published_for_ever(published, province):
    version = published()
    assert re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", version.code) and not set(version.code) & set("IL01")
    before = plain(version)
    Letterhead.objects.update(issuer="Cơ quan khác", place="Nơi khác")
    late_change(province)
    again = ReportVersion.objects.get(pk=version.pk)
    assert plain(again) == before and composition.head_of(again).issuer == "Đơn vị s1"
    khanh = province.people["khanh"]
    for verb in (services.refresh, services.discard, lambda **of: services.edit(typed={}, **of)):
        with pytest.raises(ActionNotAllowed, match="đã phát hành"):
            verb(version=version, revision=version.revision, by=khanh)
    with pytest.raises(ActionNotAllowed, match="đã phát hành"):
        services.publish(version=version, revision=version.revision, base_url=BASE, by=khanh, acknowledged=GUARDS)
    with pytest.raises(ActionNotAllowed, match="bản điều chỉnh"):
        found, asked = composition.find(province.plan, "tien-do", "2023-08", "toan-tinh", "chinh-thuc")
        services.draft(kind=found, report_request=asked, by=khanh)


def test_nothing_is_published_of_a_period_that_has_not_closed(drafted, province, moment, as_person):
    """On 16 August September's data come in, August takes reports, July has closed."""
    khanh, plan = province.people["khanh"], province.plan
    for kind, span in (("tien-do", "2023-09"), ("tom-tat", "2023-quy-3"), ("che-do-bao-cao", "2023-9-thang")):
        assert composition.find(plan, kind, span, "toan-tinh", "chinh-thuc") is None
    client = as_person("khanh")
    said = "Tháng 9 năm 2023 chưa hết kỳ: số liệu tính đến hết ngày 14/09/2023, báo cáo lập được từ ngày 15/09/2023."
    assert said in words(client.get("/bao-cao/?ky=2023-09"))
    for address in ("/bao-cao/tien-do/?ky=2023-09", "/bao-cao/xem-truoc/?loai=tien-do&ky=2023-09&ve=toan-tinh"):
        answer = client.get(address)
        assert answer.status_code == 400 and said in words(answer)
    assert f"{said} Chưa có gì được lập." in words(client.post("/bao-cao/moi/", ASK | {"ky": "2023-09"}, follow=True))
    assert "2023-09" not in fields(client.get("/bao-cao/"))["ky"] and not Report.objects.exists()
    august = drafted("2023-08")
    assert "Kỳ chưa đóng" in composition.head_of(composition.versions().get(pk=august.pk)).marks
    assert "Kỳ chưa đóng" in words(client.get("/bao-cao/tien-do/?ky=2023-08"))
    with pytest.raises(ActionNotAllowed, match="kỳ chưa đóng, phát hành được sau ngày 20/08/2023. Dự thảo còn nguyên"):
        services.publish(version=august, revision=0, base_url=BASE, by=khanh, acknowledged=GUARDS)
    # A draft that was made before this was asked for.
    with time_machine.travel(factories.AT + timedelta(days=40), tick=False):
        september = drafted("2023-09")
    assert "Chưa hết kỳ" in composition.head_of(composition.versions().get(pk=september.pk)).marks
    with pytest.raises(ActionNotAllowed, match="chưa hết kỳ"):
        services.publish(version=september, revision=0, base_url=BASE, by=khanh, acknowledged=GUARDS)
    with pytest.raises(ActionNotAllowed, match="Tháng 9 năm 2023 chưa hết kỳ"):
        services.refresh(version=september, revision=0, by=khanh)
    assert not ReportVersion.objects.exclude(state=ReportState.DRAFT).exists()


def broken_pdf(monkeypatch, make):
    monkeypatch.setitem(FILE_FORMATS, "pdf", replace(FILE_FORMATS["pdf"], make=make))


def test_nothing_is_published_without_its_pdf(drafted, province, as_person, monkeypatch):
    def stop(document, head):
        raise RenderingFailed("Bộ tạo PDF chạy quá 60 giây nên đã bị dừng.")

    version = drafted("2023-07")
    client, address = as_person("khanh"), f"/bao-cao/{version.report_id}/"
    act = {"act": "publish", "revision": "0", "xac-nhan": GUARDS}
    with monkeypatch.context() as patch:
        broken_pdf(patch, stop)
        said = words(client.post(f"{address}viec/", act, follow=True))
    assert "Chưa phát hành vì chưa tạo được tệp PDF. Bộ tạo PDF chạy quá 60 giây nên đã bị dừng. Dự thảo còn" in said
    held = ReportVersion.objects.get()
    assert (held.state, held.code, held.revision, stored_files()) == (ReportState.DRAFT, "", 0, [])
    services.publish(version=version, revision=0, base_url=BASE, by=province.people["khanh"], acknowledged=GUARDS)
    file = ReportFile.objects.get()
    content = file.file.read()
    assert file.state == FileState.READY and file.checksum == hashlib.sha256(content).hexdigest()
    code = ReportVersion.objects.get().code
    assert code in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert AuditEntry.objects.get(act="phát hành báo cáo").detail["pdf_sha256"] == file.checksum


def test_what_is_not_published_leaves_no_file(drafted, province, monkeypatch):
    def somebody_saves(document, head):
        ReportVersion.objects.update(revision=5)
        return b"%PDF-1.7"

    version = drafted("2023-07")
    broken_pdf(monkeypatch, somebody_saves)
    with pytest.raises(EditConflict):
        services.publish(version=version, revision=0, base_url=BASE, by=province.people["khanh"], acknowledged=GUARDS)
    assert stored_files() == [] and not ReportFile.objects.exists()

    def told(*of, **given):
        raise OSError("killed")

    broken_pdf(monkeypatch, lambda document, head: b"%PDF-1.7")
    monkeypatch.setattr(notifications, "notify", told)
    with pytest.raises(OSError, match="killed"):
        services.publish(version=version, revision=5, base_url=BASE, by=province.people["khanh"], acknowledged=GUARDS)
    assert stored_files() == [] and ReportVersion.objects.get().is_draft


@pytest.mark.parametrize("where", ["câu", "ô của bảng", "thể thức"])
def test_a_makers_error_names_the_text_it_is_about(drafted, province, monkeypatch, where):
    """The error of a renderer, here caused by a character."""

    def trips(document, head):
        if any("†" in text for text in (*document.texts, *head.texts)):
            raise ValueError("cannot be set")
        return b"%PDF-1.7"

    khanh, version = province.people["khanh"], drafted("2023-07")
    if where == "câu":
        version = services.edit(version=version, revision=0, typed={"them-kien-nghi": "Nguy hiểm † đây."}, by=khanh)
    elif where == "thể thức":
        Letterhead.objects.update(recipients="Như trên;\nLưu †.")
    else:
        kept = model.dump(composition.document_of(version))
        kept["annexes"][0]["blocks"][0]["rows"][1]["cells"][1]["shown"] = "Chỉ tiêu †"
        ReportVersion.objects.update(snapshot={**version.snapshot, "document": kept})
    broken_pdf(monkeypatch, trips)
    quoted = {"câu": "Nguy hiểm † đây.", "ô của bảng": "Chỉ tiêu †", "thể thức": "Lưu †."}[where]
    with pytest.raises(ActionNotAllowed, match=f"Bộ tạo tệp dừng ở chỗ “{quoted}”: có ký tự không in được. Sửa chỗ đó"):
        services.publish(version=version, revision=version.revision, base_url=BASE, by=khanh, acknowledged=GUARDS)


def test_an_error_that_is_about_no_text_says_that_it_was_logged(drafted, monkeypatch, caplog):
    document, head = rendering.shown(drafted("2023-07"))
    broken_pdf(monkeypatch, lambda document, head: 1 / 0)
    with pytest.raises(
        RenderingFailed, match="^Bộ tạo tệp gặp lỗi; đã ghi vào nhật ký hệ thống, đề nghị báo quản trị.$"
    ):
        rendering.content_of("pdf", document, head)
    assert "Không tạo được tệp pdf" in caplog.text


def test_somebody_saved_before_it_was_published(drafted, province):
    version = drafted()
    services.edit(version=version, revision=0, typed={"chung": "Khác."}, by=province.people["khanh"])
    with pytest.raises(EditConflict):
        services.publish(version=version, revision=0, base_url=BASE, by=province.people["khanh"], acknowledged=GUARDS)


def test_ones_own_save_is_known_again_although_its_answer_was_lost(drafted, province):
    khanh, version = province.people["khanh"], drafted()
    save = partial(services.edit, version=version, revision=0, by=khanh)
    save(typed={"chung": "Một."})  # stored, and no answer came
    assert save(typed={"chung": "Một."}).revision == 1
    later = {"chung": "Hai."}
    for tried in ([], [({"chung": "Khác."}, {})], [({"chung": "{9: 1}"}, {})]):
        with pytest.raises(EditConflict):
            save(typed=later, tried=tried)
    assert save(typed=later, tried=[({"chung": "Khác."}, {}), ({"chung": "Một."}, {})]).revision == 2
    assert ReportVersion.objects.get().texts["chung"]["text"] == "Hai."


def test_a_late_change_shows_in_the_next_report_and_not_in_the_printed_one(published, drafted, province, as_person):
    july = published("2023-07")
    before = plain(july)
    late_change(province)
    assert plain(ReportVersion.objects.get(pk=july.pk)) == before
    august = drafted("2023-08")
    # 400 + 400 of 1000 was told of; 380 of the 400 now.
    assert "Số liệu đã báo cáo kỳ trước của 1 chỉ tiêu thành phần (I.1) được điều chỉnh như sau:" in plain(august)
    (table,) = [t for t in rendering.shown(august)[0].tables if t.id == "Điều chỉnh"]
    assert [[cell.shown for cell in row.cells][:5] for row in table.rows] == [
        ["I.1", "Hồ sơ trên mạng (lũy kế)", "80,00%", "78,00%", "\u22122,00"]
    ]


def test_a_correction_is_a_numbered_version_that_says_in_what_it_differs(published, publish, province):
    khanh = province.people["khanh"]
    first = published("2023-07")
    with pytest.raises(ActionNotAllowed, match="lý do"):
        services.correct(report=first.report, reason=" ", by=khanh)
    late_change(province)
    second = services.correct(report=first.report, reason="X12 gửi nhầm số tháng 7.", by=khanh)
    assert second.number == 2 and second.is_draft
    assert ReportVersion.objects.get(pk=first.pk).state == ReportState.PUBLISHED
    publish(second)
    assert [v.state for v in first.report.versions.all()] == [ReportState.PUBLISHED, ReportState.SUPERSEDED]
    said = " ".join(plain(ReportVersion.objects.get(pk=second.pk)))
    assert "Báo cáo này thay thế Báo cáo lần 1 ngày 16/08/2023. Số liệu điều chỉnh so với bản đó:" in said
    (table,) = [t for t in rendering.shown(second)[0].tables if t.id == "Điều chỉnh bản trước"]
    assert [cell.shown for cell in table.rows[0].cells][:5] == [
        "I.1",
        "Hồ sơ trên mạng (lũy kế)",
        "80,00%",
        "78,00%",
        "\u22122,00",
    ]


def test_those_who_should_read_it_are_told(published, province):
    published(subject="huyen:h1")
    told = set(Notification.objects.filter(event="report_published").values_list("person__username", flat=True))
    assert told == {"lam", "dung", "giang"}


# Who


PAGES = ["", "lan-1/", "soan/", "lan-1/tep/pdf/", "lan-1/ban-quet/"]


@pytest.mark.parametrize("name", ["an", "binh", "cuc", "dung"])
def test_a_strangers_and_a_missing_report_are_the_same(as_person, with_files, name):
    client = as_person(name)
    for page in PAGES:
        for pk in (with_files.report_id, 9999):
            assert client.get(f"/bao-cao/{pk}/{page}").status_code == 404
    for page in ("soan/", "viec/", "dieu-chinh/", "lan-1/tep/", "lan-1/ban-quet/"):
        assert client.post(f"/bao-cao/{with_files.report_id}/{page}").status_code == 404
    assert client.post("/bao-cao/moi/", ASK).status_code == 404
    assert "Chưa có báo cáo nào được phát hành." in words(client.get("/bao-cao/"))


def test_a_leader_reads_and_does_not_write(as_person, drafted, with_files):
    draft = drafted("2023-07")
    leader = as_person("lam")
    for report in (draft.report_id, with_files.report_id):
        assert leader.get(f"/bao-cao/{report}/").status_code == 200
        assert leader.get(f"/bao-cao/{report}/soan/").status_code == 404
        assert (
            leader.post(f"/bao-cao/{report}/viec/", {"act": "publish", "revision": "0", "xac-nhan": GUARDS}).status_code
            == 404
        )
        assert leader.post(f"/bao-cao/{report}/dieu-chinh/", {"reason": "x"}).status_code == 404
    assert "Sửa dự thảo" not in words(leader.get(f"/bao-cao/{draft.report_id}/"))
    assert leader.post("/bao-cao/moi/", ASK).status_code == 404


def test_whom_it_concerns_reads_it_once_it_is_published(as_person, drafted, publish, province):
    version = drafted(subject="huyen:h1")
    address = f"/bao-cao/{version.report_id}/"
    assert [as_person(name).get(address).status_code for name in ("dung", "an", "cuc")] == [404, 404, 404]
    publish(version)
    assert [as_person(name).get(address).status_code for name in ("dung", "giang", "an", "cuc")] == [200, 200, 404, 404]
    second = services.correct(report=version.report, reason="Bổ sung.", by=province.people["khanh"])
    assert as_person("dung").get(f"{address}lan-{second.number}/").status_code == 404


def test_nobody_comes_in_without_logging_in(client, with_files):
    for page in PAGES:
        answer = client.get(f"/bao-cao/{with_files.report_id}/{page}")
        assert answer.status_code == 302 and answer["Location"].startswith("/dang-nhap/")


def test_the_way_from_the_shelf_to_the_sheet(as_person, moment, django_capture_on_commit_callbacks):
    khanh = as_person("khanh")
    assert "rồi lập dự thảo đầu tiên." in words(khanh.get("/bao-cao/"))
    editor = khanh.post("/bao-cao/moi/", ASK)["Location"]
    saved = khanh.post(
        editor, fields(khanh.get(editor)) | {"document_day": "20/08/2023", "document_number": "15", "xem": "1"}
    )
    page = saved["Location"]
    assert "Số: 15/BC-S1" in words(khanh.get(page)) and "ngày 20 tháng 8 năm 2023" in words(khanh.get(page))
    revision = fields(khanh.get(page))["revision"]
    early = khanh.post(f"{page}viec/", {"act": "publish", "revision": revision, "xac-nhan": GUARDS}, follow=True)
    assert "kỳ chưa đóng, phát hành được sau ngày 20/08/2023. Dự thảo còn nguyên." in words(early)
    moment.move_to(factories.AT + timedelta(days=6))
    khanh = as_person("khanh")
    with django_capture_on_commit_callbacks(execute=True):
        khanh.post(f"{page}viec/", {"act": "publish", "revision": revision, "xac-nhan": GUARDS})
    said = words(khanh.get(page))
    assert "Đã phát hành" in said and "Tải về" in said and "Không tạo được" not in said
    assert "Tạo tệp còn thiếu" not in said  # nothing is missing
    shelf = words(khanh.get("/bao-cao/"))
    assert "Năm 2023" in shelf and "Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2023" in shelf


# Files


def test_files_by_their_vietnamese_names(as_person, with_files):
    for file_format in FILE_FORMATS.values():
        answer = as_person("lam").get(f"/bao-cao/{with_files.report_id}/lan-1/tep/{file_format.id}/")
        content = b"".join(answer.streaming_content)
        assert content.startswith(b"%PDF" if file_format.id == "pdf" else b"PK")
        assert answer["Content-Type"] == file_format.content_type and answer["X-Content-Type-Options"] == "nosniff"
        name = unquote(re.search(r"filename\*=utf-8''(.+)", answer["Content-Disposition"])[1])
        assert name == f"Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2023.{file_format.extension}"
        file = ReportFile.objects.get(file_format=file_format.id)
        assert (file.size, len(file.checksum)) == (len(content), 64)


def test_the_printed_file_is_still_to_be_had_as_it_was(as_person, with_files, province):
    address = f"/bao-cao/{with_files.report_id}/lan-1/tep/pdf/"
    before = b"".join(as_person("lam").get(address).streaming_content)
    late_change(province)
    assert b"".join(as_person("lam").get(address).streaming_content) == before


def test_a_maker_that_fails_says_so_and_the_others_work(
    drafted, province, as_person, monkeypatch, django_capture_on_commit_callbacks
):
    version = drafted()

    def broken(document, head):
        raise RenderingFailed("Bộ tạo PDF chạy quá 60 giây nên đã bị dừng.")

    monkeypatch.setitem(
        FILE_FORMATS, "pdf", rendering.FILE_FORMATS["pdf"].__class__(**{**vars(FILE_FORMATS["pdf"]), "make": broken})
    )
    monkeypatch.setitem(
        FILE_FORMATS, "xlsx", FILE_FORMATS["xlsx"].__class__(**{**vars(FILE_FORMATS["xlsx"]), "make": lambda *_: 1 / 0})
    )
    with django_capture_on_commit_callbacks(execute=True):
        job = services.ask_files(version=version, by=province.people["khanh"])
    job.refresh_from_db()
    assert job.state == JobState.DONE and job.message.startswith("Đã tạo Word. Không tạo được PDF, Excel")
    assert "bấm Tạo tệp còn thiếu" in job.message
    said = words(as_person("lam").get(f"/bao-cao/{version.report_id}/"))
    assert "Tạo tệp còn thiếu" in said
    assert "chạy quá 60 giây" in said and "đã ghi vào nhật ký hệ thống" in said and said.count("Tải về") == 1
    stored = [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]
    assert len(stored) == 1  # the Word file, and nothing half-made
    monkeypatch.undo()
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_files(version=version, by=province.people["khanh"])
    assert set(version.files.values_list("state", flat=True)) == {FileState.READY}


def test_asked_for_fifty_times_it_is_made_once(published, as_person, province):
    version = published()
    answers = [as_person("khanh").post(f"/bao-cao/{version.report_id}/lan-1/tep/") for _ in range(50)]
    assert all(answer.status_code == 302 for answer in answers)
    assert (Job.objects.count(), ReportFile.objects.count()) == (1, 3)
    said = words(as_person("khanh").get("/bao-cao/"))
    assert "Báo cáo đã lập" in said  # others stay served


def test_too_many_at_once_are_refused_with_a_word(published, as_person, province):
    khanh = province.people["khanh"]
    versions = [published(f"2023-0{month}") for month in (3, 4, 5, 6)]
    for version in versions[:3]:
        services.ask_files(version=version, by=khanh)
    client = as_person("khanh")
    answer = client.post(f"/bao-cao/{versions[3].report_id}/lan-1/tep/", follow=True)
    assert "Đang có nhiều báo cáo chờ tạo tệp. Bản báo cáo còn nguyên" in answer.content.decode()
    assert Job.objects.count() == 3
    Job.objects.update(state=JobState.DONE)
    assert client.post(f"/bao-cao/{versions[3].report_id}/lan-1/tep/")["Location"].startswith("/cong-viec/")


def test_a_file_that_nobody_finished_is_asked_for_again(published, province, moment):
    version = published()
    khanh = province.people["khanh"]
    assert services.ask_files(version=version, by=khanh) is not None
    assert services.ask_files(version=version, by=khanh) is None
    Job.objects.update(state=JobState.INTERRUPTED)
    moment.move_to(factories.AT + timedelta(minutes=6))
    assert services.ask_files(version=version, by=khanh) is not None


def test_a_drafts_older_files_go(drafted, province, django_capture_on_commit_callbacks):
    version, khanh = drafted(), province.people["khanh"]
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_files(version=version, by=khanh, formats=("xlsx",))
    version = services.edit(version=version, revision=0, typed={"chung": "Khác."}, by=khanh)
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_files(version=version, by=khanh, formats=("xlsx",))
    assert ReportFile.objects.get().revision == 1
    assert len([path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]) == 1


def test_only_files_that_no_row_knows_go_at_night(with_files, province):
    scan = SimpleUploadedFile("ky.pdf", b"%PDF-1.7 scan", content_type="application/pdf")
    services.attach_scan(version=with_files, upload=scan, by=province.people["khanh"])
    held = ReportVersion.objects.get(pk=with_files.pk)
    known = [file.file.name for file in held.files.all()] + [held.scan.name]
    lost = default_storage.save(files.stored_name(FOLDER, "a.pdf"), ContentFile(b"%PDF-1.7"))
    for name in (*known, lost):
        os.utime(default_storage.path(name), (0, 0))
    assert tasks.clear_lost_files() == 1
    assert [default_storage.exists(name) for name in (*known, lost)] == [True] * len(known) + [False]


def test_drafts_and_made_up_figures_are_marked(drafted, publish, province):
    DemoYear.objects.create(
        plan=province.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    version = ReportVersion.objects.get(pk=drafted().pk)
    assert composition.head_of(version).marks == ("Dự thảo", "Kỳ chưa đóng", "Số liệu minh họa")
    done = publish(version)
    assert composition.head_of(done).marks == ("Số liệu minh họa",)


def test_the_scan_of_the_signed_sheet(published, as_person):
    version = published()
    khanh, address = as_person("khanh"), f"/bao-cao/{version.report_id}/lan-1/ban-quet/"
    bad = khanh.post(address, {"tep": SimpleUploadedFile("a.pdf", b"<html>")}, follow=True)
    assert "Bản quét phải là tệp PDF, PNG hoặc JPG" in bad.content.decode()
    assert "Chưa chọn tệp" in khanh.post(address, follow=True).content.decode()
    khanh.post(address, {"tep": SimpleUploadedFile("Bản ký số 15.pdf", b"%PDF-1.7 x")})
    answer = as_person("lam").get(address)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 x"
    assert "B%E1%BA%A3n%20k%C3%BD%20s%E1%BB%91%2015.pdf" in answer["Content-Disposition"]
    assert as_person("lam").post(address, {"tep": io.BytesIO(b"%PDF-")}).status_code == 404


def no_eicar(path):
    """A virus scanner that is a function of the installation."""
    return "Eicar-Signature" if b"EICAR" in Path(path).read_bytes() else ""


def stored_files():
    return [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("scanner", "said"),
    [
        (f"python:{__name__}.no_eicar", "Chương trình quét vi-rút chặn tệp này."),
        ("/khong/co/clamdscan", "Chưa kiểm tra được tệp vì chương trình quét vi-rút không trả lời."),
    ],
)
def test_a_scan_is_looked_at_before_it_is_kept(published, as_person, settings, scanner, said):
    version = published()
    khanh, address = as_person("khanh"), f"/bao-cao/{version.report_id}/lan-1/ban-quet/"
    khanh.post(address, {"tep": SimpleUploadedFile("a.pdf", b"%PDF-1.7 clean")})
    settings.FILE_SCANNER = scanner
    refused = khanh.post(address, {"tep": SimpleUploadedFile("b.pdf", b"%PDF-1.7 EICAR")}, follow=True)
    assert said in refused.content.decode() and "Chưa có gì được lưu." in refused.content.decode()
    held = ReportVersion.objects.get(pk=version.pk)
    assert held.scan_name == "a.pdf" and len(stored_files()) == 2  # beside the PDF
    assert AuditEntry.objects.filter(act="kèm bản quét có chữ ký").count() == 1


def test_a_second_scan_takes_the_place_of_the_first_which_stays(
    published, as_person, settings, django_capture_on_commit_callbacks
):
    settings.FILE_SCANNER = f"python:{__name__}.no_eicar"
    version = published()
    page = f"/bao-cao/{version.report_id}/lan-1/"
    khanh, address = as_person("khanh"), f"{page}ban-quet/"
    for name in ("a.pdf", "b.pdf"):
        with django_capture_on_commit_callbacks(execute=True):
            khanh.post(address, {"tep": SimpleUploadedFile(name, f"%PDF-1.7 {name}".encode())})
    assert ReportVersion.objects.get(pk=version.pk).scan_name == "b.pdf"
    newer, older = version.signed_copies.all()
    assert [(copy.name, copy.checksum) for copy in (newer, older)] == [
        (name, hashlib.sha256(f"%PDF-1.7 {name}".encode()).hexdigest()) for name in ("b.pdf", "a.pdf")
    ]
    leader = as_person("lam")
    assert b"".join(leader.get(address).streaming_content) == b"%PDF-1.7 b.pdf"
    assert b"".join(leader.get(f"{address}{older.pk}/").streaming_content) == b"%PDF-1.7 a.pdf"
    assert as_person("an").get(f"{address}{older.pk}/").status_code == 404
    said = words(leader.get(page))
    assert "2 bản quét đã kèm" in said and older.checksum in said and "b.pdf (đang dùng)" in said
    told = AuditEntry.objects.get(act="thay bản quét có chữ ký").detail
    assert (told["sha256"], told["replaces"], told["replaces_sha256"]) == (newer.checksum, "a.pdf", older.checksum)
    again = khanh.post(address, {"tep": SimpleUploadedFile("c.pdf", b"%PDF-1.7 b.pdf")}, follow=True)
    assert "trùng với bản quét đang kèm (b.pdf)" in again.content.decode() and version.signed_copies.count() == 2
    for stored in stored_files():
        os.utime(stored, (0, 0))
    assert tasks.clear_lost_files() == 0 and older.file.storage.exists(older.file.name)


def test_a_draft_has_no_scan(drafted, as_person):
    address = f"/bao-cao/{drafted().report_id}/lan-1/ban-quet/"
    answer = as_person("khanh").post(address, {"tep": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, follow=True)
    assert "Chỉ bản đã phát hành mới có bản quét." in answer.content.decode() and stored_files() == []


def test_a_file_or_a_scan_that_is_gone_says_so(with_files, as_person, province):
    scan = SimpleUploadedFile("Bản ký số 15.pdf", b"%PDF-1.7 scan", content_type="application/pdf")
    services.attach_scan(version=with_files, upload=scan, by=province.people["khanh"])
    held = ReportVersion.objects.get(pk=with_files.pk)
    for stored in (held.files.get(file_format="pdf").file, held.scan):
        default_storage.delete(stored.name)
    leader, page = as_person("lam"), f"/bao-cao/{held.report_id}/lan-1/"
    for address, name in (
        ("tep/pdf/", "tháng 8 năm 2023.pdf"),
        ("tep/pdf/?xem", ".pdf"),
        ("ban-quet/", "Bản ký số 15.pdf"),
    ):
        answer = leader.get(page + address, follow=True)
        assert answer.redirect_chain == [(page, 302)]
        assert f"{name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống." in answer.content.decode()
    assert leader.get(page + "tep/docx/").status_code == 200


# What makes itself, what is compared


def test_a_closed_period_is_drafted_once(province, moment):
    assert tasks.draft_what_closed() == 1  # July closed on the 20th
    report = Report.objects.get()
    assert (report.span, report.versions.get().state) == ("2023-07", ReportState.DRAFT)
    assert tasks.draft_what_closed() == 0
    told = Notification.objects.get(event="report_drafted")
    assert told.person == province.people["khanh"] and told.url == report.get_absolute_url()
    moment.move_to(factories.AT.replace(month=9, day=21))
    assert tasks.draft_what_closed() == 4
    assert set(Report.objects.values_list("span", flat=True)) == {
        "2023-07",
        "2023-08",
        "2023-09",
        "2023-quy-3",
        "2023-9-thang",
    }


def test_a_draft_and_its_notice_are_made_together_or_neither(province, monkeypatch):
    def broken(**of):
        raise OSError("a worker is killed")

    with monkeypatch.context() as patch:
        patch.setattr(notifications, "notify", broken)
        tasks.draft_what_closed()
        assert not Report.objects.exists()
    assert tasks.draft_what_closed() == 1
    assert Notification.objects.get(event="report_drafted").url == Report.objects.get().get_absolute_url()


def test_one_report_that_cannot_be_drafted_stops_no_other(province, moment, monkeypatch, caplog):
    content_of = composition.content_of

    def broken(kind, asked, *more):
        if asked.report_period.code == "2023-08":
            raise ZeroDivisionError
        return content_of(kind, asked, *more)

    moment.move_to(factories.AT.replace(month=9, day=21))
    with monkeypatch.context() as patch:
        patch.setattr(composition, "content_of", broken)
        assert tasks.draft_what_closed() == 3
    assert "2023-08" not in set(Report.objects.values_list("span", flat=True))
    assert "Không lập được dự thảo báo cáo 2023-08" in caplog.text
    assert tasks.draft_what_closed() == 1  # the next morning


def test_a_draft_by_hand_is_nobody_elses_news(drafted):
    drafted()
    assert not Notification.objects.filter(event="report_drafted").exists()


def test_two_published_reports_say_why_they_differ(published, publish, province, as_person):
    june, july = published("2023-06"), published("2023-07")
    leader = as_person("lam")
    said = words(leader.get(f"/bao-cao/{july.report_id}/lan-1/so-sanh/"))
    # June 400/500, July 800/1000; I.2 from 10/100 to 20/100; II.1 has its first figure.
    assert "I.2 Chỉ tiêu I.2 Tăng 10,00\u00a0điểm" in said.replace(" điểm", "\u00a0điểm")
    assert "Từ Báo cáo tiến độ thực hiện chỉ tiêu, tháng 6 năm 2023" in said
    late_change(province)
    assert words(leader.get(f"/bao-cao/{july.report_id}/lan-1/so-sanh/")) == said
    second = services.correct(report=july.report, reason="X12 gửi nhầm.", by=province.people["khanh"])
    publish(second)
    said = words(leader.get(f"/bao-cao/{july.report_id}/lan-2/so-sanh/"))
    assert "I.1 Hồ sơ trên mạng Giảm 2,00" in said and "I.2 Chỉ tiêu I.2" not in said
    assert "I.2" in words(leader.get(f"/bao-cao/{july.report_id}/lan-2/so-sanh/?voi={june.pk}"))
    assert leader.get(f"/bao-cao/{july.report_id}/lan-2/so-sanh/?voi=x").status_code == 404
    assert as_person("dung").get(f"/bao-cao/{july.report_id}/lan-1/so-sanh/").status_code == 404
    assert "Chưa có báo cáo nào trước" in words(leader.get(f"/bao-cao/{june.report_id}/lan-1/so-sanh/"))


# The public check


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def test_anybody_may_ask_whether_a_sheet_is_genuine(client, published, publish, province):
    first = published("2023-07")
    type(province.plan).objects.update(source="Công báo", source_url="https://congbao.vi.du/12")
    answer = client.get(f"/kiem-tra/{composition.bare(first.code)}/")
    said = words(answer)
    assert "Kế hoạch năm 2023, số 12/KH-UBND (nguồn: Công báo)" in said
    assert 'href="https://congbao.vi.du/12"' in answer.content.decode()
    assert said.startswith("Kiểm tra văn bản Còn hiệu lực")
    assert "Báo cáo tiến độ thực hiện chỉ tiêu, tháng 7 năm 2023" in said and "16/08/2023" in said
    assert "80,00" not in said and "Khánh" not in said
    second = services.correct(report=first.report, reason="Sửa.", by=province.people["khanh"])
    publish(second)
    assert "Đã có bản thay thế" in words(client.get(f"/kiem-tra/{first.code.lower()}/"))
    assert client.get(f"/kiem-tra/?ma={first.code}")["Location"] == f"/kiem-tra/{composition.bare(first.code)}/"
    assert composition.head_of(ReportVersion.objects.get(pk=first.pk)).check_url == (
        f"{BASE}kiem-tra/{composition.bare(first.code)}/"
    )


def test_an_unknown_code_and_a_guesser(client, published):
    published()
    answer = client.get("/kiem-tra/AAAABBBBCCCCDDDD/")
    assert answer.status_code == 404 and "Không có văn bản nào mang mã này." in words(answer)
    for _ in range(29):
        client.get("/kiem-tra/AAAABBBBCCCCDDDD/")
    answer = client.get("/kiem-tra/AAAABBBBCCCCDDDD/")
    assert answer.status_code == 429 and "Đợi một phút" in words(answer)
    assert client.get("/kiem-tra/").status_code == 200


@pytest.mark.parametrize("asked", ["0", "I-1-O", "%00", "0000-0000-0000-0000"])
def test_what_holds_no_letter_of_a_code_is_unknown_and_tells_of_no_draft(client, drafted, asked):
    title = drafted().report.title
    for address in (f"/kiem-tra/{asked}/", f"/kiem-tra/?ma={asked}"):
        answer = client.get(address)
        assert answer.status_code == 404 and "Không có văn bản nào mang mã này." in words(answer)
        assert title not in words(answer) and "Mã đã hỏi" not in words(answer)


def test_nothing_asked_is_the_form_alone(client, drafted):
    drafted()
    for address in ("/kiem-tra/", "/kiem-tra/?ma=", "/kiem-tra/?ma=%20"):
        answer = client.get(address)
        assert answer.status_code == 200 and "Nhập mã in ở chân mỗi trang văn bản" in words(answer)


@pytest.fixture
def counted_in_redis(redis_server, settings, monkeypatch):
    """Checks are counted in a Redis of this test, as in production."""
    monkeypatch.setattr(page_cache, "silent_until", 0.0)
    settings.CACHES = settings.CACHES | {"default": settings_of(redis_server.url, "default")}
    yield redis_server
    redis_server.thaw()
    if not redis_server._answers():
        redis_server.start()
    redis_server.flush()


@pytest.mark.redis
def test_questions_are_counted_by_all_workers(client, db, counted_in_redis):
    answers = [client.get("/kiem-tra/AAAABBBBCCCCDDDD/").status_code for _ in range(31)]
    assert answers == [404] * 30 + [429]


@pytest.mark.redis
@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_a_code_is_answered_without_redis(client, published, counted_in_redis, caplog, fault):
    address = f"/kiem-tra/{composition.bare(published('2023-07').code)}/"
    assert client.get(address).status_code == 200
    getattr(counted_in_redis, fault)()
    begun = time.monotonic()
    assert [client.get(address).status_code for _ in range(40)] == [200] * 40
    assert time.monotonic() - begun < 5
    assert len([line for line in caplog.messages if "Bộ nhớ đệm không trả lời" in line]) == 1


# Template per province


def test_the_words_around_a_report_are_the_plans(drafted, province):
    first = drafted()
    form = Letterhead.objects.get()
    assert (form.above, form.issuer, form.symbol) == ("Đơn vị tinh", "Đơn vị s1", "BC-S1")
    assert [signer.powers for signer in form.signers.all()] == ["GIÁM ĐỐC", "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC"]
    form.place, form.recipients = "Chí Linh", "Như trên;\n\n Lưu: VT."
    form.save()
    head = composition.head_of(ReportVersion.objects.get(pk=first.pk))
    assert (head.place, head.recipients) == ("Chí Linh", ("Như trên;", "Lưu: VT."))


def test_administration_edits_the_letterhead(as_person, drafted, province):
    drafted()
    follow_roles(user=province.people["quan"])
    admin = as_person("quan")
    assert admin.get("/quan-tri/reports/letterhead/").status_code == 200
    address = f"/quan-tri/reports/letterhead/{Letterhead.objects.get().pk}/change/"
    assert "Mỗi nơi một dòng" in admin.get(address).content.decode()
    admin.post(address, fields(admin.get(address)) | {"place": "Chí Linh"})
    assert Letterhead.objects.get().place == "Chí Linh"
    assert as_person("lam").get(address).status_code == 404


# Cost


@pytest.mark.parametrize(("page", "queries"), [("/bao-cao/", 13), ("/bao-cao/{}/", 13), ("/bao-cao/{}/soan/", 11)])
def test_a_fixed_number_of_queries(as_person, published, drafted, province, django_assert_num_queries, page, queries):
    version = drafted()
    khanh = as_person("khanh")
    khanh.get("/bao-cao/")
    address = page.format(version.report_id)
    with django_assert_num_queries(queries):
        khanh.get(address)
    for span in ("2023-05", "2023-06", "2023-07"):
        published(span)
    with django_assert_num_queries(queries):
        khanh.get(address)


def test_roles_of_this_file(province):
    assert province.people["khanh"].holds(Role.STANDING)


# Discarded and brought back


def test_a_discarded_draft_comes_back_with_its_words(drafted, province, as_person):
    khanh, version = province.people["khanh"], drafted()
    snapshot, ledger = version.snapshot, version.ledger
    version = services.edit(version=version, revision=0, typed={}, by=khanh, document_number="12/BC")
    client = as_person("khanh")
    answer = client.post(f"/bao-cao/{version.report_id}/viec/", {"act": "discard", "revision": 1}, follow=True)
    assert "Dự thảo đã bỏ 1" in words(answer) and not Report.objects.exists()
    (removed,) = services.removed_drafts(khanh)
    answer = client.post("/bao-cao/khoi-phuc/", {"restore": removed.pk})
    back = ReportVersion.objects.get()
    assert answer["Location"] == f"/bao-cao/{back.report_id}/soan/"
    assert (back.snapshot, back.ledger, back.document_number) == (snapshot, ledger, "12/BC")
    assert (back.revision, back.number, back.signer, back.letterhead) == (1, 1, version.signer, version.letterhead)
    assert AuditEntry.objects.filter(act="khôi phục dự thảo báo cáo").count() == 1
    assert "Dự thảo đã bỏ" not in words(client.get("/bao-cao/"))
    answer = client.post("/bao-cao/khoi-phuc/", {"restore": removed.pk}, follow=True)
    assert "đã được khôi phục" in words(answer)


def test_a_discarded_draft_gives_way_to_another_and_to_a_published_one(drafted, published, province):
    khanh = province.people["khanh"]
    services.discard(version=drafted(), revision=0, by=khanh)
    (removed,) = services.removed_drafts(khanh)
    other = drafted()
    with pytest.raises(ActionNotAllowed, match="đã có dự thảo khác"):
        services.restore(removed=removed.pk, by=khanh)
    services.discard(version=other, revision=0, by=khanh)
    published()
    with pytest.raises(ActionNotAllowed, match="đã phát hành sau dự thảo"):
        services.restore(removed=removed.pk, by=khanh)
    correction = services.correct(report=Report.objects.get(), reason="Sửa.", by=khanh)
    services.discard(version=correction, revision=0, by=khanh)
    assert len(services.removed_drafts(khanh)) == 3
    newest = services.removed_drafts(khanh)[0]
    assert services.restore(removed=newest.pk, by=khanh).number == 2


def test_a_discarded_draft_is_for_those_who_may_draft(drafted, province, as_person):
    khanh = province.people["khanh"]
    services.discard(version=drafted(), revision=0, by=khanh)
    (removed,) = services.removed_drafts(khanh)
    assert as_person("an").post("/bao-cao/khoi-phuc/", {"restore": removed.pk}).status_code == 404
    lead = next((person for person in province.people.values() if person.holds(Role.LEAD)), None)
    if lead is not None:
        assert services.removed_drafts(lead) == []
        with pytest.raises(ActionNotAllowed, match="đã được khôi phục"):
            services.restore(removed=removed.pk, by=lead)
    for strange in ("", "x", "\0", "9" * 40):
        answer = as_person("khanh").post("/bao-cao/khoi-phuc/", {"restore": strange}, follow=True)
        assert "đã quá hạn khôi phục" in words(answer)
