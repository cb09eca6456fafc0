"""Too many requests, and requests of which only a part is sent, at the running product with one process of four threads
(promises F-33, F-36)."""

import socket
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import wait_until

LOGIN = "GET /dang-nhap/ HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def stack(module_live_stack):
    return module_live_stack("sqlite", WEB_WORKERS="1", LONGEST_WAIT="1", MONITORS="10.0.0.1")


def connect(stack, text):
    """A connection over which a text was sent."""
    opened = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
    opened.sendall(text.encode())
    return opened


def answer(stack, text):
    """Everything that comes back."""
    with connect(stack, text) as opened:
        parts = iter(lambda: opened.recv(65536), b"")
        return b"".join(parts).decode()


def test_half_sent_requests_do_not_silence_the_site(stack):
    halves = [connect(stack, LOGIN) for _ in range(12)]
    began = time.monotonic()
    told = answer(stack, LOGIN + "Connection: close\r\n\r\n")
    assert told.startswith(("HTTP/1.1 200", "HTTP/1.1 503")) and time.monotonic() - began < 20
    assert all(half.recv(1) == b"" for half in halves)


def test_connections_that_say_nothing_hold_no_thread_and_get_no_longer_for_a_late_beginning(stack):
    silent = [connect(stack, "") for _ in range(12)]
    time.sleep(0.3)
    began = time.monotonic()
    assert answer(stack, LOGIN + "Connection: close\r\n\r\n").startswith("HTTP/1.1 200")
    assert time.monotonic() - began < 3
    for late in silent[:4]:
        late.sendall(LOGIN.encode())
    assert all(late.recv(1) == b"" for late in silent[:4])
    assert time.monotonic() - began < 12
    for opened in silent:
        opened.close()


def test_who_waited_too_long_reads_at_once_that_it_is_busy(stack):
    """Four sign-outs wait for the file that another program has locked; nine visitors wait for a thread. When the lock ends, those
    who are still there read that the system is busy, in the time of one page."""
    path = Path(stack.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    page = answer(stack, LOGIN + "Connection: close\r\n\r\n")
    cookie = page.split("csrftoken=")[1].split(";")[0]
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    body = f"csrfmiddlewaretoken={token}&username=a&password=b"
    post = (
        f"POST /dang-nhap/ HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken={cookie}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    told = []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        holders = [connect(stack, post) for _ in range(4)]
        time.sleep(0.5)
        asking = [
            threading.Thread(target=lambda: told.append(answer(stack, LOGIN + "Connection: close\r\n\r\n")))
            for _ in range(6)
        ]
        for thread in asking:
            thread.start()
        gone = [connect(stack, LOGIN + "\r\n") for _ in range(3)]
        for opened in gone:
            opened.close()
        time.sleep(2)
        assert not told
    for thread in asking:
        thread.join(30)
    assert len(told) == 6
    for text in told:
        head, _, page = text.partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 503") and "Retry-After: 5" in head and "Refresh: 5" in head
        assert "Hệ thống đang bận" in page and "default-src 'none'" in head
    for holder in holders:
        holder.close()
    wait_until(lambda: answer(stack, LOGIN + "Connection: close\r\n\r\n").startswith("HTTP/1.1 200"), 20, "trang")


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "Địa chỉ quá dài"),
        (f"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {'a' * 9000}\r\n\r\n", 431, "Xóa cookie"),
        ("NO THING\r\n\r\n", 400, "Yêu cầu không hợp lệ"),
    ],
)
def test_what_is_no_request_is_answered_in_vietnamese(stack, text, status, words):
    before = len(stack.log("web"))
    head, _, page = answer(stack, text).partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ") and words in page
    assert {"Cache-Control: no-store", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY"} <= set(
        head.split("\r\n")
    )
    assert "Traceback" not in stack.log("web")[before:]
