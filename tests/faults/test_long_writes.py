"""A long write on SQLite beside people at work: while another process loads the demonstration year and rolls it up for the first
time, whoever signs in waits, or is told that the system is busy; nobody meets an error (decision 0180)."""

import re
import subprocess
import sys
import threading
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.stack import ROOT

PASSWORD = "mật khẩu của bài kiểm thử 2023"
PEOPLE = f"""
from agencies.services import accounts
from agencies.models import Agency, User
for number in range(2):
    by = User.objects.create_user(f"nguoi{{number}}", password="{PASSWORD}", agency=Agency.objects.get(code="stttt"))
    accounts.set_roles(user=by, roles=["standing"])
"""


def sign_in(base, name):
    """The answer to a sign-in: "in", "busy", or what else was said."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    try:
        with browser.open(base + "/dang-nhap/", timeout=120) as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
        data = {"csrfmiddlewaretoken": token, "username": name, "password": PASSWORD}
        with browser.open(base + "/dang-nhap/", urlencode(data).encode(), timeout=120) as answer:
            return "in" if "/dang-nhap/" not in answer.url else answer.read().decode()
    except HTTPError as error:
        text = error.read().decode()
        return "busy" if error.code == 503 and "Hệ thống đang bận" in text else f"{error.code} {text}"


@pytest.mark.slow(20)
@pytest.mark.once
def test_who_signs_in_while_a_year_is_loaded(live_stack):
    stack = live_stack("sqlite")
    stack.manage("shell", "-v0", "-c", PEOPLE)
    answers, over = [], threading.Event()

    def come(name):
        while not over.is_set():
            answers.append(sign_in(stack.base_url, name))
            over.wait(0.3)

    people = [threading.Thread(target=come, args=(f"nguoi{number}",)) for number in range(2)]
    loading = subprocess.Popen(
        [sys.executable, "manage.py", "load_demo"], cwd=ROOT, env=stack.environment, stdout=subprocess.DEVNULL
    )
    [person.start() for person in people]
    try:
        assert loading.wait(600) == 0
    finally:
        loading.kill()
        over.set()
        [person.join() for person in people]
    assert "in" in answers and set(answers) <= {"in", "busy"}
