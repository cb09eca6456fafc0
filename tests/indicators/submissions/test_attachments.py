"""Files behind a figure: what is taken, who gets them, when they are locked, what the scanner says; no name becomes a path."""

import hashlib
import io
import os
import re
import stat
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from agencies.roles import Role
from core import files
from core.audit.models import AuditEntry
from core.removed.models import RemovedItem
from indicators.errors import ActionNotAllowed
from indicators.models import EVIDENCE_FOLDER, Evidence, IndicatorParty, ReturnReason, State, Submission
from indicators.rollups import pending
from indicators.submissions import attachments, file_types, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.tasks import clear_lost_evidence
from tests import factories
from tests.page import words

PDF = b"%PDF-1.7\n1 0 obj\n"
PAGE = "/nhap-so-lieu/2023-08/I.1/minh-chung/"


def office_file(main="word/document.xml", *more, types="<Types/>"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("[Content_Types].xml", types)
        package.writestr(main, "<w/>")
        for part in more:
            package.writestr(part, "x")
    return content.getvalue()


def file(name="Danh sách hồ sơ tháng 8.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def report(office):
    """August's draft of x11 with a figure of I.1 and II.2."""
    figures = {office.targets["I.1"]: (70, 110), office.targets["II.2"]: 140}
    return factories.report(office.tree["x11"], office.august, figures, state=State.DRAFT)


def attach(office, report, upload=None, name="an", code="I.1"):
    return attachments.attach(
        submission=report, target=office.targets[code], upload=upload or file(), by=office.people[name]
    )


def stored():
    """Names of the files in the storage."""
    root = Path(default_storage.location)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# Attaching and taking away, by a plain form


def test_a_file_is_attached_shown_and_taken_away(office, as_person, report):
    client = as_person("an")
    assert "Chưa có tệp nào." in words(client.get(PAGE))
    response = client.post(PAGE, {"tep": [file(), file("Ảnh chụp.png", photo("PNG"))]})
    assert (response.status_code, response.url) == (302, PAGE)
    page = words(client.get(PAGE))
    assert "Đã đính kèm Danh sách hồ sơ tháng 8.pdf, Ảnh chụp.png." in page
    assert "Tệp đã đính kèm 2" in page and "Nguyễn Văn An, 09:00 ngày 16/08/2023" in page
    assert "Minh chứng (2) I.1" in words(client.get("/nhap-so-lieu/2023-08/"))
    first, second = Evidence.objects.all()
    assert stored() == sorted([first.file.name, second.file.name])
    assert first.file.name.startswith("evidence/2023-08/") and "Danh" not in first.file.name
    client.post(PAGE, {"remove": first.pk})
    days_ago(61, first.file.name, second.file.name)
    assert clear_lost_evidence() == 0  # it can be brought back for a month, and then goes
    RemovedItem.objects.all().delete()
    assert clear_lost_evidence() == 1 and stored() == [second.file.name]
    assert client.post(PAGE, {"remove": first.pk}).status_code == 404
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
    assert acts == ["đính kèm minh chứng"] * 2 + ["gỡ minh chứng"]


def test_a_report_is_begun_by_its_first_file(office, as_person):
    as_person("an").post(PAGE, {"tep": file()})
    begun = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    assert (begun.state, begun.evidence.count()) == (State.DRAFT, 1)


def test_a_refused_file_begins_no_report(office, as_person, settings, moment):
    client = as_person("an")
    response = client.post(PAGE, {"tep": [file("trang.html", b"<html>"), file("rỗng.pdf", b"")]})
    assert response.status_code == 409 and "2 tệp chưa đính kèm được" in words(response)
    settings.FILE_SCANNER = f"python:{__name__}.looks_at"
    assert "Chương trình quét vi-rút chặn tệp này" in words(client.post(PAGE, {"tep": file(content=PDF + b"EICAR")}))
    moment.move_to(factories.AT.replace(day=21))
    client = as_person("an")
    assert "Kỳ tháng 8 năm 2023 đã đóng" in words(client.post(PAGE, {"tep": file("trang.html", b"<html>")}))
    assert "Kỳ tháng 8 năm 2023 đã đóng" in words(client.post(PAGE, {"tep": file()}))
    assert not Submission.objects.filter(period=office.august).exists() and stored() == []


def test_good_files_among_bad_ones_begin_one_report(office, as_person):
    uploads = [file("trang.html", b"<html>"), file(), file("b.pdf", PDF + b"2")]
    assert as_person("an").post(PAGE, {"tep": uploads}).status_code == 409
    begun = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    assert (begun.state, begun.evidence.count()) == (State.DRAFT, 2)


def test_nobody_begins_anothers_report(office):
    with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
        attach(office, Submission(agency=office.tree["x21"], period=office.august))
    assert not Submission.objects.filter(period=office.august).exists() and stored() == []


def test_a_bad_file_among_good_ones(office, as_person, report):
    response = as_person("an").post(PAGE, {"tep": [file(), file("trang.html", b"<html>"), file("rỗng.pdf", b"")]})
    assert response.status_code == 409
    page = words(response)
    assert (
        "2 tệp chưa đính kèm được trang.html: không phải loại tệp được nhận." in page and "rỗng.pdf: tệp rỗng." in page
    )
    assert Evidence.objects.get().name == "Danh sách hồ sơ tháng 8.pdf" and len(stored()) == 1
    assert "Chưa chọn tệp nào." in words(as_person("an").post(PAGE, {}))


# What is taken


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("a.docx", office_file(), file_types.KINDS["docx"]),
        ("a.xlsx", office_file("xl/workbook.xml", "xl/worksheets/sheet1.xml"), file_types.KINDS["xlsx"]),
        ("a.pptx", office_file("ppt/presentation.xml"), file_types.KINDS["pptx"]),
    ],
)
def test_what_is_taken_by_its_content(name, content, kind):
    checked = file_types.check(file(name, content))
    assert (checked.name, checked.content_type, checked.size) == (name, kind, len(content))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"", "tệp rỗng"),
        ("a.pdf", b"MZ\x90\x00", "không phải loại tệp được nhận"),
        ("a.svg", b"<svg onload=alert(1)>", "không phải loại tệp được nhận"),
        ("a.html", b"<!doctype html>", "không phải loại tệp được nhận"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "nội dung là tệp .png"),
        ("a", PDF, "nội dung là tệp .pdf"),
        ("a.pdf.exe", PDF, "nội dung là tệp .pdf"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "đời cũ hoặc có mật khẩu"),
        ("a.docx", b"PK\x03\x04 broken", "tệp hỏng"),
        ("a.zip", office_file("readme.txt"), "không phải loại tệp được nhận"),
        ("a.docx", office_file("word/document.xml", "xl/workbook.xml"), "không phải loại tệp được nhận"),
        ("a.docx", office_file("word/document.xml", "word/vbaProject.bin"), "có macro"),
        ("a.xlsx", office_file("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "có macro"),
        ("a.docx", office_file("word/document.xml", "word/embeddings/oleObject1.bin"), "đối tượng nhúng"),
        ("a.docx", office_file(types="application/vnd.ms-word.document.macroEnabled.main+xml"), "có macro"),
        ("a.docx", office_file("word/document.xml", *(f"p{n}" for n in range(3001))), "quá lớn khi mở ra"),
    ],
)
def test_what_is_not_taken(name, content, reason):
    with pytest.raises(file_types.BadFile, match=reason):
        file_types.check(file(name, content))


