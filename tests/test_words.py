"""The words that people meet, read in the code, the templates and the guide: quicker than opening every page."""

import re

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests import words

pytestmark = pytest.mark.once


def test_no_text_says_a_banned_word():
    told = list(words.texts())
    assert len(told) > 5000
    assert [f"{place}: {wrong}" for place, text in told if (wrong := words.wrong_words(text))] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("78,65%", []),
        ("78,65 %", ["5 %"]),
        ("Đạt 80\u00a0% và 8 %", ["0\u00a0%", "8 %"]),
        ("Tỷ lệ (%)", []),
        ("Mục tiêu I.1", ["Mục tiêu"]),
    ],
)
def test_a_wrong_word_is_seen(text, wrong):
    assert words.wrong_words(text) == wrong


def test_texts_are_read_as_people_meet_them(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('"""Named 5 %."""\n\ndef told(share):\n    """Return 6 %."""\n    return f"Mới đạt {share} %."\n')
    assert list(words.strings(module)) == [(5, "Mới đạt 0 %.")]
    markup = "{# 5 % #}<b>{{ share|number }}&nbsp;%</b>{% if a %} đơn vị{% endif %}"
    assert words.wrong_words(words.template_text(markup)) == ["0\u00a0%"]


def test_commands_explain_themselves_in_vietnamese():
    """Each of the product's commands and of its own options; those of Django itself are Django's."""
    vietnamese = re.compile("[àáạảãâầấậẩăắằặẳẵèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹđ]", re.IGNORECASE)
    given = {action.dest for action in BaseCommand().create_parser("manage.py", "")._actions}
    own = {path.relative_to(words.style.ROOT).parts[0] for path in words.style.product_modules()}
    unsaid, met = [], 0
    for name, app in get_commands().items():
        command = load_command_class(app, name)
        if type(command).__module__.split(".")[0] not in own:
            continue
        met += 1
        options = [each for each in command.create_parser("manage.py", name)._actions if each.dest not in given]
        told = {"": command.help, **{each.dest: each.help for each in options}}
        unsaid += [f"{name} {option}" for option, text in told.items() if not vietnamese.search(text or "")]
    assert met > 15
    assert unsaid == []
