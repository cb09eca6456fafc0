"""Workbooks for tests: the template as the product hands it out, opened, changed and sent back."""

import re
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from openpyxl import load_workbook

from core.jobs.models import Job
from indicators.workbooks import template

AUGUST = "/nhap-so-lieu/2023-08/tep/"


class Filled:
    """A downloaded workbook in the hands of somebody: `cell("x11", "I.1", "numerator")` finds its cell by codes."""

    def __init__(self, content):
        self.book = load_workbook(BytesIO(content))
        self.sheet = self.book[template.TITLE]
        self.header = next(row[0].row for row in self.sheet.iter_rows(max_col=1) if row[0].value == "Mã đơn vị")
        self.columns = dict(template.PLACE)

    def line(self, agency, target):
        for line in range(self.header + 1, self.sheet.max_row + 1):
            if (self.sheet.cell(line, 1).value, self.sheet.cell(line, self.columns["target"]).value) == (
                agency,
                target,
            ):
                return line
        raise KeyError((agency, target))

    def cell(self, agency, target, key):
        return self.sheet.cell(self.line(agency, target), self.columns[key])

    def put(self, agency, target, **values):
        for key, value in values.items():
            self.cell(agency, target, key).value = value
        return self

    def saved(self):
        content = BytesIO()
        self.book.save(content)
        return content.getvalue()


def download(client, scope="don-vi", address=AUGUST):
    response = client.get(f"{address}tai-ve/{scope}/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def fill(client, scope="don-vi"):
    """The workbook of the person's agency, opened."""
    return Filled(download(client, scope))


def send(client, content, scope="don-vi", name="Biểu nhập.xlsx", address=AUGUST):
    """The answer to a file that is sent: one's own is read at once, as without a broker, and the answer is its page."""
    content = content if isinstance(content, bytes) else content.saved()
    file = SimpleUploadedFile(name, content)
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(address, {"pham-vi": scope, "tep": file})
    if response.status_code == 302:
        response = client.get(response["Location"])
    if scope == "don-vi" and response.status_code == 200:
        response = client.get(Job.objects.latest("pk").link)
    return response


def seen(response):
    """The digest that a preview asks to confirm."""
    return re.search(r'name="seen" value="([0-9a-f]{64})"', response.content.decode())[1]


def confirm(client, response):
    """Confirms the preview that an answer shows."""
    return client.post(response.request["PATH_INFO"], {"seen": seen(response)}, follow=True)