def word(document="<w:document/>", **more):
    """A Word document of a text and more parts: name with __ for / and _ for the point before its ending."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", document)
        for name, part in more.items():
            package.writestr(name, part)
    return content.getvalue()


def linked(kind, target):
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" '
        'TargetMode="External"/></Relationships>'
    )


SHEET = office_file("xl/workbook.xml", "xl/worksheets/sheet1.xml")
SETTINGS = "word/_rels/settings.xml.rels"
FIELD = '<w:document xmlns:w="w"><w:r><w:instrText>{}</w:instrText></w:r></w:document>'


@pytest.mark.parametrize(
    "content",
    [
        word(**{"word/charts/chart1.xml": "<c/>", "word/embeddings/Microsoft_Excel_Sheet1.xlsx": SHEET}),
        word(**{SETTINGS: linked("attachedTemplate", "file:///C:\\Users\\An\\Normal.dotm")}),
        word(**{SETTINGS: linked("attachedTemplate", "Normal.dotm")}),
        word(**{"word/_rels/document.xml.rels": linked("hyperlink", "https://haiduong.gov.vn/DDE")}),
        word('<w:document xmlns:w="w"><w:t>Hướng dẫn về DDE</w:t></w:document>'),
        word(FIELD.format("PAGE \\* MERGEFORMAT")),
    ],
)
def test_an_ordinary_document_is_taken(content):
    assert file_types.check(file("a.docx", content)).content_type == file_types.KINDS["docx"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (word(**{"word/embeddings/oleObject1.bin": b"x"}), "đối tượng nhúng"),
        (word(**{"word/embeddings/a.bin": b"x"}), "đối tượng nhúng"),
        (word(**{"word/embeddings/a.xlsx": b"x"}), "tệp hỏng"),
        (word(**{"word/embeddings/a.xlsx": office_file("xl/workbook.xml", "xl/vbaProject.bin")}), "macro"),
        (word(**{SETTINGS: linked("attachedTemplate", "https://xau.example/a.dotm")}), "lấy nội dung từ nơi khác"),
        (word(**{SETTINGS: linked("attachedTemplate", "\\\\10.0.0.9\\a.dotm")}), "lấy nội dung từ nơi khác"),
        (word(**{SETTINGS: linked("attachedTemplate", "file://10.0.0.9/a.dotm")}), "lấy nội dung từ nơi khác"),
        (word(**{"word/_rels/document.xml.rels": linked("oleObject", "http://xau.example/")}), "lấy nội dung từ"),
        (word(FIELD.format("DDEAUTO c:\\\\windows\\\\cmd.exe")), "lệnh DDE"),
        (word(FIELD.format("D</w:instrText></w:r><w:r><w:instrText>DE a b")), "lệnh DDE"),
        (word('<w:document xmlns:w="w"><w:fldSimple w:instr="dde a b"/></w:document>'), "lệnh DDE"),
        (word('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "tệp hỏng"),
        (word("<w:document>"), "tệp hỏng"),
    ],
)
def test_what_of_a_document_acts_by_itself_is_not_taken(content, reason):
    with pytest.raises(file_types.BadFile, match=reason):
        file_types.check(file("a.docx", content))


def test_a_sheet_that_calls_another_program_is_not_taken():
    content = io.BytesIO(SHEET)
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("xl/externalLinks/externalLink1.xml", "<externalLink><ddeLink/></externalLink>")
    with pytest.raises(file_types.BadFile, match="lệnh DDE"):
        file_types.check(file("a.xlsx", content.getvalue()))


def packed(objects, head=b"<</Type/ObjStm/N 1/First 4>>"):
    return PDF + head + b"stream\n" + zlib.compress(objects) + b"\nendstream\nendobj\n"


@pytest.mark.parametrize(
    "content",
    [
        PDF + b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
        PDF + b"<</S/J#61vaScript>>",
        PDF + b"<</S /Launch /F (cmd.exe)>>",
        packed(b"1 0 <</S/JavaScript/JS 2 0 R>>"),
        packed(b"1 0 <<>>") + b"trailer<</Encrypt 5 0 R>>",
    ],
)
def test_a_pdf_that_acts_by_itself_is_not_taken(content):
    with pytest.raises(file_types.BadFile, match="mã tự chạy|bị khóa"):
        file_types.check(file(content=content))


def test_a_pdf_whose_picture_looks_like_a_script_is_taken():
    picture = b"<</Subtype/Image>>stream\n\x00\xff/JS \x01/JavaScript(\nendstream\nendobj\n"
    assert file_types.check(file(content=PDF + picture + packed(b"1 0 <</Type/Page>>"))).size


def photo(kind="JPEG", size=(40, 30), **more):
    content = io.BytesIO()
    Image.new("RGB", size, "navy").save(content, kind, **more)
    return content.getvalue()


def from_a_phone(kind="JPEG"):
    """A picture that says where it was taken, with which device, and which way up."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Hãng".encode().decode("latin-1"), "Máy 12", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (20.0, 56.0, 12.0), 3: "E", 4: (106.0, 19.0, 0.0)})
    return photo(kind, exif=exif)


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_photograph_loses_its_place_and_device(office, report, as_person, kind, ending):
    name = f"Ảnh trụ sở.{ending}"
    page = words(as_person("an").post(PAGE, {"tep": file(name, from_a_phone(kind))}, follow=True))
    assert f"Đã bỏ vị trí chụp (GPS) và thông tin máy chụp khỏi ảnh {name}." in page
    kept = Evidence.objects.get()
    with default_storage.open(kept.file.name) as content, Image.open(content) as image:
        assert (image.size, len(image.getexif())) == ((30, 40), 0)  # upright
    content = Path(default_storage.path(kept.file.name)).read_bytes()
    assert (kept.size, kept.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_picture_that_tells_nothing_stays_as_it_is(office, report):
    content = photo("PNG")
    kept = attach(office, report, file("a.png", content))
    assert Path(default_storage.path(kept.file.name)).read_bytes() == content and kept.change_message == ""


def test_a_picture_of_a_phone_becomes_jpeg(office, report, as_person):
    from pillow_heif import register_heif_opener

    register_heif_opener()
    page = words(as_person("an").post(PAGE, {"tep": file("Ảnh 1.HEIC", from_a_phone("HEIF"))}, follow=True))
    assert "Ảnh HEIC đã được chuyển thành Ảnh 1.jpg." in page and "Đã bỏ vị trí chụp (GPS)" in page
    kept = Evidence.objects.get()
    assert (kept.name, kept.content_type) == ("Ảnh 1.jpg", "image/jpeg")
    with default_storage.open(kept.file.name) as content, Image.open(content) as image:
        assert image.format == "JPEG" and len(image.getexif()) == 0


def test_a_broken_or_huge_picture_is_not_taken(office, report, monkeypatch):
    with pytest.raises(ActionNotAllowed, match="a.jpg: ảnh hỏng hoặc quá lớn"):
        attach(office, report, file("a.jpg", b"\xff\xd8\xff\xe0"))
    with pytest.raises(ActionNotAllowed, match="a.png: ảnh quá 50 triệu điểm ảnh"):
        attach(office, report, file("a.png", photo("PNG", (8000, 6500))))
    assert stored() == []


def test_several_files_are_refused_by_name(office, report, as_person):
    sent = [file("một.pdf"), file("hai.exe", b"MZ"), file("ba.docx", b"PK\x03\x04 broken"), file("bốn.pdf")]
    page = words(as_person("an").post(PAGE, {"tep": sent}))
    assert "3 tệp chưa đính kèm được" in page
    assert "hai.exe: không phải loại tệp được nhận" in page and "ba.docx: tệp hỏng" in page
    assert "bốn.pdf: tệp này đã được đính kèm." in page
    workflow.submit(submission=report, by=office.people["an"])
    locked = words(as_person("an").post(PAGE, {"tep": [file("năm.pdf", PDF + b"5"), file("sáu.pdf", PDF + b"6")]}))
    assert "năm.pdf: Phiếu đã nộp" in locked and "sáu.pdf: Phiếu đã nộp" in locked


def test_a_bomb_is_not_unpacked():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b"\0" * (file_types.LARGEST_UNPACKED + 1))
    assert len(content.getvalue()) < 1024 * 1024
    with pytest.raises(file_types.BadFile, match="quá lớn khi mở ra"):
        file_types.check(file("a.docx", content.getvalue()))


