"""Signs that the paper's face cannot show: replaced by one that it can, or named in Vietnamese, so that no document is published
with empty boxes (or with letters from a face of whatever machine printed it)."""

import unicodedata
from functools import cache
from pathlib import Path

from core import texts

# Their meaning is kept by a sign of the face.
REPLACED = {
    **dict.fromkeys("▪▫●○■□◆◇❖★☆➢➤►▶⚫✦‣⁃", "•"),
    **dict.fromkeys("✓✔☑✅", "√"),
    **dict.fromkeys("✗✘☒❌", "×"),
    **dict.fromkeys("➔⇒⇨➜", "→"),
    **dict.fromkeys("⇐", "←"),
    **dict.fromkeys("▲⇑", "↑"),
    **dict.fromkeys("▼⇓", "↓"),
    "☐": "[ ]",
    "⇔": "↔",
    "\u2011": "-",
}
# Beginnings of Unicode's names → how the writing is called.
NAMED = {
    "CJK": "chữ Hán",
    "HIRAGANA": "chữ Nhật",
    "KATAKANA": "chữ Nhật",
    "HANGUL": "chữ Hàn",
    "CYRILLIC": "chữ Nga",
    "GREEK": "chữ Hy Lạp",
    "THAI": "chữ Thái",
    "LAO": "chữ Lào",
    "KHMER": "chữ Khmer",
    "ARABIC": "chữ Ả Rập",
    "HEBREW": "chữ Do Thái",
}
# Where a sentence's place is kept (`documents.ISSUER`); never printed.
PLACES = "⟨⟩"


@cache
def face() -> frozenset[str]:
    """The signs that the paper's face has; none where its files are not installed, and then nothing is replaced."""
    from fontTools.ttLib import TTFont  # only where a document is made

    from reports.documents.renderers.typst_worker import (
        font_folder,  # its package reads documents, and these this module
    )

    folder = font_folder()
    files = sorted(Path(folder).rglob("*regular.otf")) if folder else []
    return frozenset(map(chr, TTFont(files[0], lazy=True).getBestCmap())) if files else frozenset()


def printable(text: str) -> str:
    """Cleaned text in which every sign can be printed. Signs of one kind that follow one another are named once:
    `[chữ Hán]`, `[biểu tượng]`, `[ký tự lạ]`."""
    text, shown = texts.prose(text), face()
    if not shown or text.isascii() or shown.issuperset(text):
        return text
    parts, last = [], ""
    for sign in text:
        told = _told(sign, shown)
        named = told if told.startswith("[") and told != "[ ]" and sign not in shown else ""
        if not named or named != last:
            parts.append(told)
        # What is left out parts no signs of one kind.
        last = named if told else last
    return "".join(parts)


def printable_data(data):
    """JSON's own data with every text in it as `printable` gives it."""
    if isinstance(data, str):
        return printable(data)
    if isinstance(data, dict):
        return {key: printable_data(value) for key, value in data.items()}
    return [printable_data(value) for value in data] if isinstance(data, list | tuple) else data


def _told(sign, shown):
    """One sign as paper shows it."""
    if sign in shown or sign in "\n\t" or sign in PLACES:
        return sign
    if sign in REPLACED:
        return REPLACED[sign]
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and shown.issuperset(plain):
        return plain
    kind, name = unicodedata.category(sign), unicodedata.name(sign, "")
    if kind == "Zs":
        return " "
    if kind == "Cf" or "VARIATION SELECTOR" in name:
        return ""
    for beginning, said in NAMED.items():
        if name.startswith(beginning):
            return f"[{said}]"
    return "[biểu tượng]" if kind in ("So", "Sk", "Co") else "[ký tự lạ]"
