"""A look for viruses at what people send in, by whatever the operator has (FILE_SCANNER); without one nothing is looked at.

FILE_SCANNER is a command, to which the file's path is added (`clamdscan --fdpass --no-summary`), or `python:` and the dotted
name of a function that is called with the path. 0 or nothing: clean; 1 or a word: infected. Whatever else happens, a scanner
that fails or takes too long, the file is refused: an unlooked-at file is not taken for a clean one.
"""

import logging
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from core import files

log = logging.getLogger(__name__)

PREFIX = "python:"
SECONDS = 60


class Unsafe(Exception):
    """A file that may not be kept; the message says why, in Vietnamese."""


@contextmanager
def stored(folder: str, name: str, content: File) -> Iterator[str]:
    """Store a file that somebody sent in, and look at it; every one comes in by here. What is written about it within goes with
    it: where that fails, or the file is unsafe, nothing of it is left. Gives where it is stored. Raises Unsafe."""
    kept = default_storage.save(files.stored_name(folder, name), content)
    try:
        scan(default_storage.path(kept))
        yield kept
    except BaseException:
        default_storage.delete(kept)
        raise


def scan(path: str) -> None:
    """Look at a file with the operator's scanner, if there is one. Raises Unsafe where it is infected or was not looked at."""
    scanner = settings.FILE_SCANNER
    if not scanner:
        return
    try:
        infected = _call(scanner, path) if scanner.startswith(PREFIX) else _run(scanner, path)
    except Exception:
        log.exception("Chương trình quét tệp không chạy được")
        raise Unsafe("Chưa kiểm tra được tệp vì chương trình quét vi-rút không trả lời. Thử lại sau ít phút.") from None
    if infected:
        log.warning("Tệp gửi lên bị chặn: %s", infected)
        raise Unsafe("Chương trình quét vi-rút chặn tệp này. Kiểm tra máy tính rồi gửi tệp khác.")


def _call(scanner, path):
    return import_string(scanner.removeprefix(PREFIX))(path)


def _run(scanner, path):
    done = subprocess.run(
        [*shlex.split(scanner), path], capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mã {done.returncode}: {done.stderr[-500:]}")
    return (done.stdout.strip()[-200:] or "bị chặn") if done.returncode else ""
