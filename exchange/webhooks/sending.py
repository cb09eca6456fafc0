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
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

# The whole request, and each wait for the other side.
SECONDS = 10
# The addresses of IPv6 that are given out.
INTERNET = ipaddress.ip_network("2000::/3")


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
    connection = _Connection(host, port, _addresses(host, port))
    # An answer that comes byte by byte would never time out by itself.
    limit = threading.Timer(SECONDS, connection.abort)
    limit.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Content-Type": "application/json", **headers})
        # Its status says all; its body could drip for hours.
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent(_reason(error, connection)) from None
    finally:
        limit.cancel()
        connection.close()


def _reason(error: Exception, connection: "_Connection") -> str:
    """Return why no answer came, in words."""
    if connection.is_aborted or isinstance(error, TimeoutError):
        return f"Máy chủ nhận không trả lời trong {SECONDS} giây."
    if isinstance(error, ssl.SSLError):
        return "Chứng thư số của máy chủ nhận không hợp lệ."
    return "Không kết nối được tới máy chủ nhận, hoặc trả lời dở dang."


def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host; every one must be public, or the operator trusts the host. Raises NotSent."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("Không tìm thấy máy chủ nhận theo tên này.") from None
    addresses = [str(entry[4][0]) for entry in entries]
    trusted = f"{host}:{port}" in settings.WEBHOOK_TRUSTED_HOSTS
    if not addresses or not (trusted or all(map(is_public, addresses))):
        raise NotSent("Máy chủ nhận không ở trên mạng công cộng nên không gửi.")
    return addresses


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public network. Of IPv6 only what is given out to the Internet counts: the rest is
    of one's own network, or carries an IPv4 address in one of many ways."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        # 64:ff9b::/96 carries an IPv4 address in its last four bytes: so a network without IPv4 reaches the public one.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address not in INTERNET:
            return False
    return address.is_global and not address.is_multicast


class _Connection(http.client.HTTPSConnection):
    """A connection to the first of the given addresses that answers, whose certificate must be the host's.

    is_aborted: the time for the whole request is over.
    """

    def __init__(self, host: str, port: int, addresses: Sequence[str]) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=SECONDS, context=self._tls)
        self._addresses = addresses
        self.is_aborted = False

    def connect(self) -> None:
        plain = self._plain()
        plain.settimeout(SECONDS)
        try:
            # The handshake comes after the socket is known to `abort`: time that ends within it would end nothing.
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        if self.is_aborted:
            raise TimeoutError
        self.sock.do_handshake()

    def _plain(self) -> socket.socket:
        """Return a connection to an address. One of which no way leads from here, as IPv6 has often none, is passed over."""
        *others, last = self._addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), SECONDS / len(self._addresses))
        return socket.create_connection((last, self.port), SECONDS / len(self._addresses))

    def abort(self) -> None:
        """End the connection from another thread."""
        self.is_aborted = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
