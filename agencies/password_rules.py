"""Rules of passwords beside length and common lists: nothing that is made of sequences, of repetitions, or of words that anybody
would try here first."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from core.formatting import fold
from core.installation.queries import current

# Words that a password may hold but not consist of, one a line, without accents.
WORDS = Path(__file__).with_name("password_words.txt")
# Rows of keys and orders that fingers and heads run along.
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORTEST_RUN = 3
# So much of a password is looked at: what a person types is shorter, and the time grows with the square of the length.
MOST_SIGNS = 256
# Letters and digits that must be left when all that is easily guessed is taken out.
LEAST_LEFT = 6
TOO_EASY = (
    "Mật khẩu chỉ gồm dãy liền nhau, phần lặp lại, hoặc những từ dễ đoán (tên tỉnh, cơ quan, tài khoản, từ thông dụng)."
)
HELP = "Không chỉ gồm dãy phím, phần lặp lại, tên tỉnh, cơ quan, tài khoản hoặc từ thông dụng."


class EasyPasswordValidator:
    """Refusal of passwords of which hardly anything is left without words of the deny list, the names of province, agency and
    account in any multiple, runs of keys, and repetitions."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where the password is too easily guessed."""
        if len(core_of(password, names_of(user))) < LEAST_LEFT:
            raise ValidationError(TOO_EASY, code="easy")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return HELP


def core_of(password: str, names: frozenset[str] = frozenset()) -> str:
    """Return what is left of a password without what is easily guessed: folded, letters and digits only, each repetition once."""
    left = _squeeze(password[:MOST_SIGNS])
    for word in sorted(names | deny_list(), key=len, reverse=True):
        left = left.replace(word, " ")
    left = "".join(_without_runs(part) for part in left.split())
    return re.sub(r"(.+?)\1+", r"\1", left)


def names_of(user: Any) -> frozenset[str]:
    """Return the names that belong to an account and to the installation, and their words, as `core_of` compares them."""
    facts = current()
    texts = [facts.province, facts.system_name, facts.standing_agency]
    if user is not None:
        texts += [user.username, user.full_name, user.email.partition("@")[0]]
        if user.agency is not None:
            texts += [user.agency.name, user.agency.short_name, user.agency.code]
    parts = [part for text in texts for part in (text, *text.split())]
    return frozenset(squeezed for part in parts if len(squeezed := _squeeze(part)) >= SHORTEST_RUN)


@cache
def deny_list() -> frozenset[str]:
    """Return the words of the list and those of the setting PASSWORD_WORDS."""
    return frozenset(filter(None, map(_squeeze, [*WORDS.read_text().splitlines(), *settings.PASSWORD_WORDS])))


def _squeeze(text: str) -> str:
    return "".join(sign for sign in fold(text) if sign.isalnum())


def _without_runs(text: str) -> str:
    """Return a text in which each run of at least three keys is left out, forward or backward."""
    left, start = "", 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _is_run(text[start : end + 1]):
            end += 1
        if end - start < SHORTEST_RUN:
            end = start + 1
            left += text[start]
        start = end
    return left


def _is_run(text: str) -> bool:
    return any(text in run or text[::-1] in run for run in RUNS) or len(set(text)) == 1
