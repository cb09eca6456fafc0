"""Files of reports, made one after another; one that fails holds up no other (promises F-35)."""

import hashlib
import logging

from django.core.files.base import ContentFile

from agencies import jobs
from chuyendoiso import clock
from reports import drafting
from reports.documents import Document, load
from reports.faces import FACES
from reports.faces.errors import Failed
from reports.heads import Head
from reports.models import FileState, ReportFile, ReportVersion

log = logging.getLogger(__name__)

KIND_OF_JOB = "lap-tep-bao-cao"


def shown(version: ReportVersion) -> tuple[Document, Head]:
    """What a version shows: a published one as it was frozen, a draft as it stands."""
    head = drafting.head_of(version)
    if "published" in version.snapshot:
        return load(version.snapshot["published"]), head
    return drafting.edited(version, drafting.document_of(version), head.issuer), head


@jobs.doer(KIND_OF_JOB)
def make_files(work):
    """Make the faces that the job names, of the revision for which they were asked."""
    faces = work.params["faces"]
    version = (
        ReportVersion.objects.select_related("report__plan", "letterhead", "signer")
        .defer("ledger")
        .get(pk=work.params["version"])
    )
    if version.revision != work.params["revision"]:
        version.files.filter(revision=work.params["revision"], state=FileState.WAITING).delete()
        raise jobs.Failed("Dự thảo đã được sửa trong lúc chờ. Lập tệp lại từ trang của báo cáo.")
    document, head = shown(version)
    failed = []
    for place, face in enumerate(faces):
        work.tell(place, len(faces), f"Đang lập tệp {FACES[face].title}")
        file = ReportFile.objects.get(version=version, face=face, revision=version.revision)
        if not make_file(file, document, head):
            failed.append(FACES[face].title)
    _forget_older(version)
    made = [FACES[face].title for face in faces if FACES[face].title not in failed]
    said = f"Đã lập {', '.join(made)}." if made else "Không lập được tệp nào."
    if failed:
        said += f" Không lập được {', '.join(failed)}; bấm Tạo lại ở trang của báo cáo."
    with work.ending(said, link=version.report.get_absolute_url()):
        pass


def make_file(file: ReportFile, document: Document, head: Head) -> bool:
    """Make one file and keep it; False where it cannot be made, and why stands in its row."""
    try:
        content = FACES[file.face].make(document, head)
    except Failed as error:
        return _give_up(file, str(error))
    except Exception:
        # Whatever a maker of documents trips over, the other formats are still to be had.
        log.exception("Không tạo được tệp %s", file)
        return _give_up(file, "Bộ tạo tệp gặp lỗi; đã ghi vào nhật ký hệ thống.")
    file.file.name = file.file.storage.save(file.stored_name, ContentFile(content))
    file.state, file.size, file.checksum = FileState.READY, len(content), hashlib.sha256(content).hexdigest()
    file.error, file.asked_at = "", clock.now()
    file.save()
    return True


def _give_up(file, why):
    file.state, file.error = FileState.FAILED, why[:300]
    file.save(update_fields=["state", "error"])
    return False


def _forget_older(version):
    """A draft's files of earlier saves go."""
    for old in version.files.filter(revision__lt=version.revision):
        name, storage = old.file.name, old.file.storage
        old.delete()
        if name:
            storage.delete(name)
