"""Type of a file by its content alone: PDF, pictures, office documents, without active content or links to other
places.

Its name must have the same type. The product never runs or shows a file; it is sent as a download (`core.files`).
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import IO, NamedTuple, NoReturn, cast
from xml.parsers import expat

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from core import formatting, photos
from core.files import clean_name

LARGEST = 10 * 1024 * 1024
# The most files of one figure of a report.
MOST_FILES = 5
# An office document is a zip: the most parts and the largest size when unpacked.
MOST_PARTS = 3000
LARGEST_UNPACKED = 200 * 1024 * 1024
HEAD = 16
# The largest size of a document's part that is inspected, and of all packed objects of a PDF together.
LARGEST_PART = 64 * 1024 * 1024
# The deepest nesting of a document in a document, such as the sheet behind a chart.
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
# The accepted endings for a file field in the browser.
ENDINGS = ",".join(f".{ending}" for ending in [*KINDS, "jpeg", "heic", "heif"])
PICTURES = {"jpg", "png", "webp", "heic"}
# Other endings of the same kinds.
SAME_ENDING = {"jpeg": "jpg", "heif": "heic"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}
# Active content, and embedded programs.
ACTIVE = re.compile(r"(vbaproject|vbadata|macrosheets/|activex/|oleobject)", re.IGNORECASE)
EMBEDDED = re.compile(r"embeddings/[^/]+\.(xlsx|docx|pptx)$", re.IGNORECASE)
# Links that no program follows before the reader does.
HARMLESS_LINKS = {"hyperlink", "externallinkpath"}
ON_THE_MACHINE = re.compile(r"(file:/{0,3})?[a-z]:[\\/]|(?![\\/]{2})[^:]*$", re.IGNORECASE)
DDE = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)
WORDS_PART = re.compile(r"word/[^/]+\.xml$", re.IGNORECASE)
# Active content of a PDF: scripts, and the starting of programs.
PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch)(?![A-Za-z0-9])")
PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class BadFile(Exception):
    """A file that is not accepted; the message gives the reason and the remedy in Vietnamese."""


class Checked(NamedTuple):
    """Description of a file: its stored name, type, size and checksum."""

    name: str
    content_type: str
    size: int
    sha256: str


class Admitted(NamedTuple):
    """An accepted file: its content, its description, and the changes made on arrival as a sentence (empty: none)."""

    upload: UploadedFile
    checked: Checked
    change_message: str


def admit(upload: UploadedFile) -> Admitted:
    """Check an uploaded file; remove the metadata of a picture, and convert HEIC to JPEG. Raises BadFile."""
    name, kind = _named(upload)
    if kind not in PICTURES:
        return Admitted(upload, check(upload), "")
    upload.seek(0)
    try:
        photo = photos.strip_metadata(upload.read(), kind)
    except photos.BadPhoto as bad:
        raise BadFile(f"{name}: {bad}") from None
    changes = []
    if photo.removed_text:
        changes.append(f"Đã bỏ {photo.removed_text} khỏi ảnh {name}.")
    if kind == "heic":
        name = f"{name.rpartition('.')[0]}.jpg"
        changes.append(f"Ảnh HEIC đã được chuyển thành {name}.")
    if photo.content is not None:
        upload = SimpleUploadedFile(name, photo.content)
    return Admitted(upload, check(upload), " ".join(changes))


def check(upload: UploadedFile) -> Checked:
    """Read an uploaded file in full and describe it. Raises BadFile."""
    name, kind = _named(upload)
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Checked(name, KINDS[kind], upload.size or 0, digest.hexdigest())


def _named(upload: UploadedFile) -> tuple[str, str]:
    """Return the stored name and the kind of a file that is small enough and has the ending of its kind. Raises
    BadFile."""
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


def _kind(upload: UploadedFile, name: str) -> str:
    """Return the kind of a file by its first bytes, after inspecting its content. Raises BadFile."""
    head = upload.read(HEAD)
    if head.startswith(b"%PDF-"):
        upload.seek(0)
        _inspect_pdf(upload.read(), name)
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


def _inspect_pdf(content: bytes, name: str) -> None:
    """Refuse active content. Plain objects and packed streams of objects are searched, but not pictures, whose bytes
    may match by chance."""
    locked = BadFile(f"{name}: PDF có mật khẩu hoặc bị khóa. Bỏ khóa, hoặc in ra tệp PDF mới, rồi gửi lại.")
    plain: list[bytes] = []
    packed: list[bytes] = []
    end, room = 0, LARGEST_PART
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
    for compressed in packed:
        try:
            objects = zlib.decompressobj().decompress(compressed, room)
        except zlib.error:
            raise locked from None
        room -= len(objects)
        if room <= 0:
            raise BadFile(f"{name}: tệp nén quá lớn khi mở ra.")
        outside += b" " + objects
    if PDF_ACTIVE.search(PDF_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), outside)):
        raise BadFile(f"{name}: PDF có mã tự chạy (JavaScript). In ra tệp PDF mới (Print to PDF) rồi gửi lại.")


def _office(upload: IO[bytes] | UploadedFile, name: str, depth: int = 0) -> str:
    """Return the kind of an office document by its parts. Raises BadFile."""
    try:
        with zipfile.ZipFile(cast(IO[bytes], upload)) as package:
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
                _inspect_part(package, part, name, depth)
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


def _inspect_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, depth: int) -> None:
    """Refuse a part that loads content when the document is opened, or starts another program (DDE).

    A document within, such as the sheet behind a chart, is inspected itself.
    """
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


def _check_size(part: zipfile.ZipInfo, name: str) -> None:
    """Refuse a part that is too large to be inspected."""
    if part.file_size > LARGEST_PART:
        raise BadFile(f"{name}: tệp nén quá lớn khi mở ra.")


def _external_links(stream: IO[bytes]) -> list[tuple[str, str]]:
    """Return (kind, target) of the relations that lead out of the document."""
    links = []

    def begin(tag: str, given: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and given.get("TargetMode", "").lower() == "external":
            links.append((given.get("Type", "").rpartition("/")[2].lower(), given.get("Target", "")))

    _parse(stream, begin)
    return links


def _field_codes(stream: IO[bytes]) -> str:
    """Return the codes of a text's fields, joined: a code may be spread over many runs."""
    codes: list[str] = []
    within: list[str] = []

    def begin(tag: str, given: dict[str, str]) -> None:
        bare = tag.rpartition(":")[2]
        if bare == "fldSimple":
            codes.extend([" ", *(value for key, value in given.items() if key.rpartition(":")[2] == "instr"), " "])
        elif bare == "fldChar":
            codes.append(" ")
        elif bare == "instrText":
            within.append(bare)

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] == "instrText":
            within.pop()

    def text(part: str) -> None:
        if within:
            codes.append(part)

    _parse(stream, begin, end, text)
    return "".join(codes)


def _parse(
    stream: IO[bytes],
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse XML as a stream. A document type raises ValueError: office documents declare no entities."""

    def refuse(*_: object) -> NoReturn:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, refuse
    parser.EndElementHandler, parser.CharacterDataHandler = end, text
    with stream:
        parser.ParseFile(stream)
