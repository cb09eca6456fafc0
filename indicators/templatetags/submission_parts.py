"""Contents of a report beside its figures, on the pages of entry, review and receipt."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from indicators.review.forms import PART_REASONS, DecisionForm
from indicators.submissions import locks
from indicators.submissions import parts as submissions_parts
from indicators.submissions.detail import SubmissionDetail

register = template.Library()


@register.inclusion_tag("indicators/submissions/_parts.html", takes_context=True)
def enclosed(
    context: Context,
    sheet: SubmissionDetail,
    editing: bool = False,
    deciding: DecisionForm | None = None,
    sending: bool = False,
) -> dict[str, Any]:
    """Render a card for each part of a report with its items: {% enclosed sheet editing=True %}; nothing where there is
    none.

    editing: with a link to the page where they are filled in; deciding: the reviewer's form, which offers a reason
    beside each item; sending: with the button that submits a report without figures, and the link to its workbook.
    """
    contents = submissions_parts.contents(sheet.agency, sheet.period, sheet.submission)
    opened = locks.what_is_open(sheet.submission) if contents else None
    return {
        "enclosed": [_marked(one, opened, deciding) for one in contents],
        "reasons": PART_REASONS,
        "editing": editing and not sheet.locked,
        "deciding": deciding,
        "sending": sending and not sheet.locked,
        "workbook_url": reverse("workbooks", args=[sheet.period.code]) if sending else "",
        "csrf_token": context.get("csrf_token"),
    }


def _marked(
    one: submissions_parts.PartContents, opened: locks.OpenForMending | None, deciding: DecisionForm | None
) -> dict[str, Any]:
    """Return the part with the earlier reasons of missing items, the closed ones, and the reviewer's choices so far."""
    parts = []
    for part in one.parts:
        missing_reason = opened.parts.get(part.code, "") if opened else ""
        locked = locks.part_lock_reason(part.code, opened, None)
        reason = part.return_reason if part.content else missing_reason
        parts.append(part._replace(return_reason=reason, locked=locked))
    chosen = deciding.parts if deciding else {}
    marked = one._replace(parts=tuple(parts))
    return {"one": marked, "parts": [(part, chosen.get(part.code)) for part in parts]}
