"""Saved pages, over the small province (tests/reports/conftest.py)."""

import pytest

from reports.dashboards import saved_views
from reports.models import SavedView
from tests.page import words

pytestmark = pytest.mark.once

HERE = "/da-luu/"
MATRIX = "/ma-tran/?nhom=xa&ky=2023-07&so-lieu=tam-tinh"


@pytest.fixture
def keep(as_person):
    """`keep("lam", "Xã yếu", MATRIX)`: a person saves a page; the response after it."""

    def go(name, title, address=MATRIX, **more):
        return as_person(name).post(HERE, {"ten": title, "trang-nay": address, **more}, follow=True)

    return go


def addresses(name):
    return list(SavedView.objects.filter(user__username=name).values_list("name", "address"))


def test_a_page_is_kept_with_its_filters(keep, as_person):
    assert "Đã lưu trang “Xã yếu”." in keep("lam", "  Xã   yếu ").content.decode()
    assert addresses("lam") == [("Xã yếu", MATRIX)]
    html = as_person("lam").get(HERE).content.decode()
    assert 'href="/ma-tran/?nhom=xa&amp;ky=2023-07&amp;so-lieu=tam-tinh"' in html
    assert as_person("lam").get(MATRIX).status_code == 200


def test_a_page_can_follow_the_newest_period(keep):
    keep("lam", "Mới nhất", **{"moi-nhat": "1"})
    assert addresses("lam") == [("Mới nhất", "/ma-tran/?nhom=xa&so-lieu=tam-tinh")]


@pytest.mark.parametrize("address", ["/tong-quan/?ky=2023-07&tru-cot=I", "/muc-tieu/I.1/?node=h1", "/du-an/"])
def test_every_page_leads_here_with_its_own_address(as_person, address):
    lam = as_person("lam")
    link = lam.get(address).content.decode().split('href="/da-luu/?trang-nay=', 1)[1].split('"')[0]
    page = lam.get(f"{HERE}?trang-nay={link}").content.decode()
    assert f'<input type="hidden" name="trang-nay" value="{address.replace("&", "&amp;")}">' in page
    assert SavedView.objects.count() == 0


# Whose


def test_others_neither_see_nor_change_it(keep, as_person):
    # an, his colleague binh, and cuc of another district.
    keep("an", "Của An", "/tong-quan/")
    view = SavedView.objects.get()
    assert "Của An" in words(as_person("an").get(HERE))
    for name in ("binh", "cuc", "lam", "quan"):
        other = as_person(name)
        assert "Của An" not in words(other.get(HERE))
        for act in ({"viec": "xoa"}, {"viec": "doi-ten", "ten": "Cướp"}):
            assert other.post(f"{HERE}{view.pk}/", act).status_code == 404
    assert addresses("an") == [("Của An", "/tong-quan/")]


def test_whoever_is_not_logged_in_is_asked_to(client, province):
    assert client.get(HERE).status_code == client.post(HERE).status_code == client.post(f"{HERE}1/").status_code == 302


def test_two_people_may_use_one_name_but_nobody_twice(keep):
    keep("an", "Xã tôi"), keep("binh", "Xã tôi")
    again = keep("an", "Xã tôi", "/tong-quan/")
    assert again.status_code == 400 and "Đã có một trang lưu tên “Xã tôi”. Chọn tên khác." in words(again)
    assert addresses("an") == addresses("binh") == [("Xã tôi", MATRIX)]


# Renamed, dropped


def test_it_is_renamed_and_dropped(keep, as_person):
    keep("an", "Cũ"), keep("an", "Khác")
    an, view = as_person("an"), SavedView.objects.get(name="Cũ")
    at = f"{HERE}{view.pk}/"
    assert (
        "Đã đổi tên “Cũ” thành “Mới”." in an.post(at, {"viec": "doi-ten", "ten": "Mới"}, follow=True).content.decode()
    )
    assert (
        "Đã có một trang lưu tên “Khác”"
        in an.post(at, {"viec": "doi-ten", "ten": "Khác"}, follow=True).content.decode()
    )
    assert "Chưa có tên" in an.post(at, {"viec": "doi-ten", "ten": " "}, follow=True).content.decode()
    assert [name for name, _ in addresses("an")] == ["Mới", "Khác"]
    assert an.get(at).status_code == 405
    assert "Đã xóa “Mới” khỏi các trang đã lưu." in an.post(at, {"viec": "xoa"}, follow=True).content.decode()
    assert addresses("an") == [("Khác", MATRIX)] and an.post(at, {"viec": "xoa"}).status_code == 404


# What can be kept


