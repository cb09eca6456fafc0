"""Workbooks that a page reads in its own request wait for their turn."""

import subprocess
from io import BytesIO

import pytest
from openpyxl import Workbook

from core.concurrency import WorkLimit
from indicators.errors import ActionNotAllowed
from indicators.reorganisation import by_file
from indicators.workbooks import sent_files
from plans.accounts import sheet
from plans.setup import tree_file
from tests.stack import ROOT

pytestmark = pytest.mark.once

# Jobs and commands, which no page waits for, and the turn itself.
WITHOUT_A_TURN = {
    "indicators/workbooks/imports.py",
    "indicators/workbooks/sent_files.py",
    "plan_workbook/management/commands/load_plan.py",
    "plan_workbook/uploads.py",
}


def workbook():
    content = BytesIO()
    book = Workbook()
    book.active["A1"] = "Tên"
    book.save(content)
    return content.getvalue()


def test_a_page_that_finds_no_turn_says_so(monkeypatch):
    content = workbook()
    assert sent_files.read_on_page(content)[0].rows
    monkeypatch.setattr(sent_files, "ON_A_PAGE", WorkLimit(0, 0, 0))
    with pytest.raises(sent_files.Busy):
        sent_files.read_on_page(content)
    for read in (by_file.text_of, sheet.read, tree_file.read):
        with pytest.raises(ActionNotAllowed, match="Hệ thống đang đọc nhiều tệp khác"):
            read(content)


def test_no_page_reads_a_workbook_without_one():
    found = subprocess.run(
        ["git", "grep", "-l", "sandbox.read(", "--", "*.py", ":!tests", ":!benchmarks"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(found.stdout.split()) == WITHOUT_A_TURN
