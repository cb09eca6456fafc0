"""What a file is, by its content alone: PDF, pictures, office documents, without anything that runs by itself or fetches
something from elsewhere. Its name must say the same.

Nothing of a file is ever run or shown by the product; it is handed out as a download (`core.files`).
"""

import hashlib
import re
import zipfile
import zlib
from io import BytesIO
from typing import NamedTuple
from xml.parsers import expat

from django.core.files.uploadedfile import SimpleUploadedFile

from core import formatting, photos
from core.files import clean_name

LARGEST = 10 * 1024 * 1024
# In one figure of a report.
MOST_FILES = 5
# An office document is a zip: so many parts, so much when unpacked.
MOST_PARTS = 3000
LARGEST_UNPACKED = 200 * 1024 * 1024
HEAD = 16
# Of a document's parts that are looked into, and of a PDF's packed objects: each, and all together.
LARGEST_PART = 64 * 1024 * 1024
# A document in a document, such as the sheet behind a chart.
DEEPEST = 2

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
ACCEPTED = "PDF, ảnh (PNG, JPEG, WEBP, HEIC), Word, Excel, PowerPoint (.docx, .xlsx, .pptx)"
# How a field for choosing files names them to the browser.
ENDINGS = ",".join(f".{ending}" for ending in [*KINDS, "jpeg", "heic", "heif"])
PICTURES = {"jpg", "png", "webp", "heic"}
# Other endings of the same kinds.
SAME_ENDING = {"jpeg": "jpg", "heif": "heic"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}
# What runs by itself or brings other programs along.
ACTIVE = re.compile(r"(vbaproject|vbadata|macrosheets/|activex/|oleobject)", re.IGNORECASE)
EMBEDDED = re.compile(r"embeddings/[^/]+\.(xlsx|docx|pptx)$", re.IGNORECASE)
# Links of a document that nothing follows before its reader does.
HARMLESS_LINKS = {"hyperlink", "externallinkpath"}
ON_THE_MACHINE = re.compile(r"(file:/{0,3})?[a-z]:[\\/]|(?![\\/]{2})[^:]*$", re.IGNORECASE)
DDE = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)
WORDS_PART = re.compile(r"word/[^/]+\.xml$", re.IGNORECASE)
# What of a PDF runs by itself: scripts, and the starting of programs.
PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch)(?![A-Za-z0-9])")
PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class BadFile(Exception):
    """A file that is not taken; the message says why and what to do, in Vietnamese."""


class Checked(NamedTuple):
    """What a file is: the name that is kept, its type and size, its checksum."""

    name: str
    content_type: str
    size: int
    sha256: str


class Admitted(NamedTuple):
    """A file as it is kept: its content, what it is, and what was changed in it on arrival, as a sentence (empty: nothing)."""

    upload: object
    checked: Checked
    said: str


def admit(upload) -> Admitted:
    """Check an uploaded file; of a picture what it tells beside itself is taken out, and one in HEIC becomes JPEG. Raises
    BadFile."""
    name, kind = _named(upload)
    if kind not in PICTURES:
        return Admitted(upload, check(upload), "")
    upload.seek(0)
    try:
        photo = photos.strip_metadata(upload.read(), kind)
    except photos.BadPhoto as bad:
        raise BadFile(f"{name}: {bad}") from None
    said = []
    if photo.removed_text:
        said.append(f"Đã bỏ {photo.removed_text} khỏi ảnh {name}.")
    if kind == "heic":
        name = f"{name.rpartition('.')[0]}.jpg"
        said.append(f"Ảnh HEIC đã được chuyển thành {name}.")
    if photo.content is not None:
        upload = SimpleUploadedFile(name, photo.content)
    return Admitted(upload, check(upload), " ".join(said))


def check(upload) -> Checked:
    """Read an uploaded file through, and say what it is; raises BadFile."""
    name, kind = _named(upload)
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Checked(name, KINDS[kind], upload.size, digest.hexdigest())


def _named(upload):
    """The name that is kept and the kind of a file that is small enough and named as what it is."""
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
    if SAME_ENDING.get(ending, ending) != kind:
        raise BadFile(f"{name}: nội dung là tệp .{kind} mà tên không ghi như vậy. Đổi lại tên tệp rồi gửi.")
    return name, kind


