"""A receiver of webhooks: a real server over TLS on this machine, which the product is told to trust."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from exchange.models import Event
from exchange.webhooks import services


class Receiver:
    """`answers` are the statuses of the next requests, then 200; `requests` are (headers, body) of all that came; while `gate` is
    not set, an answer waits, as from request number `waits_at` on. `accepted` are the numbers of the events that it took."""

    def __init__(self):
        self.answers, self.requests, self.accepted = [], [], []
        self.gate, self.waits_at = threading.Event(), 0
        self.gate.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((dict(self.headers), body))
                if len(receiver.requests) == receiver.waits_at:
                    receiver.gate.clear()
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.accepted.append(self.headers["webhook-id"])
                receiver.gate.wait(30)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "https://localhost/")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.place = f"localhost:{self.server.server_port}"
        self.url = f"https://{self.place}/su-kien?a=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stranger_receiver(monkeypatch, tmp_path):
    """A receiver whose certificate is valid, on a host that the operator did not name."""
    made = Receiver()
    authority = tmp_path / "ca.pem"
    made.authority.cert_pem.write_to_path(authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    yield made
    made.close()


@pytest.fixture
def receiver(stranger_receiver, settings):
    """The same receiver, named by the operator."""
    settings.WEBHOOK_TRUSTED_HOSTS = [stranger_receiver.place]
    return stranger_receiver


@pytest.fixture
def webhook(connected, receiver):
    """The webhook of Khánh's system: all events, from now on."""
    khanh = connected.people["khanh"]
    return services.set_webhook(system=connected.systems["khanh"], by=khanh, url=receiver.url, events=list(Event))
