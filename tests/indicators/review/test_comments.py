"""Comments on a figure: text that nobody else can read is sent back."""

import pytest

from indicators.errors import ActionNotAllowed
from indicators.models import Comment, CommentKind
from indicators.review import comments

pytestmark = pytest.mark.once


def test_a_text_in_an_old_encoding_is_refused(office):
    report = office.tree["x11"].submissions.get()
    given = {"submission": report, "target": office.targets["I.1"], "kind": CommentKind.COMMENT}
    with pytest.raises(ActionNotAllowed, match="TCVN3"):
        comments.add_comment(**given, text="Sè liÖu th¸ng 8", by=office.people["an"])
    assert not Comment.objects.exists()
