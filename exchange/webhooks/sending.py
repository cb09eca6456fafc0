"""One request to a receiver: over https, to a public host, within bounds.

The product must not be made to call machines of its own network (server-side request forgery). So the name is resolved once, every
address that it has must be public, the connection goes to the very address that was looked at, and no redirect is followed.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

# The whole request, and each wait for the other side.
SECONDS = 10
# So much of an answer is read; nothing of it is kept.
MOST_BYTES = 1024


class NotSent(Exception):
    """A request that got no answer, with the reason in Vietnamese."""


def check(url: str) -> SplitResult:
    """Return the parts of an address that events may be sent to. Raises NotSent with the reason; the name is not resolved yet."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotSent("Địa chỉ không đúng dạng.") from None
    if parts.scheme != "https" or not parts.hostname:
        raise NotSent("Địa chỉ phải bắt đầu bằng https:// và có tên máy chủ.")
    if parts.username or parts.password:
        raise NotSent("Địa chỉ không được chứa tên và mật khẩu.")
    if port == 0 or not url.isascii() or any(character.isspace() for character in url):
        raise NotSent("Địa chỉ không đúng dạng.")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a JSON body; return the status of the answer. Raises NotSent where none came."""
    parts = check(url)
    host, port = parts.hostname or "", parts.port or 443
    connection = _Connection(host, port, _address(host, port))
    # An answer that comes byte by byte would never time out by itself.
    limit = threading.Timer(SECONDS, connection.abort)
    limit.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read(MOST_BYTES)
        return answer.status
    except TimeoutError:
        raise NotSent(f"Máy chủ nhận không trả lời trong {SECONDS} giây.") from None
    except ssl.SSLError:
        raise NotSent("Chứng thư số của máy chủ nhận không hợp lệ.") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise NotSent("Không kết nối được tới máy chủ nhận, hoặc trả lời dở dang.") from None
    finally:
        limit.cancel()
        connection.close()


def _address(host: str, port: int) -> str:
    """Return an address of a host; every one that it has must be public, or the operator trusts the host. Raises NotSent."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("Không tìm thấy máy chủ nhận theo tên này.") from None
    addresses = [str(entry[4][0]) for entry in entries]
    trusted = f"{host}:{port}" in settings.WEBHOOK_TRUSTED_HOSTS
    if not addresses or not (trusted or all(map(is_public, addresses))):
        raise NotSent("Máy chủ nhận không ở trên mạng công cộng nên không gửi.")
    return addresses[0]


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public network."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        # 64:ff9b::/96 carries an IPv4 address in its last four bytes.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


class _Connection(http.client.HTTPSConnection):
    """A connection to a given address, whose certificate must be the host's."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def abort(self) -> None:
        """End the connection from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
