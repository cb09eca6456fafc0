"""Receivers over TLS, really called: which may be called, within which bounds, and what a failure is called."""

import contextlib
import socket
import threading
import time

import pytest

from exchange.webhooks import sending


def fails(url, match):
    with pytest.raises(sending.NotSent, match=match):
        sending.post(url, b"{}", {})


def test_a_named_receiver_gets_the_body_and_the_headers(receiver):
    assert sending.post(receiver.url, b'{"id":"7"}', {"webhook-id": "7"}) == 200
    (headers, body), *others = receiver.requests
    assert others == []
    assert (body, headers["webhook-id"], headers["Content-Type"]) == (b'{"id":"7"}', "7", "application/json")
    assert headers["Host"] == receiver.place


def test_a_receiver_of_ones_own_network_is_called_only_when_named(stranger_receiver):
    fails(stranger_receiver.url, "không ở trên mạng công cộng")
    assert stranger_receiver.requests == []


def test_a_name_for_an_inner_address_is_refused(stranger_receiver, settings, monkeypatch):
    """The name is public, one of its addresses is not: no connection is tried."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.7")]
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *args, **kwargs: answers)
    monkeypatch.setattr(sending.socket, "create_connection", lambda *args, **kwargs: pytest.fail("connected"))
    fails("https://cong-cong.example/", "không ở trên mạng công cộng")


def test_the_address_that_was_looked_at_is_the_one_that_is_called(receiver, monkeypatch):
    """A name that means another machine a moment later (DNS rebinding) is asked for once."""
    real, asked = socket.getaddrinfo, []
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *args, **kw: asked.append(args[0]) or real(*args, **kw))
    connected, create = [], socket.create_connection
    monkeypatch.setattr(
        sending.socket, "create_connection", lambda place, *args: connected.append(place[0]) or create(place, *args)
    )
    sending.post(receiver.url.replace("localhost", "localhost"), b"{}", {})
    assert asked[0] == "localhost"
    assert connected in (["127.0.0.1"], ["::1"])


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.answers = [302]
    assert sending.post(receiver.url, b"{}", {}) == 302
    assert len(receiver.requests) == 1


def test_a_certificate_of_somebody_else_is_refused(receiver, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    fails(receiver.url, "Chứng thư số của máy chủ nhận không hợp lệ")
    assert receiver.requests == []


def test_a_receiver_that_does_not_answer_is_left(receiver, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    receiver.gate.clear()
    fails(receiver.url, "không trả lời|dở dang")


def test_an_answer_that_drips_is_left(receiver, settings, monkeypatch):
    """One byte every tenth of a second would never time out by itself."""
    monkeypatch.setattr(sending, "SECONDS", 0.6)
    stop = threading.Event()

    def drip(handler):
        for _ in range(600):
            if stop.wait(0.1):
                return
            try:
                handler.wfile.write(b"H")
                handler.wfile.flush()
            except OSError:
                return

    receiver.server.RequestHandlerClass.do_POST = drip
    try:
        fails(receiver.url, "không trả lời|dở dang")
    finally:
        stop.set()


def test_a_body_is_not_waited_for(receiver, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.6)
    stop = threading.Event()

    def hold(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        stop.wait(10)

    receiver.server.RequestHandlerClass.do_POST = hold
    try:
        assert sending.post(receiver.url, b"{}", {}) == 200
    finally:
        stop.set()


def test_the_limit_holds_after_a_handshake_that_was_drawn_out(receiver, monkeypatch):
    """The time is over within the handshake (0.6 of 0.3 + 0.45 seconds); an answer that drips after it would hold a process of the
    worker."""
    monkeypatch.setattr(sending, "SECONDS", 0.6)
    create, accept, stop = socket.create_connection, receiver.server.get_request, threading.Event()

    def drip(handler):
        with contextlib.suppress(OSError):
            while not stop.wait(0.1):
                handler.wfile.write(b"H")
                handler.wfile.flush()

    def late(then, seconds, *arguments):
        time.sleep(seconds)
        return then(*arguments)

    monkeypatch.setattr(sending.socket, "create_connection", lambda *arguments: late(create, 0.3, *arguments))
    monkeypatch.setattr(receiver.server, "get_request", lambda: late(accept, 0.45))
    receiver.server.RequestHandlerClass.do_POST = drip
    threading.Timer(5, stop.set).start()
    began = time.monotonic()
    fails(receiver.url, "không trả lời")
    assert time.monotonic() - began < 3
    stop.set()


def test_an_address_to_which_no_way_leads_is_passed_over(receiver, monkeypatch):
    """A host has an IPv6 address, and this machine no way there."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.9.9.9", "127.0.0.1")]
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *args, **kwargs: answers)

    def connect(place, timeout):
        if place[0] == "127.9.9.9":
            raise OSError("network is unreachable")
        opened = socket.socket()
        opened.settimeout(timeout)
        opened.connect(place)
        return opened

    monkeypatch.setattr(sending.socket, "create_connection", connect)
    assert sending.post(receiver.url, b"{}", {}) == 200


def test_nobody_listens_and_no_such_host(receiver):
    place = receiver.place
    receiver.close()
    fails(f"https://{place}/", "Không kết nối được")
    fails("https://khong-co.invalid/", "Không tìm thấy máy chủ")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https:///x",
        "https://a:b@example.org/",
        "ftp://example.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "javascript:alert(1)",
        "",
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(sending.NotSent):
        sending.check(url)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_public(address):
    assert sending.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::1",
        "64:ff9b::a00:1",
        "::",
        "::10.0.0.1",
        "::ffff:0:10.0.0.1",
        "fec0::1",
        "64:ff9b:1::a00:1",
        "2001:0:0a00:1::1",
        "4000::1",
    ],
)
def test_not_public(address):
    assert not sending.is_public(address)
