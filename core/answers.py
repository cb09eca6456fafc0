"""Parser of yes and no, the same for the form, the workbook and bulk loads.

`static/js/lib/paste.js` parses the same way; both are tested with one table, tests/answers.json. *Chưa có* is a no, as *Chưa*
is; no answer at all is an empty cell, or the words for it.
"""

from core import formatting

YES = frozenset({"co", "da co", "yes", "true", "x", "dung", "1"})
NO = frozenset({"khong", "khong co", "chua", "chua co", "no", "false", "0"})

# What a page shows where nobody has answered: neither *Có* nor *Không*.
UNANSWERED = "Chưa trả lời"
NO_ANSWER = frozenset({"", formatting.fold(UNANSWERED)})


def is_unanswered(text: str) -> bool:
    """Return True where a text says that there is no answer yet, as an empty cell does."""
    return formatting.fold(text) in NO_ANSWER


def read_answer(text: str) -> bool | None:
    """Return the answer that a text gives, ignoring capitals and accents; None where it gives none."""
    word = formatting.fold(text)
    return True if word in YES else False if word in NO else None
