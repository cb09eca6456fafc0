"""Private files, uploaded and generated: stored outside the folder of static files, served only by views that have checked
who may read them (promises F-01, F-14, F-21).

A stored name is made by the product alone: folder, month, 32 random digits, and a known ending. The name that the person gave
the file is stored in the database and sent in the response's header; it never becomes a path.
"""

import datetime as dt
import logging
import os
import secrets
import time
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse

from core import clock, texts

log = logging.getLogger(__name__)

# A stored file keeps its ending only if it is one of these; any other becomes .bin.
ENDINGS = {"xlsx", "csv", "pdf", "png", "jpg", "jpeg", "webp", "docx", "xls", "doc", "pptx", "odt", "ods", "zip", "txt"}
LONGEST_NAME = 150
NOT_STORED = "Máy chủ không ghi được tệp (đĩa đầy hoặc chỉ cho đọc): báo người vận hành máy chủ, rồi làm lại."
# Minimum age of a file without a row before it is deleted. Attached files stay longer: after a database was restored from an
# older copy, its newer files must still exist in case the newer copy is restored.
ORPHAN_AGE_MADE, ORPHAN_AGE_ATTACHED = dt.timedelta(days=1), dt.timedelta(days=60)
# Types that may be shown in the browser, where they can run nothing; all others are downloads.
SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/webp"}


class NotStored(OSError):
    """Raised where a file cannot be written: the disk is full or takes no more; the message says so, in Vietnamese."""


class PrivateStorage(FileSystemStorage):
    """Storage under FILES_ROOT, readable by the product's own user alone, without any address."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    def _save(self, name: str, content: File) -> str:
        try:
            stored: str = super()._save(name, content)  # type: ignore[misc]  # not in the stubs
        except (SuspiciousFileOperation, NotStored):
            raise
        except OSError as error:
            log.error("Không ghi được tệp: %s", error)
            self._delete_part(name)
            raise NotStored(NOT_STORED) from None
        return stored

    def _delete_part(self, name: str) -> None:
        """Delete what was written of a file before the disk was full."""
        with suppress(OSError):
            self.delete(name)

    @property
    def base_location(self) -> Path:
        return Path(settings.FILES_ROOT)

    @property
    def location(self) -> str:
        return str(os.path.abspath(settings.FILES_ROOT))

    @cached_property
    def base_url(self) -> None:  # type: ignore[override]  # None: private files have no address, url() raises
        return None


def stored_name(folder: str, name: str) -> str:
    """Return a new name to store a file under: `evidence/2026-08/5f…c3.pdf`. Of the given name only a known ending is used."""
    ending = name.rpartition(".")[2].lower()
    return f"{folder}/{clock.today():%Y-%m}/{secrets.token_hex(16)}.{ending if ending in ENDINGS else 'bin'}"


def older_than(folder: str, age: dt.timedelta) -> list[str]:
    """Return the names of the files in a folder that were written longer ago than `age`, by the machine's own time."""
    root, limit = Path(settings.FILES_ROOT), time.time() - age.total_seconds()
    paths = (path for path in (root / folder).rglob("*") if path.is_file() and path.stat().st_mtime < limit)
    return [path.relative_to(root).as_posix() for path in paths]


def delete_orphans(folder: str, known: Collection[str], age: dt.timedelta) -> int:
    """Delete the files of a folder that no row refers to and that are older than `age`; return how many. A process killed between
    writing a file and its row leaves such a file."""
    orphans = [name for name in older_than(folder, age) if name not in known]
    for name in orphans:
        default_storage.delete(name)
    return len(orphans)


def clean_name(name: str, fallback: str = "tep") -> str:
    """Return a file's name for storing and display: its last part, without control characters and marks that change the direction
    of writing, in NFC, at most 150 characters with its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))
    clean = texts.line(clean).strip(" .")
    if len(clean) > LONGEST_NAME:
        stem, dot, ending = clean.rpartition(".")
        has_ending = dot and len(ending) < 10
        clean = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if has_ending else clean[:LONGEST_NAME]
    return clean or fallback


def file_response(file: IO[bytes], name: str, content_type: str, *, inline: bool = False) -> FileResponse:
    """Return an open file as a response: with its name (RFC 6266), never sniffed, never executed. `inline` shows it in the browser
    where its type is one of SHOWN, in a sandbox. The caller has checked who may read it."""
    shown = inline and content_type in SHOWN
    response = FileResponse(file, as_attachment=not shown, filename=clean_name(name), content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
