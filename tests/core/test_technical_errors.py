"""Technical errors in Vietnamese; what the system says of them stays in the log."""

import errno
import logging

import pytest

from core import technical_errors

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "không có tệp hoặc thư mục này"),
        (OSError(errno.ENOSPC, "No space left on device"), "ổ đĩa đã đầy"),
        (OSError("gzip: not a gzip file"), technical_errors.OTHER),
        (KeyError("sha256"), technical_errors.OTHER),
    ],
)
def test_an_error_in_words(caplog, error, words):
    with caplog.at_level(logging.WARNING, "core.technical_errors"):
        assert technical_errors.in_words(error) == words
    assert caplog.messages == [f"{type(error).__name__}: {error}"]
