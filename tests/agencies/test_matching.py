"""Agencies named in words: one is found, or candidates are offered, never a guess."""

import unicodedata

import pytest

from agencies.matching import AgencyMatcher, UnknownAgency, spelled
from agencies.models import Agency, Level

pytestmark = pytest.mark.once


def agency(code, name, short_name, level=Level.COMMUNE, parent=None, aliases=""):
    return Agency(code=code, name=name, short_name=short_name, level=level, parent=parent, aliases=aliases)


TOWN = agency("h1", "UBND thành phố Hòa Bình", "TP Hòa Bình", Level.DISTRICT)
DISTRICT = agency("h2", "UBND huyện Nam Sách", "H. Nam Sách", Level.DISTRICT)
MATCHER = AgencyMatcher(
    [
        TOWN,
        DISTRICT,
        agency("stttt", "Sở Thông tin và Truyền thông", "Sở TT&TT", Level.DEPARTMENT, aliases="Sở TTTT|Sở 4T"),
        agency("svh", "Sở Văn hóa, Thể thao và Du lịch", "Sở VHTT&DL", Level.DEPARTMENT),
        agency("x1", "UBND xã An Sơn", "X. An Sơn", parent=TOWN),
        agency("x2", "UBND xã An Sơn", "X. An Sơn", parent=DISTRICT),
        agency("x3", "UBND thị trấn Nam Sách", "TT Nam Sách", parent=DISTRICT),
        agency("x4", "UBND phường Đồng Lạc", "P. Đồng Lạc", parent=TOWN),
    ]
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stttt", "stttt"),
        (" STTTT ", "stttt"),
        ("Sở TTTT", "stttt"),
        ("sở thông tin và truyền thông", "stttt"),
        ("Sở Văn hoá, Thể thao và Du lịch", "svh"),
        ("TP. Hoà Bình", "h1"),
        ("tp Hòa Bình", "h1"),
        ("Thành phố Hòa Bình", "h1"),
        ("UBND TP Hòa Bình", "h1"),
        (unicodedata.normalize("NFD", "Ủy ban nhân dân thành phố Hòa Bình"), "h1"),
        ("Huyện Nam Sách", "h2"),
        ("H.Nam Sách", "h2"),
        ("TT. Nam Sách", "x3"),
        ("Phường \u00d0ồng Lạc", "x4"),
        ("P. Đồng Lạc", "x4"),
        ("xã An Sơn, huyện Nam Sách", "x2"),
        ("X. An Sơn (TP Hòa Bình)", "x1"),
        ("X. An Sơn - Nam Sách", "x2"),
    ],
)
def test_one_is_found(text, code):
    assert MATCHER.find(text).code == code


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("Xã An Sơn", ["x1", "x2"]),
        ("So Thong tin va Truyen thong", ["stttt"]),
        ("Sở Thông tin và Truyền thôn", ["stttt"]),
        ("Nam Sách", []),
        ("xã An Sơn, huyện Lạ", []),
        ("@nobody", []),
    ],
)
def test_candidates_are_offered_and_none_is_taken(text, candidates):
    with pytest.raises(UnknownAgency) as unknown:
        MATCHER.find(text)
    assert [candidate.code for candidate in unknown.value.candidates] == candidates


def test_the_message_names_the_codes():
    with pytest.raises(UnknownAgency) as unknown:
        MATCHER.find("Xã An Sơn")
    assert str(unknown.value) == (
        "Không có cơ quan, đơn vị “Xã An Sơn”. Có phải: x1 (UBND xã An Sơn, thành phố Hòa Bình); "
        "x2 (UBND xã An Sơn, huyện Nam Sách)? Ghi mã."
    )


def test_an_electronic_code_names_its_agency_and_a_code_of_two_meanings_none():
    province = agency("tinh", "UBND tỉnh", "Tỉnh", Level.PROVINCE)
    district = agency("h23", "UBND huyện Lạ", "H. Lạ", Level.DISTRICT)
    province.electronic_code, district.electronic_code = "H23", "H23.40"
    matcher = AgencyMatcher([province, district])
    assert (matcher.find("h23.40"), matcher.find("h23")) == (district, district)
    with pytest.raises(UnknownAgency) as unknown:
        matcher.find("H23")
    assert unknown.value.candidates == [district, province]
    province.electronic_code = "H99"
    matcher.add(province)
    assert (matcher.find("H23"), matcher.find("H99")) == (district, province)


def test_two_agencies_may_change_their_electronic_codes_for_each_other():
    one, other = agency("x1", "UBND xã Một", "X. Một"), agency("x2", "UBND xã Hai", "X. Hai")
    one.electronic_code, other.electronic_code = "H23.01", "H23.02"
    matcher = AgencyMatcher([one, other])
    one.electronic_code, other.electronic_code = "H23.02", "H23.01"
    matcher.add(one)
    matcher.add(other)
    assert (matcher.find("H23.02"), matcher.find("H23.01")) == (one, other)


def test_a_renamed_agency_is_no_longer_found_by_its_old_name():
    one = agency("x9", "UBND xã Cũ", "X. Cũ", parent=TOWN)
    matcher = AgencyMatcher([one])
    one.name, one.short_name = "UBND xã Mới", "X. Mới"
    matcher.add(one)
    assert matcher.find("Xã Mới") is one
    with pytest.raises(UnknownAgency):
        matcher.find("Xã Cũ")


def test_a_confirmed_name_means_its_agency_also_where_several_bear_it():
    first, second = (agency(f"x{place}", "UBND xã An Sơn", "X. An Sơn") for place in (1, 2))
    sure = AgencyMatcher([first, second], {spelled("xã an sơn"): second.code, spelled("sở cũ"): "gone"})
    assert sure.find("X. An Sơn") is second and sure.find("x1") is first
    with pytest.raises(UnknownAgency):  # the agency that it meant is not in this tree
        sure.find("Sở cũ")


def test_who_bore_a_name_is_found_where_nobody_bears_it_now():
    """x1 was called xã Cũ, and once xã An Hạ, as x5 is now; h2 was huyện Sông Thương."""
    now = [DISTRICT, agency("x1", "UBND xã Mới", "X. Mới", parent=DISTRICT), agency("x5", "UBND xã An Hạ", "X. An Hạ")]
    days = [("UBND xã Cũ", "x1"), ("UBND xã An Hạ", "x1"), ("UBND huyện Sông Thương", "h2"), ("UBND xã Cũ", "gone")]
    matcher = AgencyMatcher(now, other_days=days)
    assert [matcher.find(name).code for name in ("xã Cũ", "UBND xã An Hạ", "X. Mới")] == ["x1", "x5", "x1"]
    assert matcher.find("xã Cũ, huyện Sông Thương").code == "x1"
    both = AgencyMatcher(now, other_days=[*days, ("xã Cũ", "x5")])
    with pytest.raises(UnknownAgency) as refused:
        both.find("X. Cũ")
    assert [one.code for one in refused.value.candidates] == ["x1", "x5"]
