"""Abbreviations on pages: which stand as words of their own."""

import pytest

from core.abbreviations import MEANINGS, MOST_READ, ON_PAGES, used_in


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<b>UBND</b> tỉnh, Sở GD&amp;ĐT", ["GD&ĐT", "UBND"]),
        ("Số 15/QĐ-UBND, KTXHX, mã DVCTT2", []),
        ("DVCTT và DVC trên LGSP.", ["DVC", "DVCTT", "LGSP"]),
        ("Sở LĐ-TB&amp;XH", ["LĐ-TB&XH"]),
        ("&quot;CNTT&quot;", ["CNTT"]),
        ("x" * MOST_READ + " UBND", []),
        ("", []),
    ],
)
def test_words_of_their_own(html, expected):
    assert used_in(html) == expected


def test_reports_and_pages_mean_the_same():
    assert MEANINGS.items() <= ON_PAGES.items()
