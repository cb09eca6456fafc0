"""Keeping templates with their versions, and filling them in with the figures of stored reports."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from agencies.models import User
from core import clock, files, virus_scan
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.periods import plan_guard
from indicators.submissions import file_types
from reports.documents import concurrency
from reports.documents.audit_acts import ReportAct
from reports.documents.letterheads.services import may_keep
from reports.documents.own_templates.variables import shape, values_of
from reports.documents.own_templates.worker import NO_NUMBER
from reports.models import FOLDER, FilledTemplate, OwnTemplate, OwnTemplateVersion, Report, ReportVersion

WORKER = Path(__file__).with_name("worker.py")
# Seconds of real time; together less than a web request may take (docker/nginx.conf).
PATIENCE = 25
PDF_PATIENCE = 30
KINDS = ("docx", "xlsx")
LONGEST_NAME = 100
# The office program that makes a PDF of a filled in template, where the machine has one.
OFFICE = ("soffice", "libreoffice")
NOT_STORED = "Chưa có gì được lưu."


class BadTemplate(ActionNotAllowed):
    """A template with faults. problems: (place, text), in the template's order."""

    def __init__(self, problems: Sequence[Sequence[str]]) -> None:
        super().__init__(f"Biểu mẫu có {len(problems)} chỗ cần sửa. {NOT_STORED}")
        self.problems = problems


def store(
    *,
    plan: Plan,
    name: str,
    upload: UploadedFile,
    by: User,
    template: OwnTemplate | None = None,
    address: str | None = None,
) -> OwnTemplateVersion:
    """Store a new template, or the next version of one; the former versions stay. Raises ActionNotAllowed, BadTemplate."""
    if not may_keep(by):
        raise ActionNotAllowed(f"Chỉ cơ quan thường trực giữ biểu mẫu. {NOT_STORED}")
    plan_guard.require_open(plan)
    name = name.strip()
    if template is None and not 0 < len(name) <= LONGEST_NAME:
        raise ActionNotAllowed(f"Ghi tên biểu mẫu, tối đa {LONGEST_NAME} chữ. {NOT_STORED}")
    try:
        checked = file_types.check(upload)
    except file_types.BadFile as bad:
        raise ActionNotAllowed(f"{bad} {NOT_STORED}") from None
    kind = checked.name.rpartition(".")[2].lower()
    if kind not in KINDS:
        raise ActionNotAllowed(f"{checked.name}: biểu mẫu phải là tệp .docx hoặc .xlsx. {NOT_STORED}")
    if template is not None and template.kind != kind:
        raise ActionNotAllowed(f"{checked.name}: lần trước là .{template.kind}; lập biểu mẫu khác. {NOT_STORED}")
    content = upload.read()
    problems = json.loads(_run("check", kind, content, shape()))
    if problems:
        raise BadTemplate(problems)
    try:
        with virus_scan.stored(FOLDER, checked.name, ContentFile(content)) as stored, transaction.atomic():
            if template is None:
                if OwnTemplate.objects.filter(plan=plan, name=name).exists():
                    raise ActionNotAllowed(f"Kế hoạch đã có biểu mẫu tên này. {NOT_STORED}")
                template = OwnTemplate.objects.create(plan=plan, name=name, kind=kind)
            else:
                template = OwnTemplate.objects.select_for_update().get(pk=template.pk)
            made = template.versions.create(
                number=template.versions.count() + 1,
                file=stored,
                file_name=checked.name,
                checksum=checked.sha256,
                added_at=clock.now(),
                added_by=by,
            )
            audit(by=by, act=ReportAct.KEEP_TEMPLATE, label=str(made), address=address, sha256=checked.sha256)
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{checked.name}: {unsafe} {NOT_STORED}") from None
    return made


def preview(template: OwnTemplateVersion, version: ReportVersion) -> bytes:
    """Return a template filled in with a report's figures; nothing is stored. Raises ActionNotAllowed."""
    with default_storage.open(str(template.file.name)) as stored:
        content: bytes = stored.read()
    return _run("fill", template.template.kind, content, values_of(version))


