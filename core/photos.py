"""Removal of metadata from photographs: location, device, owner. Phones' HEIC, which most office programs cannot open, becomes
JPEG.

A picture is opened in a separate process (this module, run by its path) with bounded memory and time, because hostile files
attack decoders. A picture without metadata stays as it is, byte by byte.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the library is loaded only in the separate process
    from PIL.Image import Image

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 4096  # of a picture that is converted
QUALITY = 90
SECONDS = 20  # of processor time
TIMEOUT = 40  # seconds of real time
MEMORY = 1 << 30

PLACE, DEVICE, OTHER = "place", "device", "other"
WORDS = {
    PLACE: "vị trí chụp (GPS)",
    DEVICE: "thông tin máy chụp",
    OTHER: "thông tin kèm theo",
}
SAVED_AS = {"jpg": "JPEG", "heic": "JPEG", "png": "PNG", "webp": "WEBP"}
# Tags of Exif that identify the device or its owner: maker, model, software, artist, host, owner, serial numbers, lens.
IDENTIFYING = {0x010F, 0x0110, 0x0131, 0x013B, 0x013C, 0xA430, 0xA431, 0xA432, 0xA433, 0xA434, 0xA435, 0x927C}
EXIF, GPS = 0x8769, 0x8825


class BadPhoto(Exception):
    """A picture that cannot be opened; the message gives the reason, in Vietnamese."""


class Photo(NamedTuple):
    """A picture to store. content: None where the original stays; removed: the kinds of metadata taken out (PLACE, DEVICE,
    OTHER)."""

    content: bytes | None
    removed: tuple[str, ...]

    @property
    def removed_text(self) -> str:
        """Return the removed kinds of metadata as a list in a sentence; empty where there were none."""
        return " và ".join(WORDS[kind] for kind in self.removed)


def strip_metadata(content: bytes, kind: str) -> Photo:
    """Return a picture without its metadata. kind: jpg, png, webp, or heic, which becomes a JPEG. Raises BadPhoto."""
    try:
        process = subprocess.run(
            [sys.executable, str(Path(__file__)), kind], input=content, capture_output=True, timeout=TIMEOUT, env={}
        )
    except subprocess.TimeoutExpired:
        raise BadPhoto("ảnh mở quá lâu. Lưu lại ảnh nhỏ hơn rồi gửi.") from None
    head, _, picture = process.stdout.partition(b"\n")
    if process.returncode or not head:
        raise BadPhoto("ảnh hỏng hoặc quá lớn, không mở được. Mở ảnh, lưu lại thành JPEG rồi gửi.")
    answer = json.loads(head)
    if answer["too_large"]:
        raise BadPhoto(f"ảnh quá {MOST_PIXELS // 1_000_000} triệu điểm ảnh. Lưu lại ảnh nhỏ hơn rồi gửi.")
    return Photo(picture or None, tuple(answer["removed"]))


# In the separate process
def _removed(image: Image) -> list[str]:
    """Return the kinds of metadata in a picture, in the order of the sentence."""
    exif = image.getexif()
    inner, location = exif.get_ifd(EXIF), exif.get_ifd(GPS)
    beside = {"exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Raw profile type exif", "mp"}
    packed = b"".join(value for value in map(image.info.get, beside) if isinstance(value, bytes))
    kinds = []
    if location or b"GPSLatitude" in packed:
        kinds.append(PLACE)
    if IDENTIFYING & {*exif, *inner}:
        kinds.append(DEVICE)
    if not kinds and (len(exif) or beside & image.info.keys() or getattr(image, "text", None)):
        kinds.append(OTHER)
    return kinds


def _write(image: Image, kind: str) -> bytes:
    """Return the picture written anew, upright, without metadata."""
    from PIL import ImageOps

    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    image.info = {}
    options = {"icc_profile": profile} if profile else {}
    if SAVED_AS[kind] == "JPEG" and image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    if kind == "heic":
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = BytesIO()
    image.save(written, SAVED_AS[kind], **options, **({} if kind == "png" else {"quality": QUALITY}))
    return written.getvalue()


def main(kind: str) -> None:
    """Read a picture from standard input; write a line of JSON and, where it changed, the new picture to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from PIL import Image

    if kind == "heic":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    image = Image.open(BytesIO(sys.stdin.buffer.read()), formats=[SAVED_AS[kind] if kind != "heic" else "HEIF", "MPO"])
    too_large = image.width * image.height > MOST_PIXELS
    removed: list[str] = []
    picture = b""
    if not too_large:
        image.load()
        removed = _removed(image)
        if removed or kind == "heic":
            picture = _write(image, kind)
    sys.stdout.buffer.write(json.dumps({"too_large": too_large, "removed": removed}).encode() + b"\n" + picture)


if __name__ == "__main__":
    # Run by its path: this folder has modules (such as numbers) with the names of some that the library imports.
    sys.path.pop(0)
    main(*sys.argv[1:])
