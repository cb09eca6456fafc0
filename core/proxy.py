"""The address of a request's client behind the production proxy, and the network that counts as one caller."""

import ipaddress
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# An IPv6 customer has at least 2^64 addresses, and may use another one for each request.
IPV6_PREFIX = 64


def network_of(address: str) -> str:
    """Return the first address of the network that counts as one caller: the /64 of an IPv6 address; an IPv4 address, or a text
    that is no address, itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False).network_address)


def caller_of(request: HttpRequest) -> str:
    """Return the network that a request comes from; limits on password guessing count by it."""
    return network_of(request.META.get("REMOTE_ADDR", ""))


def is_within(request: HttpRequest, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Return whether a request comes from one of the networks."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


class ClientAddressMiddleware:
    """Set REMOTE_ADDR to the address that the proxy saw: the audit log and the limit on guessed passwords use it.

    Used in production only, where only the proxy reaches the product and the proxy sets X-Real-IP itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if address := request.META.get("HTTP_X_REAL_IP"):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)
