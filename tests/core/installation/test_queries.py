"""The province's own facts: read once in seconds, empty before the setup."""

import pytest
from django.db import DatabaseError

from core.installation import queries
from core.installation.models import Installation
from core.installation.services import load_installation, store_logo

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(monkeypatch):
    """The row is read as a process of the product does."""
    monkeypatch.setattr(queries, "_current", Installation())
    monkeypatch.setattr(queries, "SECONDS", 5)
    queries.forget()


def test_before_the_setup_nothing_of_a_province_is_said(stored):
    empty = queries.current()
    assert (empty.title, empty.system_name, empty.committee) == ("Chuyển đổi số", "Chuyển đổi số", "")
    assert empty.source == "theo dõi kế hoạch chuyển đổi số"
    assert empty.support == "quản trị hệ thống"
    assert empty.support_line == "quản trị hệ thống, giờ hành chính"
    assert empty.administration == "Quản trị hệ thống Chuyển đổi số"


def test_a_province_is_named_everywhere_alike(stored):
    facts = {
        "province": "tỉnh Hoa Lâm",
        "system_name": "Hoa Lâm số",
        "standing_agency": "Sở Khoa học và Công nghệ",
        "support_phone": "0201 555 123",
    }
    assert load_installation(facts) == 1
    assert load_installation(facts | {"system_name": "Khác"}) == 0  # what people changed since stays
    province = queries.current()
    assert (province.title, province.committee) == ("Chuyển đổi số tỉnh Hoa Lâm", "UBND tỉnh Hoa Lâm")
    assert province.support == "quản trị của Sở Khoa học và Công nghệ (điện thoại 0201 555 123)"
    assert province.support_line == "Sở Khoa học và Công nghệ, giờ hành chính, điện thoại 0201 555 123"
    assert province.administration == "Quản trị hệ thống Hoa Lâm số"


def test_the_row_is_read_once_in_seconds(stored, django_assert_num_queries):
    with django_assert_num_queries(1):
        queries.current()
        queries.current()
    queries.forget()
    with django_assert_num_queries(1):
        queries.current()


def test_where_the_database_fails_the_last_facts_stay(stored, monkeypatch):
    load_installation({"province": "tỉnh Hoa Lâm"})
    assert queries.current().province == "tỉnh Hoa Lâm"
    queries.forget()

    def fail(*names):
        raise DatabaseError

    monkeypatch.setattr(Installation.objects, "defer", fail)
    assert queries.current().province == "tỉnh Hoa Lâm"


def test_the_logo_has_an_address_that_names_its_content(client, stored):
    row = Installation(province="tỉnh Hoa Lâm")
    store_logo(row, b"a picture", "image/png")
    row.save()
    digest = row.logo_digest
    answer = client.get(f"/bieu-trung/{digest}/")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"a picture", "image/png")
    assert "immutable" in answer["Cache-Control"]
    assert f'src="/bieu-trung/{digest}/"' in client.get("/dang-nhap/").content.decode()
    assert client.get("/bieu-trung/0123456789abcdef/").status_code == 404
    store_logo(row, None)
    row.save()
    assert client.get(f"/bieu-trung/{digest}/").status_code == 404


def test_the_hours_of_help_are_the_provinces(stored):
    load_installation({"province": "tỉnh Hoa Lâm", "support_phone": "0201 555 123", "support_hours": "7:30 đến 17:00"})
    assert queries.current().support_line == "quản trị hệ thống, 7:30 đến 17:00, điện thoại 0201 555 123"