@pytest.mark.parametrize(
    "address",
    [
        "",
        "tong-quan/",
        "https://ke-xau.example/tong-quan/",
        "//ke-xau.example/tong-quan/",
        "/\\ke-xau.example/",
        "javascript:alert(1)",
        "/khong-co/",
        "/dang-xuat/",
        "/quan-tri/",
        "/da-luu/",
        "/tong-quan/tep/xlsx/",
        "/tong-quan/\n?ky=2023-07",
        "/tong-quan/\x00",
        "/tong-quan/?ky=" + "9" * 600,
        "/[/",
    ],
)
def test_what_is_no_page_of_figures_is_not_kept(keep, as_person, address):
    assert saved_views.address_of(address) is None
    answer = keep("lam", "Xấu", address)
    assert answer.status_code == 400 and "không lưu được" in words(answer) and addresses("lam") == []
    assert as_person("lam").get(HERE, {"trang-nay": address}).status_code == 200


def test_what_passes_is_left_out():
    address = saved_views.address_of("/ma-tran/?nhom=xa&trang=3&ky=2023-07")
    assert (address.full, address.period, address.of_newest) == (
        "/ma-tran/?nhom=xa&ky=2023-07",
        "2023-07",
        "/ma-tran/?nhom=xa",
    )
    other = saved_views.address_of("/ma-tran/?nhom=xa&ky=ai-2023.2023-08")
    assert (other.of_newest, other.period_words) == (
        "/ma-tran/?nhom=xa&ke-hoach=ai-2023",
        "tháng 8 năm 2023 (kế hoạch ai-2023)",
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/ma-tran/?nhom=xa&xep=thu-tu", "Ma trận, Cấp xã"),
        ("/ma-tran/?nhom=h1&tru-cot=&to=xau&o=so", "Ma trận, H. Một, chỉ cần chú ý, nguy cơ, không đạt, kèm giá trị"),
        ("/muc-tieu/I.1/?node=h1&ky=2023-07&so-lieu=tam-tinh", "Chỉ tiêu I.1, H. Một, số tạm tính"),
        ("/muc-tieu/I.1/?node=@communes", "Chỉ tiêu I.1, đơn vị cấp xã"),
        ("/muc-tieu/I.1/?node=rieng:h1", "Chỉ tiêu I.1, số riêng của H. Một"),
        ("/muc-tieu/I.1/thay-doi/?so-voi=2023-05", "Vì sao thay đổi chỉ tiêu I.1, so với tháng 5 năm 2023"),
        ("/co-quan/x11/", "Cơ quan, X11, H. Một"),
        ("/co-quan/?phieu=chua-nop", "Cơ quan, phiếu chưa nộp"),
        ("/so-sanh/?muc-tieu=I.1&co-quan=h1,s1&xep=tot", "So sánh, I.1, H. Một, S1"),
        ("/tong-quan/?tru-cot=III&sap-xep=han", "Tổng quan, trụ cột III, hạn gần trước"),
        ("/du-an/?tinh-trang=overdue&nhom=I", "Dự án, quá hạn, I"),
        ("/tim/?q=ho+so", "Tìm, “ho so”"),
        ("/ma-tran/?khac=h9", "Ma trận, h9"),
    ],
)
def test_what_is_kept_is_told_in_the_words_of_its_page(province, address, words):
    assert saved_views.address_of(address, saved_views.names_for(province.people["lam"])).suggestion == words


def test_names_are_those_that_the_reader_may_open(as_person, province):
    page = words(as_person("an").get(HERE, {"trang-nay": "/ma-tran/?nhom=h2&ky=2023-07"}))
    assert "Ma trận, h2, kỳ tháng 7 năm 2023" in page and "không giữ kỳ tháng 7 năm 2023" in page


def test_a_name_is_only_text_and_not_too_long(keep, as_person):
    keep("lam", "<b>đậm</b>")
    html = as_person("lam").get(HERE).content.decode()
    assert "&lt;b&gt;đậm&lt;/b&gt;" in html and "<b>đậm" not in html
    assert "Tên dài quá 80 chữ" in words(keep("lam", "a" * 81))
    assert len(addresses("lam")) == 1


def test_there_is_an_end_to_it(keep, province, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    keep("lam", "1"), keep("lam", "2")
    assert "Mỗi người lưu nhiều nhất 2 trang" in words(keep("lam", "3"))
    assert len(addresses("lam")) == 2


def test_looking_changes_nothing_and_queries_do_not_grow(keep, as_person, django_assert_num_queries):
    keep("lam", "1")
    lam = as_person("lam")
    lam.get(HERE)
    # 3 who reads, 1 what agencies are called, 1 what he keeps, 1 the frame.
    with django_assert_num_queries(6):
        lam.get(HERE)
    for n in range(2, 6):
        keep("lam", str(n))
    with django_assert_num_queries(6):
        lam.get(f"{HERE}?trang-nay=/tong-quan/")
    assert SavedView.objects.count() == 5
