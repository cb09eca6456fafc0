"""The page on which accounts are opened for many agencies at once."""

import pytest
from django.test import Client

from agencies.models import Agency, Level, User
from agencies.roles import Role
from agencies.views import bulk_accounts
from tests import factories, worlds
from tests.page import words

PAGE = "/tai-khoan/cap/"


@worlds.shared(at=factories.AT, stays=True)
def people():
    """People by role in a tree of two districts with two communes each."""
    tree = factories.make_tree(departments=1, districts=2, communes=2)
    return {
        "admin": factories.person("quantri", tree["s1"], Role.ADMIN, Role.FOCAL, is_staff=True, is_superuser=True),
        "standing": factories.person("khanh", tree["s1"], Role.STANDING),
        "focal": factories.person("an", tree["x11"], Role.FOCAL),
        "leader": factories.person("lam", tree["tinh"], Role.LEADER),
    }


@pytest.fixture
def as_person(client, people):
    """`as_person("admin")` gives a client logged in as that person."""

    def go(name):
        client.force_login(people[name])
        return client

    return go


@pytest.mark.parametrize("name", ["standing", "focal", "leader"])
def test_the_page_does_not_exist_for_others(as_person, name):
    assert as_person(name).get(PAGE).status_code == 404
    assert as_person(name).post(PAGE, {"act": "open", "co-quan": ["x12"]}).status_code == 404
    assert not User.objects.filter(username="x12").exists()


def test_accounts_are_opened_and_printed(as_person, django_assert_max_num_queries):
    admin = as_person("admin")
    page = admin.get(PAGE)
    assert "h1 Đầu mối, Người duyệt" in words(page)
    assert "5 đơn vị chưa có đầu mối" in words(page) and "Đơn vị h1: 2 tài khoản sẽ mở" in words(page)
    assert "Cấp tài khoản" in page.content.decode().partition("<footer")[2]
    answer = admin.post(PAGE, {"act": "open", "co-quan": ["h1", "x12", "x21"]})
    said = words(answer)
    assert "Đã cấp 3 tài khoản" in said and "Dùng đến hết ngày 23/08/2023" in said
    assert answer.content.decode().count('<section class="slips"') == 2  # h1 with x12; h2's x21
    assert "no-store" in answer["Cache-Control"]
    again = admin.post(PAGE, {"act": "open", "co-quan": ["h1", "x12", "x21"]}, follow=True)
    assert "Chưa cấp gì" in words(again) and "2 đơn vị chưa có đầu mối" in words(again)
    assert "3 tài khoản chưa đặt mật khẩu" in words(again) and "23/08/2023" in words(again)
    renewed = admin.post(PAGE, {"act": "renew", "tai-khoan": ["x12"]})
    assert "Đã cấp 1 tài khoản" in words(renewed)
    with django_assert_max_num_queries(14):
        admin.get(PAGE)


def test_the_code_leads_to_a_password_of_ones_own(as_person, client):
    answer = as_person("admin").post(PAGE, {"act": "open", "co-quan": ["x12"]})
    code = answer.context["sheets"][0][1][0].code
    client.logout()
    entered = client.post("/dang-nhap/", {"username": "x12", "password": code}, follow=True)
    assert entered.redirect_chain[-1][0].startswith("/tai-khoan/mat-khau/")
    said = words(entered)
    assert "Mã trên phiếu chỉ mở được một lần" in said and "Mã một lần trên phiếu" in said and "Mật khẩu cũ" not in said
    # Typed again, in this browser or another, it opens nothing; the first session goes on.
    again = Client().post("/dang-nhap/", {"username": "x12", "password": code})
    assert again.status_code == 200 and "đã được dùng" in words(again) and "cấp mã mới" in words(again)
    assert "đã được dùng" not in words(Client().post("/dang-nhap/", {"username": "x12", "password": "sai"}))
    listed = words(as_person("admin").get(PAGE))
    assert "1 tài khoản chưa đặt mật khẩu" in listed and "Đã dùng 09:00" in listed


def test_who_has_chosen_the_first_password_goes_on_to_their_work(as_person):
    code = as_person("admin").post(PAGE, {"act": "open", "co-quan": ["x12"]}).context["sheets"][0][1][0].code
    browser = Client()
    browser.post("/dang-nhap/", {"username": "x12", "password": code})
    first, second = "lúa chín trên đồng xa", "trăng lên trên bến vắng"

    def chosen(old, new):
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        return browser.post("/tai-khoan/mat-khau/", form)["Location"]

    assert chosen(code, first) == "/"
    assert chosen(first, second) == "/tai-khoan/"


def test_communes_without_a_district_stand_on_the_sheet_of_their_kind():
    province = Agency(code="t", name="UBND tỉnh Hoa Lâm", level=Level.PROVINCE)
    district = Agency(code="h", name="UBND huyện Đồng Mộc", level=Level.DISTRICT, parent=province)
    titles = [
        bulk_accounts.sheet_of(Agency(code="x", name=name, level=Level.COMMUNE, parent=parent))
        for name, parent in (
            ("UBND xã An Bình", province),
            ("UBND phường Vân Nham", province),
            ("UBND đặc khu Hòn Vọng", province),
            ("UBND xã An Bình", district),
        )
    ]
    assert titles == ["Các xã", "Các phường", "Các đặc khu", "UBND huyện Đồng Mộc"]
