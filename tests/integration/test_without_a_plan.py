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


@pytest.mark.parametrize("address", ["/", "/tong-quan/", "/du-an/", "/ky-bao-cao/", "/bao-cao/xem-truoc/"])
def test_what_comes_next_is_said(first, address):
    answer = first.get(address, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.redirect_chain == [("/thiet-lap/", 302)]
    assert 'href="/thiet-lap/tinh/"' in page


def test_a_person_of_another_role_meets_no_broken_page(client, db):
    user = User.objects.create_user("can-bo", password="mật khẩu của bài kiểm thử 2023")
    accounts.set_roles(user=user, roles=["focal"])
    client.force_login(user)
    answers = {address: client.get(address).status_code for address in set(addresses(get_resolver().url_patterns))}
    assert {address: status for address, status in answers.items() if status >= 500} == {}


# Pages that are of no plan, for everybody; `/kiem-tra/` verifies a printed sheet.
WITHOUT_A_PLAN = {
    "/api/v1/openapi.json",  # the description of the API
    "/ban-nhap/",  # one's own unsent texts, for a script
    "/dang-nhap/",
    "/dang-xuat/",
    "/kiem-tra/",
    "/ngoai-tuyen.js",  # the worker that keeps entry sheets, the page that it shows, what installs it: nobody's
    "/ngoai-tuyen/",
    "/ung-dung.webmanifest",
    "/san-sang/",
    "/song/",
    "/tai-khoan/",
    "/tai-khoan/ma-xac-thuc/",
    "/tai-khoan/mat-khau/",
    "/thiet-lap/",
    "/thong-bao/",
    "/cong-viec/",
    "/da-luu/",
    "/huong-dan/",
    "/huong-dan/tap-nhap/",
    "/ket-noi/",
    "/ket-noi/tai-lieu/",
}


@pytest.mark.parametrize("role", ["focal", "reviewer", "leader"])
def test_everybody_else_is_told_that_the_system_is_being_set_up(client, db, role):
    user = User.objects.create_user("can-bo", password="mật khẩu của bài kiểm thử 2023")
    accounts.set_roles(user=user, roles=[role])
    client.force_login(user)
    open_pages = set()
    for address in sorted(set(addresses(get_resolver().url_patterns))):
        answer = client.get(address, follow=True)
        if answer.status_code == 200:
            open_pages.add(answer.request["PATH_INFO"])
    assert open_pages - WITHOUT_A_PLAN == set()
    assert "Hệ thống đang được thiết lập" in client.get("/", follow=True).content.decode()
