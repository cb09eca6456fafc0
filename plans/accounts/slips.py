"""Slips of accounts as one PDF, a sheet of paper a district, typeset in the bounded process. It is never stored: it holds codes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from agencies.services.bulk_accounts import Slip
from core import formatting
from core.installation.queries import current
from reports.documents.renderers import pdf

TEMPLATE = Path(__file__).with_name("slips.typ")


def make(sheets: Sequence[tuple[str, Sequence[Slip]]]) -> bytes:
    """Return the PDF. Raises RenderingFailed, Broken."""
    data: dict[str, Any] = {
        "system": current().system_name,
        "site": settings.SITE_URL,
        "sheets": [
            {
                "title": title,
                "slips": [
                    {
                        "agency": slip.agency.full_name if slip.agency else str(slip.user),
                        "username": slip.user.username,
                        "code": slip.code,
                        "until": formatting.date(slip.expires_on),
                    }
                    for slip in slips
                ],
            }
            for title, slips in sheets
        ],
    }
    return pdf.typeset(TEMPLATE.read_text(), data, "pdf")
