"""Ways for letters to leave the house, for tests: into a file, and in ways that go wrong."""

import json
import os
import time
from pathlib import Path

from core.notifications.backends import NotSent


class FileSender:
    """Appends each letter to the file that LETTER_FILE names, one JSON line each, by telephone number instead of by mail."""

    leaves = False

    def address_of(self, person):
        return person.phone

    def send(self, letter):
        with open(os.environ["LETTER_FILE"], "a") as file:
            file.write(json.dumps(vars(letter), ensure_ascii=False) + "\n")


def letters(path=None):
    """Return the letters written so far, as dictionaries."""
    path = Path(path or os.environ["LETTER_FILE"])
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class FarSender(FileSender):
    """Would leave the machine."""

    leaves = True


class RefusingSender(FileSender):
    def send(self, letter):
        raise NotSent("máy chủ từ chối")


class BreakingSender(FileSender):
    """Hands the letter over, then the connection breaks: nobody can say whether it arrived."""

    def send(self, letter):
        super().send(letter)
        raise ConnectionResetError("ngắt giữa chừng")


class Killed(BaseException):
    """Raised in place of the death of a worker: no code after it runs."""


class KilledSender(FileSender):
    def send(self, letter):
        super().send(letter)
        raise Killed


class HangingSender(FileSender):
    """Hands the letter over and never comes back: time to be killed."""

    def send(self, letter):
        super().send(letter)
        time.sleep(3600)