def test_too_large_and_too_many(office, report, monkeypatch):
    monkeypatch.setattr(file_types, "LARGEST", 1024)
    with pytest.raises(ActionNotAllowed, match="tối đa 0 MB|tối đa 1 MB"):
        attach(office, report, file(content=PDF + b"x" * 2000))
    for number in range(file_types.MOST_FILES):
        attach(office, report, file(content=PDF + bytes([number])))
    with pytest.raises(ActionNotAllowed, match="tối đa 5 tệp"):
        attach(office, report, file(content=PDF + b"z"))
    assert len(stored()) == Evidence.objects.count() == 5
    attach(office, report, file(), code="II.2")
    with pytest.raises(ActionNotAllowed, match="tệp này đã được đính kèm"):
        attach(office, report, file("tên khác.pdf"), code="II.2")
    assert len(stored()) == 6


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\An\\Bảng kê.pdf", "Bảng kê.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("hóa đơn \u202efdp.pdf", "hóa đơn fdp.pdf"),
        ("<script>alert(1)</script>.pdf", "script>.pdf"),
        ('"; rm -rf.pdf', '"; rm -rf.pdf'),
        ("Bảng kê hồ sơ.pdf", "Bảng kê hồ sơ.pdf"),
    ],
)
def test_no_name_becomes_a_path_or_a_header(office, as_person, report, given, kept):
    upload = file()
    upload._name = given
    made = attach(office, report, upload)
    assert made.name == kept
    response = as_person("an").get(f"/minh-chung/{made.pk}/")
    assert response.status_code == 200 and "Set-Cookie: x" not in dict(response.headers).get("Set-Cookie", "")
    assert response["Content-Disposition"].startswith("attachment;") and "\n" not in response["Content-Disposition"]
    page = as_person("an").get(PAGE)
    assert kept in words(page) and "<script>alert" not in page.content.decode()


