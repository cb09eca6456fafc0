"""Templates of the province's own: kept in versions, tried and filled in with the figures of a report."""

import hashlib
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from core.concurrency import WorkLimit
from reports.documents import concurrency, signatures
from reports.documents import services as reports
from reports.documents.own_templates import services
from reports.documents.own_templates.variables import shape, values_of
from reports.models import FilledTemplate, OwnTemplate
from tests.page import words
from tests.reports.documents.own_templates.test_worker import LOOP, word

pytestmark = pytest.mark.once

LIST = "/bao-cao/bieu-mau/"


def upload(content, name="bieu.docx"):
    return SimpleUploadedFile(name, content)


def names(value):
    """The names of a value, as deep as the first element of each list."""
    if isinstance(value, dict):
        return {name: names(part) for name, part in value.items()}
    return [names(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def test_every_variable_has_a_value_and_a_meaning(published):
    values = values_of(published("2023-07"))
    assert names(values) == names(shape())
    assert values["chi_tieu"][0]["tt"] == 1 and values["chi_tieu"][0]["trang_thai"]


def test_targets_stand_in_the_plans_order(published):
    """PostgreSQL sorts the keys of stored JSON: by their length first."""
    version = published("2023-07")
    expected = [one["ma"] for one in values_of(version)["chi_tieu"]]
    facts = version.snapshot["facts"]
    facts["lines"] = dict(reversed(facts["lines"].items()))
    assert len(expected) > 1 and [one["ma"] for one in values_of(version)["chi_tieu"]] == expected


def test_from_upload_to_a_kept_file(published, as_person, client):
    version = published("2023-07")
    khanh, lam = as_person("khanh"), as_person("lam")
    for address in (LIST, f"{LIST}1/", f"{LIST}1/lan-1/"):
        assert lam.get(address).status_code == 404 and client.get(address).status_code == 302
    assert "Chưa có biểu mẫu nào" in words(khanh.get(LIST)) and "mức cần đạt" in words(khanh.get(LIST))
    wrong = khanh.post(LIST, {"ten": "Biểu 1", "tep": upload(word("Đúng", "{{ sai }}"))})
    assert wrong.status_code == 409 and "Đoạn 2: Không có biến sai." in words(wrong)
    for content, name, reason in (
        (b"%PDF-1.4", "x.pdf", "phải là tệp .docx hoặc .xlsx"),
        (b"PK\x03\x04", "x.docx", "tệp hỏng"),
    ):
        assert reason in words(khanh.post(LIST, {"ten": "Biểu 1", "tep": upload(content, name)}))
    assert not OwnTemplate.objects.exists()
    template = word("{{ trich_yeu }}", rows=LOOP)
    assert "Đã lưu bieu.docx, lần 1." in words(
        khanh.post(LIST, {"ten": "Biểu 1", "tep": upload(template)}, follow=True)
    )
    assert "đã có biểu mẫu tên này" in words(khanh.post(LIST, {"ten": "Biểu 1", "tep": upload(template)}))
    made = OwnTemplate.objects.get()
    page = made.get_absolute_url()
    assert "lần 2" in words(khanh.post(page, {"tep": upload(word("{{ so }}"))}, follow=True))
    assert b"".join(khanh.get(f"{page}lan-1/").streaming_content) == template

    tried = khanh.get(f"{page}xem-thu/?bao-cao={version.pk}")
    assert Document(BytesIO(b"".join(tried.streaming_content))) and not FilledTemplate.objects.exists()
    assert khanh.get(f"{page}xem-thu/?bao-cao=x").status_code == 404
    report = f"/bao-cao/{version.report_id}/lan-1/"
    assert lam.post(f"{report}bieu-mau/", {"bieu-mau": made.pk}).status_code == 404
    khanh.post(page, {"tep": upload(template)})
    assert "Đã tạo Biểu 1" in words(khanh.post(f"{report}bieu-mau/", {"bieu-mau": made.pk}, follow=True))
    kept = FilledTemplate.objects.get()
    assert kept.template.number == 3
    content = b"".join(lam.get(f"{report}bieu-mau/{kept.pk}/").streaming_content)
    assert hashlib.sha256(content).hexdigest() == kept.checksum
    table = Document(BytesIO(content)).tables[0]
    assert len(table.rows) == len(values_of(version)["chi_tieu"]) and table.rows[0].cells[0].text == "I.1"
    assert "theo Biểu 1, lần 3" in words(lam.get(report)) and "theo lần 3" in words(khanh.get(page))


def test_a_draft_with_a_filled_template_can_be_discarded(drafted, as_person, province):
    khanh, draft = as_person("khanh"), drafted("2023-07")
    khanh.post(LIST, {"ten": "Biểu 1", "tep": upload(word("{{ trich_yeu }}"))})
    khanh.post(f"/bao-cao/{draft.report_id}/lan-1/bieu-mau/", {"bieu-mau": OwnTemplate.objects.get().pk})
    kept = FilledTemplate.objects.get()
    assert kept.name.startswith("Dự thảo Biểu 1") and kept.name in words(khanh.get(f"/bao-cao/{draft.report_id}/"))
    assert as_person("khanh").get(f"/bao-cao/{draft.report_id}/lan-1/bieu-mau/{kept.pk}/").status_code == 200
    reports.discard(version=draft, revision=draft.revision, by=province.people["khanh"])
    assert not FilledTemplate.objects.exists()


def test_a_pdf_where_the_machine_has_an_office_program(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "OFFICE", ("khong-co-chuong-trinh-nay",))
    with pytest.raises(services.ActionNotAllowed, match="không có LibreOffice"):
        services.pdf_of(b"x", "docx")
    program = tmp_path / "soffice"
    # The last argument is the file, the one before it the folder.
    program.write_text('#!/bin/sh\nfor last; do :; done\nprintf "%%PDF-1.7 x" > "${last%.docx}.pdf"\n')
    program.chmod(0o755)
    monkeypatch.setattr(services, "office", lambda: str(program))
    assert services.pdf_of(b"x", "docx") == b"%PDF-1.7 x"
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(services.ActionNotAllowed, match="LibreOffice không tạo được"):
        services.pdf_of(b"x", "docx")


def test_an_office_program_that_hangs_ends_with_what_it_started(tmp_path, monkeypatch):
    program, started = tmp_path / "soffice", tmp_path / "started"
    program.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {started}\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr(services, "office", lambda: str(program))
    monkeypatch.setattr(services, "PDF_PATIENCE", 0.5)
    with pytest.raises(services.ActionNotAllowed, match="LibreOffice không tạo được"):
        services.pdf_of(b"x", "docx")
    state = Path(f"/proc/{started.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_number_that_is_missing_is_told():
    """A target without a value has no number to compare."""
    missing = {"so": None}
    with pytest.raises(services.ActionNotAllowed, match="so sánh con số ở chỗ chưa có số liệu"):
        services._run("fill", "docx", word("{% if so > 50 %}x{% endif %}"), missing)
    assert services._run("fill", "docx", word("{% if so and so > 50 %}x{% endif %}"), missing)


def test_one_file_of_others_is_worked_on_at_a_time(monkeypatch):
    """Each may take a gigabyte."""
    monkeypatch.setattr(concurrency, "FOREIGN", WorkLimit(at_once=1, waiting=0, seconds=0))
    with concurrency.FOREIGN.slot() as mine:
        assert mine
        for work in (partial(services._run, "fill", "docx", b"x", {}), partial(signatures.prove, b"x", b"y")):
            with pytest.raises(services.ActionNotAllowed, match="đang xử lý tệp khác"):
                work()