def fill(
    *,
    template: OwnTemplateVersion,
    version: ReportVersion,
    by: User,
    as_pdf: bool = False,
    address: str | None = None,
) -> FilledTemplate:
    """Fill a template in with a report's figures and store the file beside the report, with the version of the template that it was
    made from. Raises ActionNotAllowed."""
    if not Report.objects.drafted_by(by).filter(pk=version.report_id).exists():
        raise ActionNotAllowed(f"Tài khoản này không tạo tệp của báo cáo được. {NOT_STORED}")
    plan_guard.require_open(version.report.plan)
    content, kind = preview(template, version), template.template.kind
    if as_pdf:
        content, kind = pdf_of(content, kind), "pdf"
    draft = "Dự thảo " if version.is_draft else ""
    name = files.clean_name(f"{draft}{template.template.name}, {version.report.title}.{kind}")
    stored = default_storage.save(files.stored_name(FOLDER, name), ContentFile(content))
    try:
        with transaction.atomic():
            made = FilledTemplate.objects.create(
                version=version,
                revision=version.revision,
                template=template,
                file=stored,
                name=name,
                checksum=hashlib.sha256(content).hexdigest(),
                made_at=clock.now(),
                made_by=by,
            )
            audit(by=by, act=ReportAct.FILL_TEMPLATE, label=str(version), address=address, template=str(template))
    except BaseException:
        default_storage.delete(stored)
        raise
    return made


def office() -> str:
    """Return the path of the office program; empty where this machine has none."""
    return next((path for name in OFFICE if (path := shutil.which(name))), "")


def pdf_of(content: bytes, kind: str) -> bytes:
    """Return a filled in template as a PDF. Raises ActionNotAllowed where this machine has no office program, or it failed."""
    program = office()
    if not program:
        raise ActionNotAllowed(f"Máy chủ không có LibreOffice nên không tạo được PDF từ biểu mẫu. {NOT_STORED}")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"bieu.{kind}")
        source.write_bytes(content)
        command = [program, "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/ho-so"]
        command += ["--convert-to", "pdf", "--outdir", folder, str(source)]
        try:
            _run_office(command)
            return source.with_suffix(".pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            raise ActionNotAllowed(f"LibreOffice không tạo được PDF từ biểu mẫu này. {NOT_STORED}") from None


def _run_office(command: Sequence[str]) -> None:
    """Run the office program, which starts others; all end with it. Raises SubprocessError."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True) as running:
        try:
            if running.wait(timeout=PDF_PATIENCE):
                raise subprocess.CalledProcessError(running.returncode, command)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            raise


def _run(action: str, kind: str, content: bytes, data: dict[str, Any]) -> bytes:
    """Run the worker. Raises ActionNotAllowed where it took too long or failed, and while another file is worked on."""
    with concurrency.FOREIGN.slot() as mine, tempfile.TemporaryDirectory() as folder:
        if not mine:
            raise ActionNotAllowed(f"{concurrency.BUSY} {NOT_STORED}")
        template, values = Path(folder, "template"), Path(folder, "data.json")
        template.write_bytes(content)
        # Excel's numbers are floats too.
        values.write_text(json.dumps(data, default=float))
        command = [sys.executable, "-P", str(WORKER), action, kind, str(template), str(values)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env={"TMPDIR": folder})
        except subprocess.TimeoutExpired:
            raise ActionNotAllowed(
                f"Biểu mẫu chạy quá lâu nên đã dừng; bớt vòng lặp rồi gửi lại. {NOT_STORED}"
            ) from None
    if done.returncode == NO_NUMBER:
        raise ActionNotAllowed(
            "Biểu mẫu so sánh con số ở chỗ chưa có số liệu: viết như {% if ct.gia_tri_so and 50 < ct.gia_tri_so %}. "
            f"{NOT_STORED}"
        )
    if done.returncode or not done.stdout:
        raise ActionNotAllowed(f"Không mở hoặc không điền được biểu mẫu: tệp hỏng, hoặc quá lớn. {NOT_STORED}")
    return done.stdout