# Who gets them


def test_a_file_is_handed_out_as_a_download_that_runs_nothing(office, as_person, report):
    made = attach(office, report)
    response = as_person("an").get(f"/minh-chung/{made.pk}/")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Danh%20s%C3%A1ch%20h%E1%BB%93%20s%C6%A1%20th%C3%A1ng%208.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox allow-downloads" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert stat.S_IMODE(Path(default_storage.path(made.file.name)).stat().st_mode) == 0o600


def test_who_gets_a_file(office, as_person, report):
    IndicatorParty.objects.create(indicator=office.targets["I.1"].indicator, part="lead", agency=office.tree["s1"])
    office.people["nga"] = factories.person("nga", office.tree["s1"], Role.LEAD)
    first, second = attach(office, report), attach(office, report, code="II.2")
    urls = [f"/minh-chung/{made.pk}/" for made in (first, second)]
    everyone = ("an", "binh", "cuc", "dung", "hanh", "khanh", "lam", "nga")

    def answers():
        return {name: tuple(as_person(name).get(url).status_code for url in urls) for name in everyone}

    nobody = dict.fromkeys(everyone, (404, 404))
    # A draft's are its own agency's alone.
    assert answers() == nobody | {"an": (200, 200), "binh": (200, 200)}
    workflow.submit(submission=report, by=office.people["an"])
    seen = dict.fromkeys(("an", "binh", "dung", "khanh", "lam"), (200, 200))
    # Nga's agency leads I.1 and sees what is behind that figure.
    assert answers() == nobody | seen | {"nga": (200, 404)}
    assert words(as_person("cuc").get(urls[0])) == words(as_person("cuc").get("/minh-chung/99999/"))


