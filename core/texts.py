"""One cleaning of text for every way in (forms, workbooks, commands, the administration site) and every file that is written.
Pure: no Django.

Cleaned text is in NFC and holds nothing that a database, XML or a reader's eye trips over: no control characters, no lone
surrogates, no code points that are no characters. Text of one line holds no line breaks and nothing that turns the direction
of writing round, so that a name cannot pass for another.
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
# Bullets and arrows that Word takes from its Symbol and Wingdings faces: private code points that other faces cannot show.
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
    """Text that may have several lines, ended by one sign; blanks around it stay."""
    text = _NOT_TEXT.sub("", _BREAKS.sub("\n", text))
    return unicodedata.normalize("NFC", text.translate(_FROM_WORD))


def line(text: str) -> str:
    """Text of one line, such as a name: breaks and tabs are blanks; blanks around it stay."""
    return _TURNING.sub("", prose(text)).replace("\n", " ").replace("\t", " ")


# Signs with which the old faces of TCVN3 (.VnTime, .VnArial…) show Vietnamese letters, so that a face of Unicode shows *liÖu*
# for *liệu*: those that never touch a letter in today's Vietnamese, and capitals with a mark amid small letters.
_TCVN3_SIGNS = re.compile("(?<=[A-Za-z])[¨©ª«¬\xad®µ¶·¸¹»¼½¾]|[§®©¶¸](?=[A-Za-z])|(?<=[a-z])[ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞß]")
# What to do about it.
TCVN3_ADVICE = (
    "Chữ gõ theo bảng mã cũ TCVN3 (phông .VnTime) nên người khác không đọc được: chuyển mã sang Unicode "
    "(UniKey: Ctrl+Shift+F6) rồi dán lại"
)
_ONLY_UNICODE = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


def looks_like_tcvn3(text: str) -> bool:
    """Whether text seems to have been typed for a face of TCVN3: it is unreadable in every other face."""
    return bool(_TCVN3_SIGNS.search(text)) and not _ONLY_UNICODE.search(text)
