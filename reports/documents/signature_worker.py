"""Checks a signed PDF against the published one, in a separate process that is started by this file's path with bounded memory and
time: hostile files attack parsers. Knows no Django.

It answers one line of JSON: {"reason": …} in Vietnamese where the file is refused, else {"signatures": […]}, oldest first, each
with the names of its certificate, the moment, and whether a time stamp vouches for it.
"""

import datetime as dt
import json
import logging
import resource
import sys
from pathlib import Path

MEMORY = 1 << 30
SECONDS = 20  # of a processor
MOST_SIGNATURES = 8
# The largest part of a page that the picture of a signature may cover.
LARGEST_PART = 0.25
CERTIFICATES = {".pem", ".crt", ".cer", ".der"}


class BadSignedFile(Exception):
    """A file that is not the published one with valid signatures; the message gives the reason, in Vietnamese."""


def roots(folder: Path) -> list:
    """Return the certificates of the folder's files, PEM or DER."""
    from pyhanko.keys import load_certs_from_pemder

    names = sorted(path for path in folder.glob("*") if path.suffix.lower() in CERTIFICATES)
    if not names:
        raise BadSignedFile(
            "Thư mục chứng thư gốc của máy chủ (SIGNATURE_ROOTS) không có chứng thư nào: đề nghị quản trị."
        )
    return list(load_certs_from_pemder([str(path) for path in names]))


def check(published: bytes, signed: bytes, trusted: list, moment: dt.datetime) -> list[dict]:
    """Return the signatures of a signed file. Raises BadSignedFile where it is not the published file, changed by nothing but valid
    signatures that lead to a trusted root and cover the whole of it."""
    from io import BytesIO

    from pyhanko.pdf_utils.reader import PdfFileReader

    if signed == published:
        raise BadSignedFile("Tệp chưa được ký: đây đúng là tệp đã phát hành, chưa có chữ ký số nào.")
    if not signed.startswith(published):
        raise BadSignedFile("Tệp này không phải là tệp PDF đã phát hành: nội dung trước chữ ký khác với bản lưu.")
    before, reader = PdfFileReader(BytesIO(published)), PdfFileReader(BytesIO(signed))
    embedded = list(reader.embedded_regular_signatures)
    if not embedded:
        raise BadSignedFile("Tệp không có chữ ký số nào.")
    if len(embedded) > MOST_SIGNATURES:
        raise BadSignedFile(f"Tệp có quá {MOST_SIGNATURES} chữ ký số.")
    if not _adds_only_signatures(reader, before.xrefs.total_revisions - 1):
        raise BadSignedFile("Sau khi phát hành, tệp bị thay đổi nhiều hơn là thêm chữ ký.")
    if any(_part_covered(reader, one) > LARGEST_PART for one in embedded):
        raise BadSignedFile("Hình của một chữ ký che quá một phần tư trang. Ký lại với hình nhỏ hơn.")
    return [_valid(one, trusted, moment) for one in embedded]


def _adds_only_signatures(reader, last: int) -> bool:
    """Return whether all that was added after a revision are signatures, with their fields and proofs."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification

    base = reader.get_historical_resolver(last)
    first = reader.get_historical_resolver(last + 1)
    if "/AcroForm" not in base.root and "/AcroForm" in first.root:
        # The analysis compares forms; what we publish has none, which is the same as an empty one.
        flags = {name: first.root["/AcroForm"][name] for name in ("/SigFlags",) if name in first.root["/AcroForm"]}
        base.root["/AcroForm"] = DictionaryObject({"/Fields": ArrayObject(), **flags})
    try:
        review = DEFAULT_DIFF_POLICY.review_file(reader, base)
    except PdfError:
        return False
    return (
        not isinstance(review, SuspiciousModification) and review.modification_level <= ModificationLevel.FORM_FILLING
    )


def _valid(embedded, trusted: list, moment: dt.datetime) -> dict:
    """Return the facts of one signature. Raises BadSignedFile."""
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=trusted,
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
        weak_hash_algos={"md5", "sha1"},
    )
    status = validate_pdf_signature(embedded, context, context)
    names = status.signing_cert.subject.native
    name = _text(names.get("common_name")) or status.signing_cert.subject.human_friendly
    if not (status.intact and status.valid):
        raise BadSignedFile(f"Chữ ký của {name} không khớp với nội dung tệp.")
    if not status.trusted:
        raise BadSignedFile(
            f"Chứng thư của {name} không dẫn về tổ chức chứng thực được tin cậy, hoặc không còn hiệu lực."
        )
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.valid and stamp.intact and stamp.trusted):
        raise BadSignedFile(f"Dấu thời gian trong chữ ký của {name} không hợp lệ hoặc không được tin cậy.")
    covers = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    if status.coverage not in covers or not status.bottom_line:
        raise BadSignedFile(f"Tệp bị thay đổi sau chữ ký của {name}.")
    at = stamp.timestamp if stamp is not None else status.signer_reported_dt
    return {
        "name": name,
        "organisation": _text(names.get("organization_name")),
        "issuer": _text(status.signing_cert.issuer.native.get("common_name")),
        "serial": format(status.signing_cert.serial_number, "x"),
        "at": at.isoformat() if at else "",
        "is_stamped": stamp is not None,
    }


def _part_covered(reader, embedded) -> float:
    """Return the part of its page that the picture of a signature covers; 0 for one without a picture."""
    field = embedded.sig_field
    if "/Rect" not in field:
        return 0
    left, bottom, right, top = (float(number) for number in field["/Rect"])
    page = field.get("/P") or reader.root["/Pages"]["/Kids"][0]
    box = _inherited(page.get_object() if hasattr(page, "get_object") else page, "/MediaBox")
    width, height = abs(float(box[2]) - float(box[0])), abs(float(box[3]) - float(box[1]))
    return abs(right - left) * abs(top - bottom) / (width * height)


def _inherited(page, name: str):
    while name not in page:
        page = page["/Parent"]
    return page[name]


def _text(value: object) -> str:
    """Return a name of a certificate; the last of several."""
    return str(value[-1] if isinstance(value, list) else value or "")


def main(published: str, signed: str, folder: str, moment: str) -> None:
    """Check the files of these paths; write the answer to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    logging.disable(logging.CRITICAL)
    try:
        signatures = check(
            Path(published).read_bytes(),
            Path(signed).read_bytes(),
            roots(Path(folder)),
            dt.datetime.fromisoformat(moment),
        )
        answer: dict = {"signatures": signatures}
    except BadSignedFile as refused:
        answer = {"reason": str(refused)}
    except Exception:
        answer = {"reason": "Tệp hỏng, hoặc chữ ký không đọc được."}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
