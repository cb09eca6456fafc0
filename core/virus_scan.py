"""Virus scan of uploaded files by the operator's scanner (FILE_SCANNER); without one nothing is scanned.

FILE_SCANNER is a command, to which the file's path is added (`clamdscan --fdpass --no-summary`), or `python:` and the dotted
name of a function that is called with the path. 0 or an empty result: clean; 1 or a text: infected. Where the scanner fails or
takes too long, the file is refused: an unscanned file does not count as clean.
"""

import logging
import shlex
import subprocess
from collections.abc import Callable, Iterator
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
    """A file that may not or cannot be stored; the message gives the reason, in Vietnamese."""


@contextmanager
def stored(folder: str, name: str, content: File) -> Iterator[str]:
    """Store an uploaded file and scan it; every upload comes in this way. Yields the stored name. Where the block fails, or the
    file is unsafe, the file is deleted again. Raises Unsafe."""
    try:
        stored_name = default_storage.save(files.stored_name(folder, name), content)
    except files.NotStored as error:
        raise Unsafe(str(error)) from None
    try:
        scan(default_storage.path(stored_name))
        yield stored_name
    except BaseException:
        default_storage.delete(stored_name)
        raise


def scan(path: str) -> None:
    """Scan a file with the operator's scanner, if there is one. Raises Unsafe where it is infected or could not be scanned."""
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


def _call(scanner: str, path: str) -> object:
    function: Callable[[str], object] = import_string(scanner.removeprefix(PREFIX))
    return function(path)


def _run(scanner: str, path: str) -> str:
    process = subprocess.run(
        [*shlex.split(scanner), path], capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
    )
    if process.returncode not in (0, 1):
        raise RuntimeError(f"mã {process.returncode}: {process.stderr[-500:]}")
    return (process.stdout.strip()[-200:] or "bị chặn") if process.returncode else ""
