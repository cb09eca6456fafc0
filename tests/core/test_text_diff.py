"""Words that were changed, by example and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text_diff import changed_words

WORDS = st.lists(st.sampled_from(["số", "dịch", "vụ", "cung", "cấp", "80%"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("chất lượng cung dịch vụ", "chất lượng cung cấp dịch vụ", ["cấp"]),
        ("Phân đầu có trên 150", "Phấn đấu có trên 150", ["Phấn đấu"]),
        ("như nhau", "như nhau", []),
        ("", "tất cả đều mới", ["tất cả đều mới"]),
        ("một hai ba", "một ba", []),  # a word less changes no word that is left
    ],
)
def test_changed_words(before, after, changed):
    assert [words for words, is_changed in changed_words(before, after) if is_changed] == changed


@given(before=WORDS, after=WORDS)
def test_all_words_of_the_new_sentence_are_given_in_order(before, after):
    parts = changed_words(before, after)
    assert " ".join(words for words, _ in parts) == " ".join(after.split())
    if before == after:
        assert not any(is_changed for _, is_changed in parts)
