"""Whose request it is, behind the proxy of a production; and which network counts as one caller."""

import ipaddress

from django.http import HttpRequest

# An IPv6 customer is given 2^64 addresses at least, and may ask from another one each time.
IPV6_PREFIX = 64


def network_of(address: str) -> str:
    """Return the first address of the network that counts as one caller: of an IPv6 address its /64, of an IPv4 one, or what is
    no address, itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False).network_address)


def caller_of(request: HttpRequest) -> str:
    """Return the network that a request comes from: limits on guessing count by it."""
    return network_of(request.META.get("REMOTE_ADDR", ""))


class ClientAddressMiddleware:
    """REMOTE_ADDR becomes the address that the proxy saw: the audit log and the limit on guessed logins go by it.

    Used in production only, where nothing but the proxy reaches the product and the proxy sets X-Real-IP itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if address := request.META.get("HTTP_X_REAL_IP"):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)
