"""What a report holds beside its figures, on the pages of entry, review and receipt."""

from django import template
from django.urls import reverse

from indicators.review.forms import PART_REASONS
from indicators.submissions import locks
from indicators.submissions import parts as submissions_parts

register = template.Library()


@register.inclusion_tag("indicators/submissions/_parts.html", takes_context=True)
def enclosed(context, sheet, editing=False, deciding=None, sending=False):
    """{% enclosed sheet editing=True %}: a card for each enclosure with its parts; nothing where there is none. `editing`
    leads to where they are filled in; `deciding`: the reviewer's form, which offers a reason beside each part, to send it
    back; `sending` has the button that sends a report which holds nothing else, and the way to its workbook."""
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
    """With what was said of parts that are missing, which are closed, and what the reviewer has chosen so far."""
    parts = []
    for part in one.parts:
        asked = opened.parts.get(part.code, "") if opened else ""
        locked = locks.part_lock_reason(part.code, opened, None)
        reason = part.return_reason if part.words else asked
        parts.append(part._replace(return_reason=reason, locked=locked))
    chosen = deciding.parts if deciding else {}
    marked = one._replace(parts=tuple(parts))
    return {"one": marked, "parts": [(part, chosen.get(part.code)) for part in parts]}
