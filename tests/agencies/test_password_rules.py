"""Rules of passwords: sequences, repetitions and names make none."""

import random
import time

import pytest
from django.core.exceptions import ValidationError

from agencies.models import Agency, User
from agencies.password_rules import EasyPasswordValidator, core_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("password", "left"),
    [
        ("12345678901234", ""),
        ("abcdefg7654321", ""),
        ("qwertyuiopasdf", ""),
        ("aaaaaaaaaaaaaa", ""),
        ("Mật khẩu 123456", ""),
        ("MatkhauMatkhau", ""),
        ("xy7xy7xy7xy7xy7", "xy7"),
        ("Anh yêu em 2023", "2023"),
        ("đồng lúa chín vàng", "dongluachinvang"),
        ("Tôi tên là 7", "toitenla7"),
    ],
)
def test_what_is_left(password, left):
    assert core_of(password) == left


def test_a_password_of_pages_takes_no_time():
    """Anybody who is signed in may send one of megabytes; 30.000 signs took eleven seconds of the processor."""
    began = time.process_time()
    assert len(core_of("".join(random.Random(1).choices("bdfghkmtvx248", k=30_000)))) > 100
    assert core_of("a" * 30_000) == ""
    assert time.process_time() - began < 1


def test_names_of_the_account_count_in_any_multiple(db):
    user = User(username="x10543", full_name="Lê Thị Hoa", agency=Agency(code="x10543", name="Xã Thanh Quang"))
    refuse = EasyPasswordValidator().validate
    for password in ("thanhquangthanhquang", "Lê Thị Hoa x10543", "x10543 x10543 x10543", "HoaHoaHoaHoaHoa1"):
        with pytest.raises(ValidationError, match="dễ đoán"):
            refuse(password, user)
    refuse("đồng lúa chín vàng tháng sáu", user)
    refuse("Hoa đi chợ phiên sớm", user)


def test_words_of_the_province_may_be_added(settings):
    from agencies import password_rules

    settings.PASSWORD_WORDS = ["bánh đậu xanh"]
    password_rules.deny_list.cache_clear()
    try:
        assert core_of("Bánh đậu xanh 999") == ""
    finally:
        password_rules.deny_list.cache_clear()
