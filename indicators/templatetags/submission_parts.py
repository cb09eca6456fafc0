"""Contents of a report beside its figures, on the pages of entry, review and receipt."""

from django import template
from django.urls import reverse

from indicators.review.forms import PART_REASONS
from indicators.submissions import locks
from indicators.submissions import parts as submissions_parts

register = template.Library()


@register.inclusion_tag("indicators/submissions/_parts.html", takes_context=True)
def enclosed(context, sheet, editing=False, deciding=None, sending=False):
    """Render a card for each part of a report with its items: {% enclosed sheet editing=True %}; nothing where there is
    none.

    editing: with a link to the page where they are filled in; deciding: the reviewer's form, which offers a reason
    beside each item; sending: with the button that submits a report without figures, and the link to its workbook.
    """
    held = submissions_parts.contents(sheet.agency, sheet.period, sheet.submission)
    opened = locks.what_is_open(sheet.submission) if held else None
    return {
        "enclosed": [_marked(one, opened, deciding) for one in held],
        "reasons": PART_REASONS,
        "editing": editing and not sheet.locked,
        "deciding": deciding,
        "sending": sending and not sheet.locked,
        "workbook_url": reverse("workbooks", args=[sheet.period.code]) if sending else "",
        "csrf_token": context.get("csrf_token"),
    }


def _marked(one, opened, deciding):
    """Return the part with the earlier reasons of missing items, the closed ones, and the reviewer's choices so far."""
    parts = []
    for part in one.parts:
        asked = opened.parts.get(part.code, "") if opened else ""
        locked = locks.part_lock_reason(part.code, opened, None)
        reason = part.return_reason if part.words else asked
        parts.append(part._replace(return_reason=reason, locked=locked))
    chosen = deciding.parts if deciding else {}
    marked = one._replace(parts=tuple(parts))
    return {"one": marked, "parts": [(part, chosen.get(part.code)) for part in parts]}
