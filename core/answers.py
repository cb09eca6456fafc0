"""The one reader of yes and no: pasted into the form, in the workbook, in bulk loads.

`static/js/paste.js` reads the same way; both are held to one table, tests/answers.json. *Chưa có* is a no, as *Chưa* is;
no answer at all is an empty cell.
"""

from core import formatting

YES = frozenset({"co", "da co", "yes", "true", "x", "dung", "1"})
NO = frozenset({"khong", "khong co", "chua", "chua co", "no", "false", "0"})


def read_answer(text: str) -> bool | None:
    """Return the answer that a text gives, without regard to capitals and accents; None where it is none."""
    word = formatting.fold(text)
    return True if word in YES else False if word in NO else None
