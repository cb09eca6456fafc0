"""A signed PDF comes back: proved in a bounded process, stored beside the published one, shown on the shelf and at the check."""

import hashlib
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from reports.documents import services, signatures
from reports.documents.renderers import FILE_FORMATS, pdf
from reports.models import Letterhead, SignedFile
from tests import pki
from tests.page import words
from tests.reports.conftest import GUARDS

pytestmark = pytest.mark.once


@pytest.fixture
def roots(tmp_path, settings):
    (tmp_path / "goc.pem").write_bytes(pki.pem("Gốc thử"))
    (tmp_path / "ghi-chu.txt").write_text("không phải chứng thư")
    settings.SIGNATURE_ROOTS = str(tmp_path)


@pytest.fixture
def issued(drafted, roots, province, moment, monkeypatch):
    """A published report whose PDF can be signed; its bytes are `content`."""
    draft = drafted("2023-07")
    content = pdf.typeset("#set document(title: [Báo cáo])\n= Báo cáo\nCó 27 chỉ tiêu.", {}, "pdf")
    monkeypatch.setitem(FILE_FORMATS, "pdf", replace(FILE_FORMATS["pdf"], make=lambda document, head: content))
    version = services.publish(
        version=draft,
        revision=draft.revision,
        base_url="https://vi.du/",
        by=province.people["khanh"],
        acknowledged=GUARDS,
    )
    version.content = content
    return version


def upload(content, name="ky.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_a_signed_file_is_proved_and_shown(issued, as_person, client):
    signed = pki.sign(issued.content, stamped=True)
    page = f"/bao-cao/{issued.report_id}/lan-1/"
    khanh, lam = as_person("khanh"), as_person("lam")
    assert lam.post(f"{page}ky-so/", {"tep": upload(signed)}).status_code == 404
    said = khanh.post(f"{page}ky-so/", {"tep": upload(signed)}, follow=True)
    assert "đúng tệp đã phát hành, có chữ ký của Ngô Thanh Lâm" in words(said)
    stored = SignedFile.objects.get()
    assert stored.checksum == hashlib.sha256(signed).hexdigest()
    assert stored.published_checksum == hashlib.sha256(issued.content).hexdigest()
    shown = words(lam.get(page)).replace(" ,", ",").replace(" ;", ";")
    assert "Ngô Thanh Lâm, Cơ quan của Ngô Thanh Lâm" in shown
    assert "Ký lúc 10:00 ngày 21/08/2023 (có dấu thời gian)" in shown and "Chứng thư do Gốc thử cấp" in shown
    assert b"".join(lam.get(f"{page}ky-so/{stored.pk}/").streaming_content) == signed
    assert "Đã phát hành, đã ký số" in words(lam.get("/bao-cao/")).replace(" ,", ",")
    entry = AuditEntry.objects.get(act="kèm bản ký số")
    assert entry.detail["signers"] == ["Ngô Thanh Lâm"] and entry.detail["sha256"] == stored.checksum
    check = words(client.get(f"/kiem-tra/{issued.code.replace('-', '')}/"))
    for said in (
        stored.checksum,
        stored.published_checksum,
        "Ngô Thanh Lâm",
        "Trích yếu",
        issued.frozen_head.number_line,
    ):
        assert " ".join(said.split()) in check, said
    again = khanh.post(f"{page}ky-so/", {"tep": upload(signed)}, follow=True)
    assert "tệp ký số này đã được lưu" in words(again) and SignedFile.objects.count() == 1


def test_what_is_refused_is_not_stored(issued, as_person, province, settings):
    khanh = as_person("khanh")
    address = f"/bao-cao/{issued.report_id}/lan-1/ky-so/"
    other = pdf.typeset("#set document(title: [Báo cáo])\n= Báo cáo\nCó 35 chỉ tiêu.", {}, "pdf")
    for sent, reason in (
        (upload(pki.sign(other)), "không phải là tệp PDF đã phát hành"),
        (upload(issued.content), "Tệp chưa được ký"),
        (upload(issued.content + b"\nrubbish"), "không có chữ ký số nào"),
        (upload(pki.sign(issued.content)[:-300]), "Tệp hỏng"),
        (upload(b"xin"), "phải là tệp PDF"),
        ("", "Chưa chọn tệp ký số"),
    ):
        said = words(khanh.post(address, {"tep": sent}, follow=True))
        assert reason in said, (reason, said[:300])
    assert not SignedFile.objects.exists()
    settings.SIGNATURE_ROOTS = ""
    with pytest.raises(ActionNotAllowed, match="Chưa khai chứng thư gốc"):
        signatures.attach_signed(version=issued, upload=upload(b"%PDF-"), by=province.people["khanh"])
    assert "chưa khai chứng thư gốc" in words(khanh.get(f"/bao-cao/{issued.report_id}/"))


def test_the_check_shows_the_first_paragraphs_where_the_issuer_allows(issued, client):
    address = f"/kiem-tra/{issued.code.replace('-', '')}/"
    assert "Đoạn đầu của văn bản" not in words(client.get(address))
    Letterhead.objects.update(excerpt_is_public=True)
    assert "Đoạn đầu của văn bản" in words(client.get(address))
    assert client.get("/kiem-tra/ABCDEFGHJKMNPQRS/").status_code == 404
