"""What a report holds beside its figures, on the pages of entry, review and receipt."""

from django import template
from django.urls import reverse

from indicators import enclosures

register = template.Library()


@register.inclusion_tag("indicators/_enclosed.html", takes_context=True)
def enclosed(context, sheet, editing=False, deciding=False, sending=False):
    """{% enclosed sheet editing=True %}: a card for each enclosure with its parts; nothing where there is none. `editing`
    leads to where they are filled in; `deciding` offers a reason beside each part, to send it back; `sending` has the
    button that sends a report which holds nothing else, and the way to its workbook."""
    return {
        "enclosed": enclosures.contents(sheet.agency, sheet.period, sheet.submission),
        "editing": editing and not sheet.locked,
        "deciding": deciding,
        "sending": sending and not sheet.locked,
        "workbook_url": reverse("workbooks", args=[sheet.period.code]) if sending else "",
        "csrf_token": context.get("csrf_token"),
    }
