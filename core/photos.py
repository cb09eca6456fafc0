"""Photographs without what they tell beside the picture: where they were taken, by which device and whose it is. Those of phones
in HEIC, which most programs of an office cannot open, become JPEG.

A picture is opened in a process of its own (this module, started by its path) with bounded memory and time: decoders are what
hostile files aim at. A picture that tells nothing stays as it is, byte by byte.
"""

import json
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 4096  # of a picture that is converted
QUALITY = 90
SECONDS = 20  # of a processor
PATIENCE = 40  # by the wall's clock
MEMORY = 1 << 30

PLACE, DEVICE, OTHER = "place", "device", "other"
WORDS = {
    PLACE: "vị trí chụp (GPS)",
    DEVICE: "thông tin máy chụp",
    OTHER: "thông tin kèm theo",
}
SAVED_AS = {"jpg": "JPEG", "heic": "JPEG", "png": "PNG", "webp": "WEBP"}
# Tags of Exif that tell the device or whose it is: maker, model, software, artist, host, owner, serial numbers, lens.
TELLING = {0x010F, 0x0110, 0x0131, 0x013B, 0x013C, 0xA430, 0xA431, 0xA432, 0xA433, 0xA434, 0xA435, 0x927C}
EXIF, GPS = 0x8769, 0x8825


class BadPhoto(Exception):
    """A picture that cannot be opened; the message says why, in Vietnamese."""


class Photo(NamedTuple):
    """A picture as it is kept: None where it stays as it came; what was taken out of it (PLACE, DEVICE, OTHER)."""

    content: bytes | None
    removed: tuple[str, ...]

    @property
    def removed_text(self) -> str:
        """What was taken out, as a list in a sentence; empty where nothing was."""
        return " và ".join(WORDS[what] for what in self.removed)


def strip_metadata(content: bytes, kind: str) -> Photo:
    """A picture without what it tells beside itself. kind: jpg, png, webp, or heic, of which a JPEG is made. Raises BadPhoto."""
    try:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), kind], input=content, capture_output=True, timeout=PATIENCE, env={}
        )
    except subprocess.TimeoutExpired:
        raise BadPhoto("ảnh mở quá lâu. Lưu lại ảnh nhỏ hơn rồi gửi.") from None
    head, _, made = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise BadPhoto("ảnh hỏng hoặc quá lớn, không mở được. Mở ảnh, lưu lại thành JPEG rồi gửi.")
    told = json.loads(head)
    if told["too_large"]:
        raise BadPhoto(f"ảnh quá {MOST_PIXELS // 1_000_000} triệu điểm ảnh. Lưu lại ảnh nhỏ hơn rồi gửi.")
    return Photo(made or None, tuple(told["removed"]))


# In the process of its own
def _removed(image):
    """What a picture tells beside itself, in the order in which it is said."""
    exif = image.getexif()
    inner, place = exif.get_ifd(EXIF), exif.get_ifd(GPS)
    beside = {"exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Raw profile type exif", "mp"}
    packed = b"".join(value for value in map(image.info.get, beside) if isinstance(value, bytes))
    found = []
    if place or b"GPSLatitude" in packed:
        found.append(PLACE)
    if TELLING & {*exif, *inner}:
        found.append(DEVICE)
    if not found and (len(exif) or beside & image.info.keys() or getattr(image, "text", None)):
        found.append(OTHER)
    return found


def _write(image, kind):
    from PIL import ImageOps

    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    image.info = {}
    options = {"icc_profile": profile} if profile else {}
    if SAVED_AS[kind] == "JPEG" and image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    if kind == "heic":
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = BytesIO()
    image.save(made, SAVED_AS[kind], **options, **({} if kind == "png" else {"quality": QUALITY}))
    return made.getvalue()


def main(kind):
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
    removed, made = [], b""
    if not too_large:
        image.load()
        removed = _removed(image)
        if removed or kind == "heic":
            made = _write(image, kind)
    sys.stdout.buffer.write(json.dumps({"too_large": too_large, "removed": removed}).encode() + b"\n" + made)


if __name__ == "__main__":
    # Started by its path: the folder of this module holds names (such as numbers) that the library also asks for.
    sys.path.pop(0)
    main(*sys.argv[1:])