@pytest.mark.parametrize("name", ["dung", "lam", "hanh"])
def test_nobody_else_attaches(office, as_person, report, name):
    made = attach(office, report)
    before = stored()
    as_person(name).post(PAGE, {"tep": file(content=PDF + b"!")})
    as_person(name).post(PAGE, {"remove": made.pk})
    assert Evidence.objects.filter(submission=report).count() == 1 and set(before) <= set(stored())
    with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
        attach(office, report, file(content=PDF + b"!"), name=name)
    with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
        attachments.detach(evidence=made, by=office.people[name])


@pytest.mark.parametrize("address", ["2023-08/I.4", "2023-08/x", "2023-08/%00", "2023-13/I.1"])
def test_pages_that_are_not_there(office, as_person, address):
    assert as_person("an").get(f"/nhap-so-lieu/{address}/minh-chung/").status_code == 404


# Locked with the figure, kept with its versions


def test_locked_with_the_report(office, as_person, report):
    made = attach(office, report)
    workflow.submit(submission=report, by=office.people["an"])
    client = as_person("an")
    page = words(client.get(PAGE))
    assert "Phiếu đã nộp, đang chờ duyệt." in page and "Chọn tệp" not in page
    for data in ({"tep": file(content=PDF + b"!")}, {"remove": made.pk}):
        response = client.post(PAGE, data)
        assert response.status_code == 409 and "Phiếu đã nộp, đang chờ duyệt." in words(response)
    assert Evidence.objects.count() == 1 and len(stored()) == 1
    for where in ("/nhap-so-lieu/2023-08/da-nop/", "/nhap-so-lieu/2023-08/", f"/duyet/{report.pk}/I.1/"):
        assert "Danh sách hồ sơ tháng 8.pdf" in words(client.get(where)), where
    assert "Danh sách hồ sơ tháng 8.pdf" in words(as_person("dung").get(f"/duyet/{report.pk}/"))


