"""Answers as the server reads them; tests/js/paste.test.mjs holds the page's reader to the same table."""

import json

from core.answers import is_unanswered, read_answer
from tests.stack import ROOT

ANSWERS = json.loads((ROOT / "tests" / "answers.json").read_text())


def test_every_answer_of_the_table_is_read_by_the_server():
    assert len(ANSWERS) > 20
    assert [read_answer(text) for text, _ in ANSWERS] == [answer for _, answer in ANSWERS]


def test_no_answer_is_told_from_a_no():
    assert [text for text, _ in ANSWERS if is_unanswered(text)] == ["", "Chưa trả lời"]
