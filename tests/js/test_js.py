"""Unit tests of the scripts, by node's own test runner: each file of them is one test here."""

import subprocess

import pytest

from tests.conftest import available
from tests.servers import node_program
from tests.stack import ROOT

FILES = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))


def test_every_library_of_the_sheet_has_its_tests():
    assert [file.name for file in FILES] == ["drafts.test.mjs", "grid.test.mjs", "numbers.test.mjs", "paste.test.mjs"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scripts(file):
    run = subprocess.run([available(node_program), "--test", file], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