def test_only_those_of_a_figure_that_was_sent_back_are_open(office, report):
    attach(office, report)
    workflow.submit(submission=report, by=office.people["an"])
    cells = {office.targets["I.1"].pk: ReasonForReturn(ReturnReason.EVIDENCE, "Gửi danh sách.")}
    workflow.return_report(submission=report, by=office.people["dung"], reason="Sửa I.1.", cells=cells)
    report.refresh_from_db()
    attach(office, report, file(content=PDF + b"2"))
    with pytest.raises(ActionNotAllowed, match="Số này đang khóa nên minh chứng cũng khóa."):
        attach(office, report, code="II.2")


def test_a_file_alone_mends_what_lacked_evidence(office, report, as_person):
    workflow.submit(submission=report, by=office.people["an"])
    cells = {office.targets["I.1"].pk: ReasonForReturn(ReturnReason.EVIDENCE, "Gửi danh sách.")}
    workflow.return_report(submission=report, by=office.people["dung"], reason="Sửa I.1.", cells=cells)
    report.refresh_from_db()
    client, summary = as_person("an"), "/nhap-so-lieu/2023-08/gui/"
    assert "1 chỉ tiêu bị trả lại chưa sửa: I.1" in words(client.get(summary))
    made = attach(office, report, file(content=PDF + b"2"))
    assert "bị trả lại chưa sửa" not in words(client.get(summary))
    attachments.detach(evidence=made, by=office.people["an"])
    assert "1 chỉ tiêu bị trả lại chưa sửa: I.1" in words(client.get(summary))
    attach(office, report, file(content=PDF + b"3"))
    workflow.submit(submission=report, by=office.people["an"])
    page = words(as_person("dung").get(f"/duyet/{report.pk}/"))
    assert "“Thiếu minh chứng. Gửi danh sách.” Đã sửa." in page


def test_a_new_version_refers_to_the_same_file(office, report, django_capture_on_commit_callbacks):
    made = attach(office, report)
    workflow.submit(submission=report, by=office.people["an"])
    workflow.approve(submission=report, by=office.people["dung"])
    newer = workflow.reopen(submission=report, by=office.people["dung"], reason="Nhầm.")
    copied = newer.evidence.get()
    assert (copied.file.name, copied.name, copied.added_by) == (made.file.name, made.name, office.people["an"])
    with django_capture_on_commit_callbacks(execute=True):
        attachments.detach(evidence=copied, by=office.people["an"])
    # The approved version keeps its own.
    assert stored() == [made.file.name] and report.evidence.count() == 1
    with pytest.raises(ActionNotAllowed, match="Phiếu đã duyệt"):
        attachments.detach(evidence=made, by=office.people["an"])


def test_a_file_that_no_row_knows_goes_after_two_months(office, report):
    """A process killed between the file and its row leaves the file behind."""
    kept = attach(office, report).file.name
    lost = default_storage.save(files.stored_name(EVIDENCE_FOLDER, "a.pdf"), file())
    other = default_storage.save(files.stored_name("reports", "a.pdf"), file())
    days_ago(59, kept, lost, other)
    assert clear_lost_evidence() == 0
    days_ago(61, kept, lost, other)
    assert clear_lost_evidence() == 1
    assert stored() == sorted([kept, other])


def days_ago(days, *names):
    for name in names:
        os.utime(default_storage.path(name), (time.time() - days * 86400,) * 2)


def test_on_the_page_that_explains(office, as_person, report):
    attach(office, report)
    workflow.submit(submission=report, by=office.people["an"])
    workflow.approve(submission=report, by=office.people["dung"])
    pending.request_rollup(plan=office.plan)
    from indicators.rollups import tasks

    tasks.roll_up(office.plan.pk)
    where = "/muc-tieu/I.1/giai-thich/?ky=2023-08&node=h1"
    assert "Danh sách hồ sơ tháng 8.pdf" in words(as_person("dung").get(where))
    assert "Danh sách hồ sơ" not in words(as_person("cuc").get("/muc-tieu/I.1/giai-thich/?ky=2023-08"))


def test_a_file_that_is_gone_says_so(office, as_person, report):
    made = attach(office, report)
    default_storage.delete(made.file.name)
    response = as_person("an").get(f"/minh-chung/{made.pk}/", follow=True)
    assert "không tìm thấy tệp trên máy chủ" in words(response)


# The scanner

