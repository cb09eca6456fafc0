"""Head of an agency's document: its place, and its symbol with the Đ of its name."""

from types import SimpleNamespace

import pytest

from agencies.models import Level
from reports.documents.data.place_names import is_commemorative
from reports.documents.data.progress import issuer_of

pytestmark = pytest.mark.once

PROVINCE = SimpleNamespace(name="UBND tỉnh Hải Dương")


def issuer(code, name, level, parent=PROVINCE):
    agency = SimpleNamespace(code=code, name=name, level=level, parent=parent)
    return issuer_of(agency, SimpleNamespace(issuer="UBND tỉnh Hải Dương"))


@pytest.mark.parametrize(
    ("code", "name", "symbol"),
    [
        ("sgddt", "Sở Giáo dục và Đào tạo", "BC-SGDĐT"),
        ("sldtbxh", "Sở Lao động - Thương binh và Xã hội", "BC-SLĐTBXH"),
        ("skhdt", "Sở Kế hoạch và Đầu tư", "BC-SKHĐT"),
        ("stttt", "Sở Thông tin và Truyền thông", "BC-STTTT"),
        ("vpubnd", "Văn phòng UBND tỉnh", "BC-VPUBND"),
        ("s1", "Đơn vị s1", "BC-S1"),
    ],
)
def test_a_symbol_has_the_letters_of_the_name(code, name, symbol):
    assert issuer(code, name, Level.DEPARTMENT).symbol == symbol


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("UBND phường Lê Thanh Nghị", "Phường Lê Thanh Nghị"),
        ("UBND xã Lê Lợi", "Xã Lê Lợi"),
        ("UBND phường 7", "Phường 7"),
        ("UBND phường Việt Hoà", "Việt Hoà"),
        ("UBND thị trấn Nam Sách", "Nam Sách"),
    ],
)
def test_a_place_named_after_a_person_keeps_its_kind(name, place):
    made = issuer("x1", name, Level.COMMUNE)
    assert (made.place, made.symbol, made.above) == (place, "BC-UBND", "")


def test_a_department_is_where_the_province_is():
    assert issuer("syt", "Sở Y tế", Level.DEPARTMENT).place == "Hải Dương"
    assert not is_commemorative("Hải Dương")
