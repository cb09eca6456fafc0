"""A process that sends events is killed while a receiver has its request: every event is counted once, in order."""

import signal
import subprocess
import sys
import time

import pytest

from tests.exchange.webhooks.conftest import Receiver
from tests.stack import ROOT

pytestmark = pytest.mark.slow(15)

WORLD = """
import datetime as dt
from agencies.models import Agency, User
from agencies.roles import Role
from agencies.services import accounts
from core import clock
from exchange import services
from exchange.models import Delivery, Event
from exchange.webhooks import services as webhooks
by = User.objects.create_user("sang", agency=Agency.objects.get(code="stttt"))
accounts.set_roles(user=by, roles=[Role.STANDING])
system = services.ask(by=by, name="Kho", purpose="Kho", right="read")
services.grant(system=system, by=by, expires_on=clock.today() + dt.timedelta(days=9))
services.make_key(system=system, by=by)
system.refresh_from_db()
webhook = webhooks.set_webhook(system=system, by=by, url="URL", events=list(Event))
for number in range(1, 7):
    Delivery.objects.create(
        webhook=webhook, number=number, event="approved", subject=f"submission:x{number % 2}", content={}, next_at=clock.now()
    )
"""
SEND = "from exchange.webhooks.tasks import deliver_webhooks; print(deliver_webhooks())"
RELEASE = "from exchange.models import Webhook; Webhook.objects.update(claimed_until='2020-01-01T00:00:00Z')"
LEFT = "from exchange.models import Delivery; print(*Delivery.objects.undelivered().values_list())"


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_each_event_is_counted_once(live_stack, database, tmp_path):
    receiver = Receiver()
    authority = tmp_path / "ca.pem"
    receiver.authority.cert_pem.write_to_path(authority)
    stack = live_stack(database, serve=False, SSL_CERT_FILE=str(authority), WEBHOOK_TRUSTED_HOSTS=receiver.place)
    try:
        stack.manage("shell", "-v", "0", "-c", WORLD.replace("URL", receiver.url))
        receiver.answers, receiver.waits_at = [200, 500, 200], 4
        sender = subprocess.Popen([sys.executable, "manage.py", "shell", "-c", SEND], cwd=ROOT, env=stack.environment)
        wait_for(lambda: len(receiver.requests) == 4)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        receiver.gate.set()
        assert stack.manage("shell", "-v", "0", "-c", SEND).strip() == "0"  # the dead one's claim still holds
        stack.manage(
            "shell",
            "-v",
            "0",
            "-c",
            RELEASE + "; from exchange.models import Delivery; "
            "from core import clock; Delivery.objects.update(next_at=clock.now())",
        )
        stack.manage("shell", "-v", "0", "-c", SEND)
        assert stack.manage("shell", "-v", "0", "-c", LEFT).strip() == ""
    finally:
        receiver.close()
    first = list(dict.fromkeys(receiver.accepted))
    assert sorted(first) == ["1", "2", "3", "4", "5", "6"]
    for subject in (0, 1):
        of_subject = [int(number) for number in first if int(number) % 2 == subject]
        assert of_subject == sorted(of_subject)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
