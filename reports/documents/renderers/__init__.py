"""The faces of a report: one document and its head in, one file out. The page is a template; the others are here."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.documents.renderers import docx, pdf, xlsx


@dataclass(frozen=True)
class FileFormat:
    """A kind of file. make(document, head) gives its bytes; `faces.RenderingFailed` where it cannot be made."""

    id: str
    title: str
    extension: str
    content_type: str
    make: Callable


FILE_FORMATS = {
    face.id: face
    for face in (
        FileFormat("pdf", "PDF", "pdf", "application/pdf", pdf.make),
        FileFormat(
            "docx",
            "Word",
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            docx.make,
        ),
        FileFormat(
            "xlsx", "Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.make
        ),
    )
}
