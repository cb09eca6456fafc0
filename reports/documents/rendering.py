"""The files of reports, rendered one after another; one that fails does not stop the others (promises F-35)."""

import hashlib
import logging
from collections.abc import Sequence

from django.core.files.base import ContentFile

from core import clock, files
from core.jobs import runner
from core.jobs.runner import RunningJob
from reports.documents import composition
from reports.documents.model import Document, Paragraph, Sentence, load
from reports.documents.renderers import FILE_FORMATS
from reports.documents.renderers.errors import RenderingFailed
from reports.letterhead import DocumentHead, bare
from reports.models import FileState, ReportFile, ReportVersion

log = logging.getLogger(__name__)

KIND_OF_JOB = "lap-tep-bao-cao"
# The length to which a text that cannot be printed is quoted.
LONGEST_QUOTE = 160


def shown(version: ReportVersion) -> tuple[Document, DocumentHead]:
    """Return the content of a version: a published one as it was frozen, a draft as it is now."""
    head = composition.head_of(version)
    if "published" in version.snapshot:
        return load(version.snapshot["published"]), head
    return composition.edited(version, composition.document_of(version), head), head


@runner.job_handler(KIND_OF_JOB)
def make_files(work: RunningJob) -> None:
    """Render the formats that the job names, of the revision for which they were requested."""
    formats = work.params["formats"]
    version = composition.versions().get(pk=work.params["version"])
    if version.revision != work.params["revision"]:
        version.files.filter(revision=work.params["revision"], state=FileState.WAITING).delete()
        raise runner.JobFailed("Dự thảo đã được sửa trong lúc chờ. Tạo tệp lại từ trang của báo cáo.")
    document, head = shown(version)
    failed = []
    for index, file_format in enumerate(formats):
        work.report_progress(index, len(formats), f"Đang tạo tệp {FILE_FORMATS[file_format].title}")
        file = ReportFile.objects.get(version=version, file_format=file_format, revision=version.revision)
        if not make_file(file, document, head):
            failed.append(FILE_FORMATS[file_format].title)
    _forget_older(version)
    made = [FILE_FORMATS[file_format].title for file_format in formats if FILE_FORMATS[file_format].title not in failed]
    message = f"Đã tạo {', '.join(made)}." if made else "Không tạo được tệp nào."
    if failed:
        message += f" Không tạo được {', '.join(failed)}; bấm Tạo tệp còn thiếu ở trang của báo cáo."
    with work.finish(message, link=version.report.get_absolute_url()):
        pass


def make_file(file: ReportFile, document: Document, head: DocumentHead) -> bool:
    """Render and store one file; False where it cannot be rendered or stored, with the reason in its row."""
    try:
        keep(file, content_of(file.file_format, document, head))
    except (RenderingFailed, files.NotStored) as error:
        file.state, file.error = FileState.FAILED, str(error)[:300]
        file.save(update_fields=["state", "error"])
        return False
    return True


def content_of(file_format: str, document: Document, head: DocumentHead) -> bytes:
    """Return the bytes of one format. Raises RenderingFailed for any error of its renderer, with the text at which it
    stopped, where one text alone is the cause."""
    try:
        return FILE_FORMATS[file_format].make(document, head)
    except RenderingFailed:
        raise
    except Exception:
        log.exception("Không tạo được tệp %s của %s", file_format, document.abstract.plain)
        text = _text_at_fault(file_format, document, head)
        if text:
            shown = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
            shown = shown.encode(errors="backslashreplace").decode()
            raise RenderingFailed(
                f"Bộ tạo tệp dừng ở chỗ “{shown}”: có ký tự không in được. Sửa chỗ đó rồi tạo lại."
            ) from None
        raise RenderingFailed("Bộ tạo tệp gặp lỗi; đã ghi vào nhật ký hệ thống, đề nghị báo quản trị.") from None


def keep(file: ReportFile, content: bytes) -> None:
    """Store the content of a file, with its checksum. Raises NotStored."""
    file.file.name = file.file.storage.save(file.stored_name, ContentFile(content))
    file.state, file.size, file.checksum = FileState.READY, len(content), hashlib.sha256(content).hexdigest()
    file.error, file.asked_at = "", clock.now()
    file.save()


def _text_at_fault(file_format: str, document: Document, head: DocumentHead) -> str:
    """Find by halving the text of a document or of its head that the renderer cannot set; empty where it is no single
    text."""
    texts = list(dict.fromkeys(filter(None, [*head.texts, *document.texts])))

    def fails(some: Sequence[str]) -> bool:
        body = tuple(Paragraph((Sentence("", "{1}", (text,)),)) for text in [*some, "-"])
        try:
            FILE_FORMATS[file_format].make(Document(Sentence("", "-"), body), bare(head.year))
        except Exception:
            return True
        return False

    if fails([]):
        return ""
    while len(texts) > 1:
        half = texts[: len(texts) // 2]
        texts = half if fails(half) else texts[len(texts) // 2 :]
    return texts[0] if texts and fails(texts) else ""


def _forget_older(version: ReportVersion) -> None:
    """Delete a draft's files of earlier revisions."""
    for old in version.files.filter(revision__lt=version.revision):
        name, storage = old.file.name, old.file.storage
        old.delete()
        if name:
            storage.delete(name)
