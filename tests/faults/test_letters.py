"""F-25 for mail, with real processes: two beats at once, a task run twice, a worker killed (-9) between handing a letter over
and writing that down. Nobody gets a letter twice."""

import sys

import pytest

from tests import senders

TELL = """
from agencies.models import User
from indicators.submissions.notifications import APPROVED
from core.notifications.services import notify
person = User.objects.create(username="an", phone="0900")
notify(people=[person], event=APPROVED, key="approved:1", title="Phiếu tháng 8 đã được duyệt", url="/")
person.notices.update(mail_after="2020-01-01T00:00+07:00")
"""
POST = "from core.notifications import tasks; tasks.send_letters()"
STATE = "from core.notifications.models import Notification; print(Notification.objects.get().mail)"
LATER = """
import datetime as dt
from core.notifications.models import Notification
from core import clock
Notification.objects.update(mail_at=clock.now() - dt.timedelta(minutes=31))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def product(request, live_stack, tmp_path):
    """A product whose letters go into a file; one of them waits."""
    file = tmp_path / "letters"
    stack = live_stack(request.param, serve=False, NOTICE_SENDER="tests.senders.FileSender", LETTER_FILE=str(file))
    stack.letters = lambda: senders.letters(file)
    stack.shell = lambda code: stack.manage("shell", "--verbosity", "0", "-c", code).strip()
    stack.shell(TELL)
    return stack


def start(stack, name, **environment):
    return stack.run(name, sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", POST, **environment)


@pytest.mark.slow
def test_three_beats_at_once_send_one_letter(product):
    for process in [start(product, f"beat-{number}") for number in range(3)]:
        assert process.wait(120) == 0, product.logs()
    assert len(product.letters()) == 1 and product.shell(STATE) == "sent"


@pytest.mark.slow
def test_a_worker_killed_before_it_could_write_it_down(product):
    start(product, "worker", NOTICE_SENDER="tests.senders.HangingSender")
    product.wait_for("worker", lambda: product.letters() != [], seconds=120)
    product.kill("worker")
    product.shell(POST)
    assert product.shell(STATE) == "sending"  # perhaps somebody is still at it
    product.shell(LATER)
    product.shell(POST)
    product.shell(POST)
    assert len(product.letters()) == 1 and product.shell(STATE) == "unknown"
