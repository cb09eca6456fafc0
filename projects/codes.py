"""The code of a project in its three forms: III-3 in addresses, DA III.3 for people, and what they type.

A target's code (III.3) and a project's number in the plan look alike, so that people always read the project's with
DA (*dự án*) before it.
"""

import re

PREFIX = "DA"
TYPED = re.compile(r"\s*(?:DA\b[\s.:-]*)?([A-Z0-9]{1,8})\s*[.-]\s*([0-9]{1,5})\s*", re.IGNORECASE | re.ASCII)


def label(section: str, number: int | str) -> str:
    """Return the code as people read it: DA III.3."""
    return f"{PREFIX} {section}.{number}"


def label_of(code: str) -> str:
    """Return the label of a code of addresses: DA III.3 for III-3."""
    return label(*code.split("-", 1)) if "-" in code else code


def read(text: str) -> str:
    """Return the label that a text means (DA III.3 for *da iii.3*, *III.3*, *III-3*); the text itself where it is no
    code of a project."""
    parts = TYPED.fullmatch(text)
    return label(parts[1].upper(), int(parts[2])) if parts else text
