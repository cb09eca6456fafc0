"""Cleaning of text, the same for every input (forms, workbooks, commands, the administration site) and every file written.
Pure: no Django.

Cleaned text is in NFC and free of characters that databases, XML or readers cannot handle: control characters, lone surrogates,
non-characters. Text of one line has no line breaks and no marks that change the direction of writing, so that one name
cannot imitate another.
"""

import re
import unicodedata

# Line ends of other systems, Word's soft break and page break, Unicode's own separators.
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# Marks and overrides of the direction of writing.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Bullets and arrows that Word takes from its Symbol and Wingdings fonts: private code points that other fonts cannot show.
_FROM_WORD = str.maketrans(
    {
        "\uf0b7": "•",
        "\uf0a7": "▪",
        "\uf0a8": "◆",
        "\uf06c": "●",
        "\uf06e": "■",
        "\uf071": "☐",
        "\uf076": "❖",
        "\uf0d8": "➢",
        "\uf0e0": "→",
        "\uf0e8": "➔",
        "\uf0f0": "⇨",
        "\uf0fc": "✓",
        "\uf0fe": "☑",
        "\uf02d": "−",
    }
)


def prose(text: str) -> str:
    """Return text that may have several lines, each ended by \\n; blanks around it stay."""
    text = _NOT_TEXT.sub("", _BREAKS.sub("\n", text))
    return unicodedata.normalize("NFC", text.translate(_FROM_WORD))


def line(text: str) -> str:
    """Return text of one line, such as a name: breaks and tabs become blanks; blanks around it stay."""
    return _TURNING.sub("", prose(text)).replace("\n", " ").replace("\t", " ")


# Characters with which the old TCVN3 fonts (.VnTime, .VnArial…) show Vietnamese letters, so that a Unicode font shows *liÖu*
# for *liệu*: those that are never next to a letter in today's Vietnamese, and accented capitals between small letters.
_TCVN3_SIGNS = re.compile("(?<=[A-Za-z])[¨©ª«¬\xad®µ¶·¸¹»¼½¾]|[§®©¶¸](?=[A-Za-z])|(?<=[a-z])[ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞß]")
TCVN3_ADVICE = (
    "Chữ gõ theo bảng mã cũ TCVN3 (phông .VnTime) nên người khác không đọc được: chuyển mã sang Unicode "
    "(UniKey: Ctrl+Shift+F6) rồi dán lại"
)
_ONLY_UNICODE = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


def looks_like_tcvn3(text: str) -> bool:
    """Return whether text seems to have been typed for a TCVN3 font: it is unreadable in every other font."""
    return bool(_TCVN3_SIGNS.search(text)) and not _ONLY_UNICODE.search(text)
