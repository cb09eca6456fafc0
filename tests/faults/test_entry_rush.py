"""Many at once in one report, against the running product (promises F-05, F-06, F-07): one wins, one line in the log, no
figure is overwritten unseen."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

PASSWORD = "mật khẩu của bài kiểm thử 2023"
AT_ONCE = 20
ACCOUNTS = f"""
from agencies.services import accounts
from agencies.models import Agency, User
for number in range({AT_ONCE}):
    user = User.objects.create_user(f"nguoi{{number}}", password="{PASSWORD}", agency=Agency.objects.get(code="x10528"))
    accounts.set_roles(user=user, roles=["focal"])
"""
COUNT = """
from core.audit.models import AuditEntry
from indicators.models import Actual, Submission
report = Submission.objects.get(agency__code="x10528", period__number=8)
figure = report.actuals.filter(target__code="I.12").first()
history = Actual.history.filter(target__code="I.12", submission_id=report.pk)
print(report.state, report.version, AuditEntry.objects.filter(act="nộp phiếu").count(), history.count(), figure.numerator)
"""
AUGUST = "/nhap-so-lieu/2023-08/"


class Person:
    """A browser without a window: cookies, the token of the last page, forms."""

    def __init__(self, stack, name):
        self.base, self.open = stack.base_url, build_opener(HTTPCookieProcessor(CookieJar())).open
        self.post("/dang-nhap/", {"username": name, "password": PASSWORD}, self.get("/dang-nhap/"))
        self.page = self.get(AUGUST)
        self.who = re.search(r'data-who="(\d+)"', self.page)[1]

    def get(self, path):
        with self.open(self.base + path, timeout=60) as response:
            return response.read().decode()

    def post(self, path, data, page=None):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page or self.page)[1]
        body = urlencode(data | {"csrfmiddlewaretoken": token}).encode()
        try:
            with self.open(self.base + path, body, timeout=60) as response:
                return response.status, response.url, response.read().decode()
        except HTTPError as error:
            return error.code, error.url, error.read().decode()

    def keep(self, numerator):
        """Save the cell I.12 as the page does; the row of the answer, None where nothing came."""
        seen = re.search(r'name="seen-I\.12" value="([^"]*)"', self.page)[1]
        row = {"seen-I.12": seen, "numerator-I.12": str(numerator), "denominator-I.12": "1000", "note-I.12": ""}
        status, _, text = self.post(AUGUST + "o/", row | {"who": self.who})
        return json.loads(text)["rows"]["I.12"] if status == 200 else None


def together(act, people):
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(act, people))


@pytest.mark.slow(12)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_twenty_at_once_save_one_cell_and_send_one_report(live_stack, database):
    stack = live_stack(database, serve=False, CLOCK="2023-08-16T09:00")
    stack.manage("shell", "-v0", "-c", ACCOUNTS)
    stack.start()
    people = [Person(stack, f"nguoi{number}") for number in range(AT_ONCE)]
    answers = together(lambda person: person.keep(100 + people.index(person)), people)
    told = [answer for answer in answers if answer is not None]
    won = [number for number, answer in enumerate(answers) if answer and answer["saved"]]
    assert len(told) == AT_ONCE and len(won) == 1
    assert all("có người vừa lưu số khác" in answer["words"] for answer in told if not answer["saved"])
    assert stack.manage("shell", "-v0", "-c", COUNT).split() == ["draft", "1", "0", "1", str(100 + won[0])]

    def send(person):
        page = person.get(AUGUST + "gui/")
        revision = re.search(r'name="revision" value="(\d+)"', page)
        doubts = re.search(r'name="confirm" id="confirm" value="([^"]+)"', page)
        if revision is None:
            return 200, person.base + AUGUST + "da-nop/", ""  # somebody had sent it before this page was asked for
        return person.post(AUGUST + "gui/", {"revision": revision[1], "confirm": doubts[1]}, page)

    sent = together(send, people)
    assert {(status, url.removeprefix(stack.base_url)) for status, url, _ in sent} == {(200, AUGUST + "da-nop/")}
    assert stack.manage("shell", "-v0", "-c", COUNT).split()[:3] == ["submitted", "1", "1"]
