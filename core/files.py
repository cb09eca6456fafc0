"""Files that people put in and files made for them: kept outside the folder of served files, handed out only by a view that
has asked who may have them (promises F-01, F-14, F-21).

A stored name is ours alone: folder, month, 32 random digits, and an ending that is a known one. What the person called the
file is kept beside it, in the database, and goes into the answer's header; it never becomes a path.
"""

import datetime as dt
import os
import secrets
import time
import unicodedata
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse

from core import clock, texts

# What is stored keeps its ending only if it is one of these; anything else becomes .bin.
ENDINGS = {"xlsx", "csv", "pdf", "png", "jpg", "jpeg", "webp", "docx", "xls", "doc", "pptx", "odt", "ods", "zip", "txt"}
LONGEST_NAME = 150
# How long a file may lie that no row knows. What people attached stays longer: after a database was restored from an older
# copy, its newer files are still there for whoever restores the newer one.
ORPHAN_AGE_MADE, ORPHAN_AGE_ATTACHED = dt.timedelta(days=1), dt.timedelta(days=60)
# What may be shown in the browser, where it can run nothing; all else is only ever saved.
SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/webp"}


class PrivateStorage(FileSystemStorage):
    """Files under FILES_ROOT, readable by the product's own user alone, without any address."""

    def __init__(self):
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self):
        return settings.FILES_ROOT

    @property
    def location(self):
        return os.path.abspath(settings.FILES_ROOT)

    @cached_property
    def base_url(self):
        return None


def stored_name(folder: str, name: str) -> str:
    """Where a file is stored: `evidence/2023-08/5f…c3.pdf`. Nothing of the person's own name but a known ending."""
    ending = name.rpartition(".")[2].lower()
    return f"{folder}/{clock.today():%Y-%m}/{secrets.token_hex(16)}.{ending if ending in ENDINGS else 'bin'}"


def older_than(folder: str, age: dt.timedelta) -> list[str]:
    """Names of the files stored in a folder that were written longer ago than this, by the machine's own time."""
    root, limit = Path(settings.FILES_ROOT), time.time() - age.total_seconds()
    found = (path for path in (root / folder).rglob("*") if path.is_file() and path.stat().st_mtime < limit)
    return [path.relative_to(root).as_posix() for path in found]


def delete_orphans(folder: str, known: Collection[str], age: dt.timedelta) -> int:
    """Delete the files of a folder that no row knows and that are older than this: a process killed between writing a file and
    its row leaves one behind. Returns how many went."""
    gone = [name for name in older_than(folder, age) if name not in known]
    for name in gone:
        default_storage.delete(name)
    return len(gone)


def clean_name(name: str, fallback: str = "tep") -> str:
    """A file's name as it is kept and shown: its last part, without control signs and signs that turn writing round,
    in NFC, at most 150 letters with its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))
    kept = texts.line(kept).strip(" .")
    if len(kept) > LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 10 else kept[:LONGEST_NAME]
    return kept or fallback


def file_response(file, name: str, content_type: str, *, inline: bool = False) -> FileResponse:
    """An open file as an answer: with its name (RFC 6266), never sniffed, never run. `inline` shows it in the browser where its
    type is one that may be (SHOWN), in a sandbox. Whoever calls this has asked who may have it."""
    shown = inline and content_type in SHOWN
    response = FileResponse(file, as_attachment=not shown, filename=clean_name(name), content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
