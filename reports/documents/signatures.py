"""Signed PDFs: the published file that came back with electronic signatures, and with nothing else."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from agencies.models import User
from core import clock, files, virus_scan
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.periods import plan_guard
from reports.documents import concurrency
from reports.documents.audit_acts import ReportAct
from reports.models import FOLDER, FileState, ReportFile, ReportVersion, SignedFile

WORKER = Path(__file__).with_name("signature_worker.py")
LARGEST = 25 * 1024 * 1024
PATIENCE = 40  # seconds of real time
NOT_STORED = "Chưa có gì được lưu."


def is_offered() -> bool:
    """Return whether the operator has named the folder of trusted roots, without which no signature is proved."""
    return bool(settings.SIGNATURE_ROOTS)


def attach_signed(*, version: ReportVersion, upload: UploadedFile, by: User, address: str | None = None) -> SignedFile:
    """Store the signed file of a published version, after it was proved that it is the published PDF and nothing but trusted
    signatures. Raises ActionNotAllowed with the reason."""
    plan_guard.require_open(version.report.plan)
    if not is_offered():
        raise ActionNotAllowed(
            f"Chưa khai chứng thư gốc được tin cậy (SIGNATURE_ROOTS): đề nghị quản trị. {NOT_STORED}"
        )
    if version.is_draft:
        raise ActionNotAllowed(f"Chỉ bản đã phát hành mới có bản ký số. {NOT_STORED}")
    published = _published(version)
    name = files.clean_name(upload.name or "")
    if upload.size is None or upload.size > LARGEST:
        raise ActionNotAllowed(f"{name}: tệp lớn hơn {LARGEST // 2**20} MB. {NOT_STORED}")
    content = upload.read()
    if not content.startswith(b"%PDF-") or not name.lower().endswith(".pdf"):
        raise ActionNotAllowed(f"{name}: bản ký số phải là tệp PDF. {NOT_STORED}")
    signatures = prove(published, content)
    try:
        with virus_scan.stored(FOLDER, name, ContentFile(content)) as stored, transaction.atomic():
            locked = ReportVersion.objects.select_for_update().defer("ledger", "snapshot").get(pk=version.pk)
            checksum = hashlib.sha256(content).hexdigest()
            if locked.signed_files.filter(checksum=checksum).exists():
                raise ActionNotAllowed(f"{name}: tệp ký số này đã được lưu. Không có gì thay đổi.")
            made = locked.signed_files.create(
                file=stored,
                name=name,
                checksum=checksum,
                published_checksum=hashlib.sha256(published).hexdigest(),
                signatures=signatures,
                added_at=clock.now(),
                added_by=by,
            )
            signers = [one["name"] for one in signatures]
            audit(
                by=by,
                act=ReportAct.ATTACH_SIGNED,
                label=str(locked),
                address=address,
                file=name,
                sha256=checksum,
                signers=signers,
            )
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{unsafe} {NOT_STORED}") from None
    return made


def prove(published: bytes, signed: bytes) -> list[dict[str, Any]]:
    """Return the signatures of a signed file, oldest first. Raises ActionNotAllowed where it is not the published file with
    nothing but trusted signatures."""
    with concurrency.FOREIGN.slot() as mine, tempfile.TemporaryDirectory() as folder:
        if not mine:
            raise ActionNotAllowed(f"{concurrency.BUSY} {NOT_STORED}")
        paths = [Path(folder, name) for name in ("published.pdf", "signed.pdf")]
        for path, content in zip(paths, (published, signed), strict=True):
            path.write_bytes(content)
        # -P: the worker's folder has modules with the names of some that the libraries import.
        command = [
            sys.executable,
            "-P",
            str(WORKER),
            *map(str, paths),
            settings.SIGNATURE_ROOTS,
            clock.now().isoformat(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env={})
        except subprocess.TimeoutExpired:
            raise ActionNotAllowed(f"Kiểm tra chữ ký quá lâu nên đã dừng. {NOT_STORED}") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise ActionNotAllowed(f"Tệp hỏng hoặc quá phức tạp, không kiểm tra được chữ ký. {NOT_STORED}") from None
    if "reason" in answer:
        raise ActionNotAllowed(f"{answer['reason']} {NOT_STORED}")
    signatures: list[dict[str, Any]] = answer["signatures"]
    return signatures


def _published(version: ReportVersion) -> bytes:
    """Return the published PDF as it is stored. Raises ActionNotAllowed where it is not there, or not the same any more."""
    missing = f"Tệp PDF đã phát hành không còn trên máy chủ. Đề nghị báo quản trị hệ thống. {NOT_STORED}"
    made: ReportFile | None = version.files.filter(
        file_format="pdf", revision=version.revision, state=FileState.READY
    ).first()
    if made is None:
        raise ActionNotAllowed(f"Bản này chưa có tệp PDF. {NOT_STORED}")
    try:
        with made.file.open("rb") as stored:
            content: bytes = stored.read()
    except FileNotFoundError:
        raise ActionNotAllowed(missing) from None
    if hashlib.sha256(content).hexdigest() != made.checksum:
        raise ActionNotAllowed(missing)
    return content
