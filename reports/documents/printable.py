"""Replacements for characters that the paper's typeface lacks: a similar character, or their kind named in Vietnamese,
so that no document is published with empty boxes (or with letters from another typeface of the machine that printed
it)."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from core import texts

# Characters with a similar one in the typeface.
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
# Beginnings of Unicode names → name of the script.
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
# The brackets of a placeholder (`model.ISSUER`); never printed.
PLACES = "⟨⟩"


@cache
def face() -> frozenset[str]:
    """Return the characters that the typeface has; none where its files are not installed, and then nothing is
    replaced."""
    from fontTools.ttLib import TTFont  # only where a document is made

    from reports.documents.renderers.typst_worker import (
        font_folder,  # its package reads documents, and these this module
    )

    folder = font_folder()
    files = sorted(Path(folder).rglob("*regular.otf")) if folder else []
    return frozenset(map(chr, TTFont(files[0], lazy=True).getBestCmap())) if files else frozenset()


def printable(text: str) -> str:
    """Return cleaned text in which every character can be printed. A run of characters of one kind is named once: `[chữ
    Hán]`, `[biểu tượng]`, `[ký tự lạ]`."""
    text, shown = texts.prose(text), face()
    if not shown or text.isascii() or shown.issuperset(text):
        return text
    parts, last = [], ""
    for sign in text:
        replacement = _replacement(sign, shown)
        named = replacement if replacement.startswith("[") and replacement != "[ ]" and sign not in shown else ""
        if not named or named != last:
            parts.append(replacement)
        # A character that is left out does not interrupt a run of one kind.
        last = named if replacement else last
    return "".join(parts)


def printable_data(data: Any) -> Any:
    """Return JSON data with every text in it made printable."""
    if isinstance(data, str):
        return printable(data)
    if isinstance(data, dict):
        return {key: printable_data(value) for key, value in data.items()}
    return [printable_data(value) for value in data] if isinstance(data, list | tuple) else data


def _replacement(sign: str, shown: frozenset[str]) -> str:
    """Return one character as paper shows it."""
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
    for beginning, script in NAMED.items():
        if name.startswith(beginning):
            return f"[{script}]"
    return "[biểu tượng]" if kind in ("So", "Sk", "Co") else "[ký tự lạ]"
