"""Hostile workbooks sent to the running product: whichever process reads them, the web server's or the worker's, none holds more
than 300 MB and no answer takes more than ten seconds of a processor; somebody who reads pages is served meanwhile."""

import random
import re
import threading
import time
from pathlib import Path
from urllib.request import Request

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.faults.test_reports_at_once import PASSWORD, Person
from tests.indicators.workbooks.test_sandbox import laughs, many_strings, one_text_in_many_cells, repacked
from tests.stack import ROOT
from tests.workbook_files import Filled

MOST = 300  # megabytes
SECONDS = 10
READER = "indicators.workbooks.sandbox"
AUGUST = "/nhap-so-lieu/2023-08/tep/"
ACCOUNTS = f"""
from agencies.services import accounts
from agencies.models import Agency, User
for name, code in (("huyen", "h292"), ("nguoi-doc", "h288")):
    by = User.objects.create_user(name, password="{PASSWORD}", agency=Agency.objects.get(code=code))
    accounts.set_roles(user=by, roles=["focal", "reviewer"])
"""


def many_styles(template):
    """Half a million cell formats, and twenty thousand number formats of their own."""
    formats = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="0.0&quot; đơn vị {n}&quot;"/>' for n in range(20_000))
    styles = "".join(f'<xf numFmtId="{200 + n % 20_000}" applyNumberFormat="1"/>' for n in range(500_000))

    def change(name, text):
        if not name.endswith("styles.xml"):
            return text
        text = re.sub(r"<numFmts.*?</numFmts>|<numFmts[^>]*/>", "", text, flags=re.DOTALL)
        text = re.sub(r"(<styleSheet[^>]*>)", rf"\1<numFmts>{formats}</numFmts>", text, count=1)
        return re.sub(r"(<cellXfs[^>]*>)", "<cellXfs>", text).replace("</cellXfs>", f"{styles}</cellXfs>")

    return repacked(template, change)


def many_rules(template):
    """Sixty thousand conditional formats and nearly five thousand merged areas."""
    rules = "".join(
        f'<conditionalFormatting sqref="A{n}"><cfRule type="cellIs" priority="{n}" operator="equal"><formula>{n}</formula>'
        "</cfRule></conditionalFormatting>"
        for n in range(1, 60_000)
    )
    areas = "".join(f'<mergeCell ref="A{n}:C{n}"/>' for n in range(5_000, 9_900))

    def change(name, text):
        if not name.endswith("sheet1.xml"):
            return text
        return text.replace("</sheetData>", f"</sheetData><mergeCells>{areas}</mergeCells>{rules}", 1)

    return repacked(template, change)


def many_errors(template):
    """Nine thousand rows of two codes and three cells that are wrong, all different."""
    book, dice = Filled(template), random.Random(7)
    first, last = book.header + 1, book.sheet.max_row
    codes = [
        (book.sheet.cell(line, 1).value, book.sheet.cell(line, book.columns["target"]).value)
        for line in range(first, last + 1)
    ]
    book.sheet.delete_rows(first, last)
    for number in range(9_000):
        line, (agency, target) = first + number, dice.choice(codes)
        book.sheet.cell(line, 1).value, book.sheet.cell(line, book.columns["target"]).value = agency, target
        for key in ("numerator", "denominator", "value"):
            book.sheet.cell(line, book.columns[key]).value = f"sai {dice.random()}"
    return book.saved()


def full(template):
    """As much as is read: long notes everywhere."""
    book = Filled(template)
    for line in range(book.header + 1, book.sheet.max_row + 1):
        book.sheet.cell(line, book.columns["note"]).value = f"{line} " + "giải trình dài " * 130
    return book.saved()


REFUSED = "Không số nào được ghi"
HOSTILE = {
    "one text in many cells": (lambda template: one_text_in_many_cells(), REFUSED),
    "entities": (lambda template: laughs(), REFUSED),
    "strings": (lambda template: many_strings(), REFUSED),
    "styles": (many_styles, REFUSED),
    # Read in time on a quick machine, where nothing is filled in; refused for its time on a slow one.
    "rules": (many_rules, f"{REFUSED}|Chưa ghi gì"),
    "errors": (many_errors, "ô nữa, gửi lại tệp đã sửa để xem tiếp"),
    "full": (full, "Có giải trình mà chưa có số"),
}


class Processes:
    """The processes of a running product, children included: the most memory that each held, by its name."""

    def __init__(self, stack):
        self.mark = str(stack.folder).encode()
        self.most, self.over = {}, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        for process, _ in self._own():
            (process / "clear_refs").write_text("5")  # the peak begins anew
        self.before = self.spent()
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()

    def _own(self):
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_text().replace("\0", " ")
                is_reader = READER in words and (process / "cwd").readlink() == ROOT
                if is_reader or self.mark in (process / "environ").read_bytes():
                    yield process, words
            except OSError:
                continue

    def _watch(self):
        while not self.over.is_set():
            for process, words in self._own():
                try:
                    peak = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
                except OSError:
                    continue
                if peak:
                    key = process.name, words[:120]
                    self.most[key] = max(self.most.get(key, 0), int(peak[1]) // 1024)
            self.over.wait(0.05)

    def spent(self):
        """Seconds of a processor so far, of the web server and the worker with their children that ended."""
        ticks = 0
        for process, words in self._own():
            if READER not in words:
                try:
                    ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
                except OSError:
                    continue
        return ticks / 100


def upload(person, content):
    """The page that answers in the end."""
    page = person.get(AUGUST)
    scope = "truc-thuoc" if 'value="truc-thuoc"' in page else "don-vi"
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    data = {"csrfmiddlewaretoken": token, "pham-vi": scope, "tep": SimpleUploadedFile("Biểu nhập.xlsx", content)}
    request = Request(
        person.base + AUGUST, encode_multipart(BOUNDARY, data), {"Content-Type": MULTIPART_CONTENT}, method="POST"
    )
    with person.open(request, timeout=60) as answer:
        address, text = answer.url, answer.read().decode()
    while "js/pages/job" in text:
        time.sleep(0.1)
        text = person.get(address.removeprefix(person.base))
    if "/cong-viec/" in address:
        text = person.get(re.search(rf'href="({AUGUST}\d+/)"', text)[1])
    return text


@pytest.mark.slow(15)
@pytest.mark.parametrize(("database", "broker"), [("sqlite", False), ("postgres", True)], ids=["web", "worker"])
def test_hostile_workbooks_cost_little(live_stack, database, broker):
    stack = live_stack(database, broker=broker, serve=False, CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    stack.start()
    person = Person(stack, "huyen")
    with person.open(f"{stack.base_url}{AUGUST}tai-ve/truc-thuoc/", timeout=60) as answer:
        template = answer.read()
    over = {}
    for name, (make, words) in HOSTILE.items():
        content = make(template)
        with Processes(stack) as processes:
            text = upload(person, content)
        assert re.search(words, text), name
        spent, held = processes.spent() - processes.before, max(processes.most.values())
        if held > MOST or spent > SECONDS:
            over[name] = f"{held} MB, {spent:.1f} s"
    assert over == {}
