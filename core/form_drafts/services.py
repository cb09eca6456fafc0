"""Keeping unsent texts of forms for their author alone, within bounds."""

from typing import Any, NamedTuple

from django.db import transaction

from core import clock
from core.form_drafts.models import FormDraft, oldest

# The longest text of one form, in characters, and the most forms of one person; the oldest go first.
LONGEST = 60_000
MOST = 40
# Names by which browsers and systems are known, the more particular ones first: several call themselves by others' names.
BROWSERS = {
    "coc_coc_browser": "Cốc Cốc",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


class Unsent(NamedTuple):
    """One form's unsent contents as its page sends them."""

    key: str
    code: str
    page: str
    content: str


def machine_words(user_agent: str) -> str:
    """Return browser and system in words, for their owner to know the machine again: Chrome, Windows."""
    names = [next((word for sign, word in known.items() if sign in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or "máy khác"


@transaction.atomic
def keep(*, author: Any, unsent: Unsent, machine: str) -> None:
    """Keep a form's unsent contents; the moment stays where nothing changed. Lets go of what is too old or too much."""
    present = FormDraft.objects.filter(author=author)
    if present.filter(key=unsent.key, content=unsent.content).exists():
        return
    values = {"code": unsent.code, "page": unsent.page, "content": unsent.content}
    FormDraft.objects.update_or_create(
        author=author, key=unsent.key, defaults=values | {"machine": machine, "saved_at": clock.now()}
    )
    present.filter(saved_at__lt=oldest()).delete()
    present.filter(pk__in=list(present.order_by("-saved_at", "-pk").values_list("pk", flat=True)[MOST:])).delete()


def forget(*, author: Any, key: str) -> None:
    """Let go of a form's unsent contents: they were sent, or are not wanted any more."""
    FormDraft.objects.filter(author=author, key=key).delete()