def _kind(upload, name):
    head = upload.read(HEAD)
    if head.startswith(b"%PDF-"):
        upload.seek(0)
        _look_into_pdf(upload.read(), name)
        return "pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "heic"
    if head.startswith(b"PK\x03\x04"):
        return _office(upload, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(f"{name}: tệp Office đời cũ hoặc có mật khẩu. Lưu lại thành .docx, .xlsx hoặc .pdf rồi gửi.")
    raise BadFile(f"{name}: không phải loại tệp được nhận. Chỉ nhận {ACCEPTED}.")


def _look_into_pdf(content, name):
    """Refuse what runs by itself. Objects are searched as they stand and in packed streams of objects, never in pictures, whose
    bytes may look like anything."""
    locked = BadFile(f"{name}: PDF có mật khẩu hoặc bị khóa. Bỏ khóa, hoặc in ra tệp PDF mới, rồi gửi lại.")
    plain, packed, end, room = [], [], 0, LARGEST_PART
    for stream in PDF_STREAM.finditer(content):
        head = content[end : stream.start()]
        plain.append(head)
        end = stream.end()
        if b"/ObjStm" in head[-2000:]:
            packed.append(stream[1])
    plain.append(content[end:])
    outside = b" ".join(plain)
    if packed and b"/Encrypt" in outside:
        raise locked
    for stream in packed:
        try:
            objects = zlib.decompressobj().decompress(stream, room)
        except zlib.error:
            raise locked from None
        room -= len(objects)
        if room <= 0:
            raise BadFile(f"{name}: tệp nén quá lớn khi mở ra.")
        outside += b" " + objects
    if PDF_ACTIVE.search(PDF_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), outside)):
        raise BadFile(f"{name}: PDF có mã tự chạy (JavaScript). In ra tệp PDF mới (Print to PDF) rồi gửi lại.")


def _office(upload, name, depth=0):
    """The kind of an office document, from its parts."""
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
            for part in parts:
                _look_into_part(package, part, name, depth)
            return kinds.pop()
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zlib.error,
        expat.ExpatError,
    ):
        raise BadFile(f"{name}: tệp hỏng, không mở được.") from None


def _look_into_part(package, part, name, depth):
    """Refuse a part that fetches something when the document is opened, or starts another program (DDE). A document within,
    such as the sheet behind a chart, is looked into itself."""
    lower = part.filename.lower()
    if "/embeddings/" in lower and not lower.endswith("/"):
        if not EMBEDDED.search(lower) or depth == DEEPEST or part.file_size > LARGEST_PART:
            raise BadFile(f"{name}: tệp có macro hoặc đối tượng nhúng. Lưu lại thành .pdf hoặc bản không macro.")
        _office(BytesIO(package.read(part)), name, depth + 1)
    elif lower.endswith(".rels"):
        _check_size(part, name)
        for kind, target in _external_links(package.open(part)):
            if kind not in HARMLESS_LINKS and not ON_THE_MACHINE.match(target.strip()):
                raise BadFile(
                    f"{name}: tệp lấy nội dung từ nơi khác khi mở ({target[:60]}). Lưu lại thành .pdf rồi gửi."
                )
    elif WORDS_PART.match(lower):
        _check_size(part, name)
        if DDE.search(_field_codes(package.open(part))):
            raise BadFile(f"{name}: tệp có lệnh DDE gọi chương trình khác. Lưu lại thành .pdf rồi gửi.")
    elif lower.startswith("xl/externallinks/") and lower.endswith(".xml"):
        _check_size(part, name)
        if b"ddeLink" in package.read(part) or b"oleLink" in package.read(part):
            raise BadFile(f"{name}: tệp có lệnh DDE gọi chương trình khác. Lưu lại thành .pdf rồi gửi.")


def _check_size(part, name):
    if part.file_size > LARGEST_PART:
        raise BadFile(f"{name}: tệp nén quá lớn khi mở ra.")


def _external_links(stream):
    """(kind, target) of a list of relations, of those that lead out of the document."""
    found = []

    def begin(tag, given):
        if tag.rpartition(":")[2] == "Relationship" and given.get("TargetMode", "").lower() == "external":
            found.append((given.get("Type", "").rpartition("/")[2].lower(), given.get("Target", "")))

    _parse(stream, begin)
    return found


def _field_codes(stream):
    """The codes of a text's fields, put together: a code may be spread over many runs."""
    codes, within = [], []

    def begin(tag, given):
        bare = tag.rpartition(":")[2]
        if bare == "fldSimple":
            codes.extend([" ", *(value for key, value in given.items() if key.rpartition(":")[2] == "instr"), " "])
        elif bare == "fldChar":
            codes.append(" ")
        elif bare == "instrText":
            within.append(bare)

    def end(tag):
        if tag.rpartition(":")[2] == "instrText":
            within.pop()

    _parse(stream, begin, end, lambda text: codes.append(text) if within else None)
    return "".join(codes)


def _parse(stream, begin, end=None, text=None):
    """Read XML as it comes. One that declares entities is no office document's."""

    def refuse(*_):
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, refuse
    parser.EndElementHandler, parser.CharacterDataHandler = end, text
    with stream:
        parser.ParseFile(stream)