SCANNER = """import sys, time
text = open(sys.argv[1], "rb").read()
if b"EICAR" in text:
    print("Eicar-Signature FOUND")
    sys.exit(1)
if b"BROKEN" in text:
    print("cannot load database", file=sys.stderr)
    sys.exit(2)
if b"SLOW" in text:
    time.sleep(30)
"""


def looks_at(path):
    """A scanner as a function of the installation's own."""
    if b"RAISE" in Path(path).read_bytes():
        raise OSError("no database")
    return "Eicar-Signature" if b"EICAR" in Path(path).read_bytes() else ""


@pytest.fixture(params=["command", "function"])
def scanner(request, settings, tmp_path, monkeypatch):
    script = tmp_path / "quét tệp.py"
    script.write_text(SCANNER)
    command = f"{sys.executable} '{script}'"
    settings.FILE_SCANNER = command if request.param == "command" else f"python:{__name__}.looks_at"
    monkeypatch.setattr("core.virus_scan.SECONDS", 2)
    return request.param


def test_clean_infected_and_failing(office, report, scanner):
    attach(office, report, file(content=PDF + b"clean"))
    with pytest.raises(ActionNotAllowed, match="Chương trình quét vi-rút chặn tệp này"):
        attach(office, report, file(content=PDF + b"EICAR"))
    for word in (b"BROKEN", b"SLOW") if scanner == "command" else (b"RAISE",):
        with pytest.raises(ActionNotAllowed, match="Chưa kiểm tra được tệp"):
            attach(office, report, file(content=PDF + word))
    assert Evidence.objects.count() == 1 and len(stored()) == 1


def test_a_scanner_that_is_not_there_lets_nothing_through(office, report, settings):
    settings.FILE_SCANNER = "/khong/co/clamdscan"
    with pytest.raises(ActionNotAllowed, match="Chưa kiểm tra được tệp"):
        attach(office, report)
    assert stored() == []


def test_a_file_is_taken_away_once_and_attached_only_where_the_agency_reports(office, report):
    made = attach(office, report)
    attachments.detach(evidence=made, by=office.people["an"])
    with pytest.raises(ActionNotAllowed, match="đã được gỡ"):
        attachments.detach(evidence=made, by=office.people["an"])
    office.targets["IX"] = factories.target(office.plan, "IX.1", [office.tree["x21"]])
    with pytest.raises(ActionNotAllowed, match="IX.1 không được giao"):
        attach(office, report, code="IX")


def test_a_second_file_leaves_a_mark_that_is_gone(office, report):
    workflow.submit(submission=report, by=office.people["an"])
    cells = {office.targets["I.1"].pk: ReasonForReturn(ReturnReason.EVIDENCE, "Gửi danh sách.")}
    workflow.return_report(submission=report, by=office.people["dung"], reason="Sửa I.1.", cells=cells)
    attach(office, report)
    attach(office, report, file(content=PDF + b"2"))
    assert report.actuals.get(target=office.targets["I.1"]).return_reason == ""


# Removed and brought back


def test_a_removed_file_comes_back_within_a_month(office, report, as_person):
    made, client = attach(office, report), as_person("an")
    said = words(client.post(PAGE, {"remove": made.pk}, follow=True))
    assert "Đã gỡ Danh sách hồ sơ tháng 8.pdf. Khôi phục được ở cuối trang này." in said
    assert "khôi phục được đến hết ngày 15/09/2023" in said and stored() == [made.file.name]
    days_ago(61, made.file.name)
    assert clear_lost_evidence() == 0
    (removed,) = RemovedItem.objects.all()
    for strange in ("", "x", "9" * 30, "\0"):
        assert client.post(PAGE, {"restore": strange}).status_code == 404
    assert as_person("cuc").post(PAGE, {"restore": removed.pk}).status_code == 404
    answer = as_person("an").post(PAGE, {"restore": removed.pk}, follow=True)
    assert "Đã khôi phục Danh sách hồ sơ tháng 8.pdf." in words(answer) and not RemovedItem.objects.exists()
    back = Evidence.objects.get()
    assert (back.pk, back.file.name, back.sha256, back.added_at) == (
        made.pk,
        made.file.name,
        made.sha256,
        made.added_at,
    )
    assert AuditEntry.objects.filter(act="khôi phục minh chứng", detail__sha256=made.sha256).count() == 1
    assert client.get(f"/minh-chung/{back.pk}/").status_code == 200
    again = client.post(PAGE, {"restore": removed.pk})
    assert again.status_code == 409 and "đã được khôi phục, hoặc đã quá hạn" in words(again)


