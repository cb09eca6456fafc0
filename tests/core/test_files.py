"""Private files: their folder, their names, their responses."""

import datetime as dt
import os
import re
import stat
import unicodedata
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings

from core import files


def test_a_stored_file_lies_under_the_private_root_and_has_no_address(tmp_path):
    with override_settings(FILES_ROOT=str(tmp_path / "riêng")):
        name = default_storage.save(files.stored_name("evidence", "Biên bản.PDF"), ContentFile(b"noi dung"))
        path = tmp_path / "riêng" / name
        assert path.read_bytes() == b"noi dung"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with pytest.raises(ValueError, match="URL"):
            default_storage.url(name)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("Biên bản.PDF", "pdf"),
        ("a.tar.gz", "bin"),
        ("x.php", "bin"),
        ("không đuôi", "bin"),
        ("../../etc/pw.xlsx", "xlsx"),
    ],
)
def test_nothing_of_the_given_name_but_a_known_ending_is_in_the_stored_one(name, ending):
    assert re.fullmatch(rf"evidence/\d{{4}}-\d\d/[0-9a-f]{{32}}\.{ending}", files.stored_name("evidence", name))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\An\\Biểu 8.xlsx", "Biểu 8.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("ảnh\u202egpj.exe", "ảnhgpj.exe"),  # a sign that turns writing round
        (unicodedata.normalize("NFD", "Biểu.xlsx"), "Biểu.xlsx"),
        ("...", "tep"),
        ("é" * 300 + ".xlsx", "é" * 145 + ".xlsx"),
    ],
)
def test_a_name_is_kept_as_far_as_it_is_harmless(given, kept):
    assert files.clean_name(given) == kept


def test_an_answer_carries_the_name_and_is_never_run():
    response = files.file_response(BytesIO(b"x"), "Biểu “8”; tháng.html", "text/html", inline=True)
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Bi%E1%BB%83u")
    assert response["X-Content-Type-Options"] == "nosniff"
    shown = files.file_response(BytesIO(b"x"), "a.png", "image/png", inline=True)
    assert shown["Content-Disposition"] == 'inline; filename="a.png"'
    assert files.file_response(BytesIO(b"x"), "a.png", "image/png")["Content-Disposition"].startswith("attachment")


def test_old_files_are_found_by_their_age():
    names = [default_storage.save(f"jobs/2023-08/{letter}.xlsx", ContentFile(b"x")) for letter in "ab"]
    os.utime(default_storage.path(names[0]), (0, 0))
    assert files.older_than("jobs", dt.timedelta(days=1)) == [names[0]]
    assert files.older_than("evidence", dt.timedelta(days=1)) == []
