"""Parser of yes and no, the same for the form, the workbook and bulk loads.

`static/js/lib/paste.js` parses the same way; both are tested with one table, tests/answers.json. *Chưa có* is a no, as *Chưa*
is; no answer at all is an empty cell.
"""

from core import formatting

YES = frozenset({"co", "da co", "yes", "true", "x", "dung", "1"})
NO = frozenset({"khong", "khong co", "chua", "chua co", "no", "false", "0"})


def read_answer(text: str) -> bool | None:
    """Return the answer that a text gives, ignoring capitals and accents; None where it gives none."""
    word = formatting.fold(text)
    return True if word in YES else False if word in NO else None
