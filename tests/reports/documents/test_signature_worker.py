"""A signed PDF is the published one and nothing but trusted signatures; anything else is refused with its reason."""

import datetime as dt
from io import BytesIO

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from reports.documents import signature_worker
from reports.documents.renderers import pdf
from tests import pki

pytestmark = pytest.mark.once

NOW = dt.datetime(2023, 8, 22, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def published():
    return pdf.typeset(
        "#set document(title: [Báo cáo])\n= Báo cáo\nCó 27 chỉ tiêu.\n#pagebreak()\nTrang hai.", {}, "pdf"
    )


@pytest.fixture(scope="module")
def roots():
    made = pki.certificate("Gốc thử").public_bytes(serialization.Encoding.DER)
    return [x509.Certificate.load(made)]


def changed(content, touch):
    """A PDF with another change added by the same means: touch(writer)."""
    writer, out = IncrementalPdfFileWriter(BytesIO(content)), BytesIO()
    touch(writer)
    writer.write(out)
    return out.getvalue()


def more_text(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    while page["/Type"] == "/Pages":
        page = page["/Kids"][0]
    stream = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), stream])
    writer.mark_update(page.container_ref)


def test_who_signed_and_when(published, roots):
    once = pki.sign(published, stamped=True, box=(300, 20, 500, 80))
    twice = pki.sign(once, "UBND tỉnh", field="Ky2")
    first, second = pki.beside(signature_worker.check, published, twice, roots, NOW)
    assert (first["name"], first["organisation"]) == ("Ngô Thanh Lâm", "Cơ quan của Ngô Thanh Lâm")
    assert (first["issuer"], first["at"], first["is_stamped"]) == ("Gốc thử", "2023-08-21T03:00:00+00:00", True)
    assert (second["name"], second["is_stamped"]) == ("UBND tỉnh", False) and second["at"]


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda pdf: pdf, "chưa có chữ ký số nào"),
        (lambda pdf: pki.sign(pdf.replace(b"%PDF-1.7\n", b"%PDF-1.7 \n", 1)), "không phải là tệp PDF đã phát hành"),
        (lambda pdf: changed(pdf, lambda writer: writer.update_root()), "không có chữ ký số nào"),
        (lambda pdf: pki.sign(changed(pdf, more_text)), "thay đổi nhiều hơn là thêm chữ ký"),
        (lambda pdf: changed(pki.sign(pdf), more_text), "thay đổi nhiều hơn là thêm chữ ký"),
        (lambda pdf: pki.sign(pdf, "Người lạ", "Gốc lạ"), "Chứng thư của Người lạ không dẫn về tổ chức"),
        (lambda pdf: pki.sign(pdf, "Hết hạn", last=dt.datetime(2023, 8, 1)), "không còn hiệu lực"),
        (lambda pdf: pki.sign(pdf, stamped=True, root="Gốc lạ"), "Dấu thời gian trong chữ ký"),
        (lambda pdf: pki.sign(pdf, box=(0, 0, 590, 800)), "che quá một phần tư trang"),
    ],
)
def test_anything_else_is_refused(published, roots, forge, reason):
    with pytest.raises(signature_worker.BadSignedFile, match=reason):
        pki.beside(signature_worker.check, published, forge(published), roots, NOW)


def test_a_folder_without_roots_is_said(tmp_path):
    for folder in (tmp_path, tmp_path / "khong-co"):
        with pytest.raises(signature_worker.BadSignedFile, match="không có chứng thư nào"):
            signature_worker.roots(folder)


def test_a_byte_changed_within_a_signature_is_seen(published, roots):
    """The signature's own time, in the signed bytes after the published ones."""
    signed = pki.sign(published)
    place = signed.index(b"/M (D", len(published)) + 12  # a digit of the year
    forged = signed[:place] + (b"0" if signed[place : place + 1] != b"0" else b"1") + signed[place + 1 :]
    with pytest.raises(signature_worker.BadSignedFile, match="không khớp với nội dung"):
        pki.beside(signature_worker.check, published, forged, roots, NOW)
