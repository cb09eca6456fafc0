"""The faces of a report: one document and its head in, one file out. The page is a template; the others are here."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.faces import docx, pdf, xlsx


@dataclass(frozen=True)
class Face:
    """A kind of file. make(document, head) gives its bytes; `faces.Failed` where it cannot be made."""

    id: str
    title: str
    extension: str
    content_type: str
    make: Callable


FACES = {
    face.id: face
    for face in (
        Face("pdf", "PDF", "pdf", "application/pdf", pdf.make),
        Face(
            "docx",
            "Word",
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            docx.make,
        ),
        Face("xlsx", "Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.make),
    )
}
