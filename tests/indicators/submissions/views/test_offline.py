"""Entry without a line: what may be kept on the machine, the public addresses behind it, the files that the sheet needs."""

import json
import re
from pathlib import PurePosixPath

import pytest
from django.conf import settings
from django.templatetags.static import static

from indicators.models import State, Submission
from indicators.submissions.views import offline
from tests.indicators.submissions.views.test_entry import AUGUST, SUMMARY, send, sent

pytestmark = pytest.mark.once

HEADER = "X-Offline-Copy"
IMPORT = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


def test_only_the_open_sheet_may_be_kept(office, as_person):
    focal = as_person("an")
    response = focal.get(AUGUST)
    assert response[HEADER] == str(response.wsgi_request.user.pk)
    assert "no-store" in response["Cache-Control"]
    assert '<link rel="manifest" href="/ung-dung.webmanifest">' in response.text
    assert HEADER not in send(focal, {"numerator-I.1": "chữ"}).headers
    sent(focal)
    assert Submission.objects.get(agency__code="x11", period__number=8).state == State.SUBMITTED
    for address in (AUGUST, SUMMARY, "/", "/huong-dan/tap-nhap/"):
        assert HEADER not in focal.get(address, follow=True).headers
    assert "data-worker" not in focal.get("/huong-dan/tap-nhap/").text


def test_what_browsers_ask_for_is_nobodys(client, db):
    """Asked for without cookies, or by the next person of the machine."""
    for address, kind in (
        ("/ngoai-tuyen.js", "text/javascript"),
        ("/ung-dung.webmanifest", "application/manifest+json"),
        ("/ngoai-tuyen/", "text/html"),
    ):
        response = client.get(address)
        assert response.status_code == 200 and response["Content-Type"].startswith(kind)
        assert HEADER not in response.headers and client.post(address).status_code == 405
    assert "Không có mạng" in client.get("/ngoai-tuyen/").text


def test_the_manifest_opens_the_newest_sheet(client, db):
    facts = json.loads(client.get("/ung-dung.webmanifest").content)
    assert facts["start_url"] == "/nhap-so-lieu/" and facts["lang"] == "vi" and facts["display"] == "standalone"
    assert [icon["sizes"] for icon in facts["icons"]] == ["192x192", "512x512", "512x512"]


def test_every_file_that_the_sheet_imports_is_kept():
    root = settings.BASE_DIR / "static"

    def imported(name):
        for path in IMPORT.findall((root / name).read_text()):
            yield (root / name).parent.joinpath(path).resolve().relative_to(root).as_posix()

    needed, todo = set(), ["js/entry/entry.js", "js/pages/frame.js", "js/lib/drafts.js"]
    while todo:
        name = todo.pop()
        needed.add(name)
        todo += [each for each in imported(name) if each not in needed]
    assert needed == {name for name in offline.FILES if PurePosixPath(name).suffix == ".js"}


def test_the_worker_names_the_release_and_its_files(client, db):
    script = client.get("/ngoai-tuyen.js").text
    facts = json.loads(re.match(r"self\.OFFLINE = (.*);", script)[1])
    assert facts["files"] == [static(name) for name in offline.FILES] and facts["header"] == HEADER
    assert re.fullmatch("[0-9a-f]{12}", facts["release"]) and 'importScripts("' in script
