"""Contents of a report beside its figures, on the pages of entry, review and receipt."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from indicators.review.forms import PART_REASONS, DecisionForm
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
    contents: list[submissions_parts.PartContents] | None = None,
) -> dict[str, Any]:
    """Render a card for each part of a report with its items: {% enclosed sheet editing=True %}; nothing where there is
    none.

    editing: with a link to the page where they are filled in; deciding: the reviewer's form, which offers a reason
    beside each item; sending: with the button that submits a report without figures, and the link to its workbook;
    contents: `parts.to_fill`, where the view has read it.
    """
    if contents is None:
        contents = submissions_parts.to_fill(sheet.agency, sheet.period, sheet.submission)
    chosen = deciding.parts if deciding else {}
    return {
        "enclosed": [{"one": one, "parts": [(part, chosen.get(part.code)) for part in one.parts]} for one in contents],
        "reasons": PART_REASONS,
        "editing": editing and not sheet.locked,
        "deciding": deciding,
        "sending": sending and not sheet.locked,
        "workbook_url": reverse("workbooks", args=[sheet.period.code]) if sending else "",
        "csrf_token": context.get("csrf_token"),
    }
