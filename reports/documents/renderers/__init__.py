"""The file formats of a report: one document and its head in, one file out. The HTML page is a template; the others are
here."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.documents.model import Document
from reports.documents.renderers import pdf, xlsx
from reports.letterhead import DocumentHead


@dataclass(frozen=True)
class FileFormat:
    """A file format. make(document, head) returns its bytes and raises `errors.RenderingFailed` where it cannot."""

    id: str
    title: str
    extension: str
    content_type: str
    make: Callable[[Document, DocumentHead], bytes]


def _docx(document: Document, head: DocumentHead) -> bytes:
    # Loaded with the first Word file: no process should begin with a library that hardly any of them needs.
    from reports.documents.renderers import docx

    return docx.make(document, head)


FILE_FORMATS = {
    file_format.id: file_format
    for file_format in (
        FileFormat("pdf", "PDF", "pdf", "application/pdf", pdf.make),
        FileFormat(
            "docx",
            "Word",
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            _docx,
        ),
        FileFormat(
            "xlsx", "Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.make
        ),
    )
}
