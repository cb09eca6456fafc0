"""An installation into which nothing was loaded yet: its first administrator meets no broken page and is told what comes next."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from agencies.models import User
from agencies.services import accounts

pytestmark = pytest.mark.once


def addresses(patterns, prefix=""):
    """Addresses without a parameter, of the product alone."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if "<" in route or "(" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield "/" + route


@pytest.fixture
def first(client, db):
    """The first administrator, signed in."""
    user = User.objects.create_superuser("dau-tien", "a@example.vn", "mật khẩu của bài kiểm thử 2023")
    client.force_login(user)
    return client


def test_no_page_is_broken_while_nothing_is_loaded(first):
    answers = {
        address: first.get(address).status_code
        for address in sorted(set(addresses(get_resolver().url_patterns)))
        if not address.startswith(("/dang-xuat", "/song", "/san-sang"))
    }
    assert len(answers) > 30
    assert {address: status for address, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("address", ["/", "/tong-quan/", "/du-an/", "/ky-bao-cao/", "/bao-cao/xem/"])
def test_what_comes_next_is_said(first, address):
    answer = first.get(address, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "chưa có kế hoạch nào" in page
    assert 'href="/quan-tri/"' in page


def test_a_person_of_another_role_meets_no_broken_page(client, db):
    user = User.objects.create_user("can-bo", password="mật khẩu của bài kiểm thử 2023")
    accounts.set_roles(user=user, roles=["focal"])
    client.force_login(user)
    answers = {address: client.get(address).status_code for address in set(addresses(get_resolver().url_patterns))}
    assert {address: status for address, status in answers.items() if status >= 500} == {}