def test_a_removed_file_stays_away_where_it_cannot_be(office, report):
    made, an = attach(office, report), office.people["an"]
    attachments.detach(evidence=made, by=an)
    (removed,) = attachments.removed_from(report, made.target)
    attach(office, report)  # the same content again
    with pytest.raises(ActionNotAllowed, match="đã được đính kèm"):
        attachments.restore(submission=report, target=made.target, removed=removed.pk, by=an)
    attachments.detach(evidence=report.evidence.get(), by=an)
    workflow.submit(submission=report, by=an)
    with pytest.raises(ActionNotAllowed, match="Phiếu đã nộp|đang chờ|Phiếu"):
        attachments.restore(submission=report, target=made.target, removed=removed.pk, by=an)
    assert RemovedItem.objects.count() == 2


def test_a_file_comes_back_into_the_newer_version(office, report):
    made, an, dung = attach(office, report), office.people["an"], office.people["dung"]
    attachments.detach(evidence=made, by=an)
    (removed,) = attachments.removed_from(report, made.target)
    workflow.submit(submission=report, by=an)
    workflow.approve(submission=report, by=dung)
    newer = workflow.reopen(submission=report, by=dung, reason="Nhầm.")
    back = attachments.restore(submission=newer, target=made.target, removed=removed.pk, by=an)
    assert back.submission == newer and report.evidence.count() == 0


def test_a_file_of_an_earlier_month_serves_the_same_target(office, as_person, report):
    """The decision of July still holds in August; another target's of July, and another agency's, are none of this figure's."""
    july = factories.period(report.period.plan, 7)
    made = {}
    for agency, code, name in (
        ("x11", "I.1", "Quyết định.pdf"),
        ("x11", "II.2", "Khác.pdf"),
        ("x12", "I.1", "Xã khác.pdf"),
    ):
        earlier = Submission.objects.filter(agency__code=agency, period=july).first() or factories.report(
            office.tree[agency], july, {office.targets[code]: (1, 2) if code == "I.1" else 3}
        )
        made[name] = Evidence.objects.create(
            submission=earlier,
            target=office.targets[code],
            name=name,
            content_type="application/pdf",
            size=1,
            sha256=hashlib.sha256(name.encode()).hexdigest(),
            file=f"{EVIDENCE_FOLDER}/{name}",
            added_at=factories.AT,
            added_by=office.people["an"],
        )
    client = as_person("an")
    page = words(client.get(PAGE))
    assert re.search(r"Quyết định\.pdf Đang là minh chứng của I\.1 ?, tháng 7 Dùng cho I\.1", page)
    assert "Khác.pdf" not in page and "Xã khác.pdf" not in page
    assert client.post(PAGE, {"reuse": str(made["Quyết định.pdf"].pk)}).status_code == 302
    assert report.evidence.get().file.name == made["Quyết định.pdf"].file.name
    for name in ("Khác.pdf", "Xã khác.pdf"):
        assert client.post(PAGE, {"reuse": str(made[name].pk)}).status_code == 404
    assert "Quyết định.pdf Đang là" not in words(client.get(PAGE))


def test_one_file_serves_several_figures(office, as_person, report):
    client, other = as_person("an"), PAGE.replace("I.1", "II.2")
    client.post(PAGE, {"tep": [file("Danh sách.pdf")]})
    first = Evidence.objects.get()
    assert "Đang là minh chứng của I.1 Dùng cho II.2" in words(client.get(other))
    client.post(other, {"reuse": str(first.pk)})
    second = Evidence.objects.get(target__code="II.2")
    assert (second.file.name, second.sha256, second.name) == (first.file.name, first.sha256, "Danh sách.pdf")
    assert "Dùng cho II.2" not in words(client.get(other)) and len(stored()) == 1
    client.post(PAGE, {"remove": str(first.pk)})
    assert client.get(f"/minh-chung/{second.pk}/").status_code == 200
    assert as_person("cuc").post(other, {"reuse": str(second.pk)}).status_code == 404
    for odd in ("", "x", "999999", "²"):
        assert client.post(PAGE, {"reuse": odd}).status_code == 404
