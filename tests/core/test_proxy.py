"""The address of a request's client behind the proxy."""

import pytest
from django.http import HttpRequest

from core.proxy import ClientAddressMiddleware, network_of


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"HTTP_X_REAL_IP": "203.113.5.7"}, "203.113.5.7"),
        ({}, "172.18.0.5"),
        ({"HTTP_X_FORWARDED_FOR": "203.113.5.7"}, "172.18.0.5"),
    ],
)
def test_the_address_is_the_one_that_the_proxy_saw(sent, expected):
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "172.18.0.5", **sent}
    assert ClientAddressMiddleware(lambda request: request.META["REMOTE_ADDR"])(request) == expected


def test_a_machine_without_proxy_believes_no_header(settings):
    assert "core.proxy.ClientAddressMiddleware" not in settings.MIDDLEWARE


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.113.5.7", "203.113.5.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:0DB8::1", "2001:db8::"),
        ("::ffff:203.113.5.7", "203.113.5.7"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_a_network_that_counts_as_one_caller(address, network):
    assert network_of(address) == network
