"""gunicorn's worker, in which a request cannot hold a thread for ever, nor wait for one in vain."""

import select
import socket
import struct
import time
from contextlib import suppress
from http.client import responses
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from core import overload

# The head of a request arrives at once; a part of one is given this long.
HEAD_SECONDS = 3
# The longest pause within a body that is being sent.
BODY_SECONDS = 20
# Whoever has waited this long may have gone.
PATIENCE_SECONDS = 1
LARGEST_HEAD = 65536
HEAD_END = b"\r\n\r\n"

# Answers to what cannot be read, by gunicorn's error: status, title, advice.
BAD = "Trình duyệt gửi một yêu cầu không đọc được, chưa lưu gì. Mở lại trang chính; vẫn lỗi thì báo quản trị."
LONG = "Quay lại trang trước, bớt điều kiện lọc rồi thử lại. Chưa lưu gì."
COOKIES = "Xóa cookie của trang này trong trình duyệt rồi đăng nhập lại. Chưa lưu gì."
REFUSALS = {
    LimitRequestLine: (414, "Địa chỉ quá dài", LONG),
    LimitRequestHeaders: (431, "Trình duyệt gửi quá nhiều thông tin kèm theo", COOKIES),
    ParseException: (400, "Yêu cầu không hợp lệ", BAD),
}
FAILURE = ("Hệ thống gặp lỗi", "Thử lại sau ít phút; vẫn lỗi thì báo quản trị.")
PAGE = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><main><h1>{title}</h1><p>{advice}</p></main></body></html>"
)
HEADERS = (
    "Content-Type: text/html; charset=utf-8",
    "Connection: close",
    "Cache-Control: no-store",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: same-origin",
)


class WebWorker(ThreadWorker):
    """gunicorn's threads, with the time that each request has waited for one (core.overload), without work for callers who have
    hung up, and with an end to requests of which only a part is sent."""

    def enqueue_req(self, conn: Any) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        waited = time.monotonic() - conn.queued_at
        overload.note_wait(waited)
        if waited > PATIENCE_SECONDS and has_hung_up(conn.sock):
            return False
        # A new connection over which nothing has come waits without a thread, and comes back with its first byte.
        if not conn.initialized and not conn.wait_for_data(0):
            return _DEFER
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", BODY_SECONDS, 0))
        if not head_arrives(conn.sock):
            # Else gunicorn would wait for the rest once more, while it closes the connection.
            conn.sock.shutdown(socket.SHUT_RDWR)
            return False
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what is no request that the product can read, in Vietnamese and with the headers of every page."""
        status, title, advice = next(
            (answer for kind, answer in REFUSALS.items() if isinstance(exc, kind)), (500, *FAILURE)
        )
        if status == 500:
            self.log.exception("Error handling request %s", getattr(req, "uri", ""))
        else:
            self.log.warning("Invalid request from ip=%s: %s", (addr or ("",))[0], exc)
        page = PAGE.format(title=title, advice=advice).encode()
        head = [f"HTTP/1.1 {status} {responses[status]}", *HEADERS, f"Content-Length: {len(page)}", "", ""]
        with suppress(OSError):
            client.sendall("\r\n".join(head).encode() + page)


def has_hung_up(connection: socket.socket) -> bool:
    """Return whether the caller has closed the connection."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


def head_arrives(connection: socket.socket) -> bool:
    """Return False where a part of a request's head has come and the rest does not follow within seconds."""
    deadline = time.monotonic() + HEAD_SECONDS
    while True:
        try:
            head = connection.recv(LARGEST_HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return True
        if not head or HEAD_END in head or len(head) == LARGEST_HEAD:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
