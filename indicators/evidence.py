"""What a file is, by its content alone: PDF, pictures, office documents without macros. Its name must say the same.

Nothing of a file is ever run or shown by the product; it is handed out as a download (`chuyendoiso.files`).
"""

import hashlib
import re
import zipfile
from typing import NamedTuple

from chuyendoiso import formatting
from chuyendoiso.files import clean_name

LARGEST = 10 * 1024 * 1024
# In one figure of a report.
MOST_FILES = 5
# An office document is a zip: so many parts, so much when unpacked.
MOST_PARTS = 3000
LARGEST_UNPACKED = 200 * 1024 * 1024
HEAD = 16

OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
}
MAIN_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
ACCEPTED = "PDF, ảnh (PNG, JPEG, WEBP), Word, Excel, PowerPoint (.docx, .xlsx, .pptx)"
# What runs by itself or brings other programs along.
ACTIVE = re.compile(r"(vbaproject|vbadata|macrosheets/|activex/|embeddings/|oleobject)", re.IGNORECASE)


class BadFile(Exception):
    """A file that is not taken; the message says why and what to do, in Vietnamese."""


class Checked(NamedTuple):
    """What a file is: the name that is kept, its type and size, its checksum."""

    name: str
    content_type: str
    size: int
    sha256: str


def check(upload) -> Checked:
    """Read an uploaded file through, and say what it is; raises BadFile."""
    name = clean_name(upload.name or "")
    size = upload.size
    if not size:
        raise BadFile(f"{name}: tệp rỗng.")
    if size > LARGEST:
        shown, most = (formatting.number(-(-part // (1024 * 1024))) for part in (size, LARGEST))
        raise BadFile(f"{name}: {shown} MB, tối đa {most} MB. Nén hoặc chia nhỏ tệp rồi gửi lại.")
    upload.seek(0)
    kind = _kind(upload, name)
    ending = name.rpartition(".")[2].lower()
    if {"jpeg": "jpg"}.get(ending, ending) != kind:
        raise BadFile(f"{name}: nội dung là tệp .{kind} mà tên không ghi như vậy. Đổi lại tên tệp rồi gửi.")
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Checked(name, KINDS[kind], size, digest.hexdigest())


def _kind(upload, name):
    head = upload.read(HEAD)
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"PK\x03\x04"):
        return _office(upload, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(f"{name}: tệp Office đời cũ hoặc có mật khẩu. Lưu lại thành .docx, .xlsx hoặc .pdf rồi gửi.")
    raise BadFile(f"{name}: không phải loại tệp được nhận. Chỉ nhận {ACCEPTED}.")


def _office(upload, name):
    """The kind of an office document, from its parts alone; nothing is unpacked but the list of their types."""
    try:
        with zipfile.ZipFile(upload) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise BadFile(f"{name}: tệp nén quá lớn khi mở ra.")
            if any(part.flag_bits & 1 for part in parts):
                raise BadFile(f"{name}: tệp có mật khẩu. Bỏ mật khẩu rồi gửi lại.")
            names = [part.filename for part in parts]
            kinds = {MAIN_PARTS[part] for part in names if part in MAIN_PARTS}
            if len(kinds) != 1 or "[Content_Types].xml" not in names:
                raise BadFile(f"{name}: không phải loại tệp được nhận. Chỉ nhận {ACCEPTED}.")
            types = package.getinfo("[Content_Types].xml")
            if types.file_size > 1024 * 1024:
                raise BadFile(f"{name}: tệp hỏng.")
            if any(ACTIVE.search(part) for part in names) or b"macroenabled" in package.read(types).lower():
                raise BadFile(f"{name}: tệp có macro hoặc đối tượng nhúng. Lưu lại thành .pdf hoặc bản không macro.")
            return kinds.pop()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        raise BadFile(f"{name}: tệp hỏng, không mở được.") from None
