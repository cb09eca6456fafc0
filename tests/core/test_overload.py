"""The page of a request that waited too long: where it leads back to, what a program reads."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.overload import OverloadMiddleware, note_wait

pytestmark = pytest.mark.once


@pytest.fixture
def late():
    """The middleware, in a thread whose request waited for a hundred seconds."""
    note_wait(100)
    yield OverloadMiddleware(lambda request: HttpResponse("ok"))
    note_wait(0)


def test_what_was_sent_leads_back_to_its_form(late):
    """The address that takes what is sent shows no page of its own."""
    sent = RequestFactory().post("/ket-noi/3/viec/", headers={"referer": "http://testserver/ket-noi/3/"})
    answer = late(sent)
    assert answer.status_code == 503 and "Refresh" not in answer
    assert 'href="/ket-noi/3/"' in answer.content.decode() and "chưa lưu gì" in answer.content.decode()


def test_a_program_reads_it_as_json_and_the_probes_are_answered(late):
    told = late(RequestFactory().get("/api/v1/plans"))
    assert told.status_code == 503 and "đang bận" in json.loads(told.content)["detail"]
    assert late(RequestFactory().get("/song/")).content == b"ok"
