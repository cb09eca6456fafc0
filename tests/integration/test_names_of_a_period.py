"""A page shows agencies by the names and in the places that they had in the period shown.

From 1 August x11 is called *P. Mới* and h1 *H. Đổi Tên*, s1 *Sở Mới*, and x12 belongs to h2: July's window ended on 14 July,
August's on 14 August.
"""

import datetime as dt

import pytest

from agencies.as_of import AsOf
from agencies.models import Agency
from indicators.models import Submission
from indicators.reorganisation import services
from indicators.rollups import engine
from reports.documents import composition
from reports.documents.data import progress
from reports.documents.data.contributions import contributions
from tests.page import words

pytestmark = pytest.mark.once

FIRST = dt.date(2023, 8, 1)
OLD = {"x11": "X11", "h1": "H. Một", "s1": "S1"}
NEW = {"x11": "P. Mới", "h1": "H. Đổi Tên", "s1": "Sở Mới"}
FULL = {"x11": "UBND phường Mới", "h1": "UBND huyện Đổi Tên", "s1": "Sở Mới"}


@pytest.fixture
def renamed(province):
    khanh = province.people["khanh"]
    for code, name in NEW.items():
        services.rename_agency(
            agency=province.tree[code], name=FULL[code], short_name=name, from_day=FIRST, by=khanh, reason="NQ 1."
        )
    services.move_agency(
        agency=province.tree["x12"], parent=province.tree["h2"], from_day=FIRST, by=khanh, reason="NQ 1."
    )
    engine.rebuild(province.plan)
    return province


PAGES = {
    "/muc-tieu/I.1/?node=h1": ["x11", "h1"],
    "/muc-tieu/I.1/?node=x11": ["x11", "h1"],
    "/muc-tieu/I.2/?": ["s1"],
    "/muc-tieu/I.1/giai-thich/?": ["x11", "h1"],
    "/muc-tieu/I.1/giai-thich/?node=x11": ["x11", "h1"],
    "/muc-tieu/I.1/thay-doi/?": ["x11", "h1"],
    "/co-quan/?": ["x11", "h1", "s1"],
    "/co-quan/h1/?": ["x11"],
    "/co-quan/x11/?": ["x11", "h1"],
    "/ma-tran/?nhom=tat-ca": ["x11", "h1", "s1"],
    "/so-sanh/?muc-tieu=I.1": ["h1"],
    "/so-sanh/?muc-tieu=I.1&co-quan=x11,h2": ["x11"],
    "/xep-hang/?": ["x11", "h1", "s1"],
    "/tong-quan/?": ["h1"],
    "/duyet/?xem=da-duyet": ["h1", "s1"],
}


@pytest.mark.parametrize("address", PAGES)
def test_names_of_then(renamed, as_person, address):
    july, august = (words(as_person("khanh").get(f"{address}&ky=2023-{month:02d}")) for month in (7, 8))
    for code in PAGES[address]:
        assert OLD[code] in july or f"Đơn vị {code}" in july
        assert NEW[code] in august or FULL[code] in august
    july, august = (page.split("Thay đổi tổ chức")[0] for page in (july, august))
    for code in NEW:
        assert NEW[code] not in july
        assert FULL[code] not in july
        assert f" {OLD[code]} " not in august
        assert f"Đơn vị {code} " not in august


def test_a_commune_stands_under_the_district_of_then(renamed, as_person):
    def listed(node, month):
        page = words(as_person("khanh").get(f"/muc-tieu/I.1/?node={node}&ky=2023-{month:02d}"))
        return page.split("Theo cấp và địa bàn", 1)[1]

    assert " X12 " in listed("h1", 7) and " X12 " not in listed("h2", 7)
    assert " X12 " in listed("h2", 8) and " X12 " not in listed("h1", 8)
    explained = [words(as_person("khanh").get(f"/muc-tieu/I.1/giai-thich/?ky=2023-0{month}")) for month in (7, 8)]
    assert "X12, H. Một" in explained[0]
    assert "X12, H2" in explained[1]


def test_a_report_of_a_period_names_its_agency_of_then(renamed, as_person):
    for month, name in ((7, "Đơn vị x11"), (8, "UBND phường Mới")):
        report = Submission.objects.get(agency=renamed.tree["x11"], period__number=month)
        for address in (f"/duyet/{report.pk}/", f"/duyet/{report.pk}/I.1/"):
            assert name in words(as_person("khanh").get(address)), address
    july = Submission.objects.get(agency=renamed.tree["x11"], period__number=7)
    assert "phường Mới" not in words(as_person("khanh").get(f"/duyet/{july.pk}/"))
    assert "Đơn vị x11" in words(as_person("an").get("/nhap-so-lieu/2023-07/da-nop/"))
    assert "UBND phường Mới" in words(as_person("an").get("/nhap-so-lieu/2023-08/da-nop/"))


def test_a_printed_report_says_who_moved_a_figure_by_the_names_of_then(province):
    """h1 is called otherwise from 15 August, the day after August's window."""
    khanh, day = province.people["khanh"], dt.date(2023, 8, 15)
    services.rename_agency(
        agency=province.tree["h1"],
        name="UBND huyện Mười Lăm",
        short_name="H. Mười Lăm",
        from_day=day,
        by=khanh,
        reason="NQ 1.",
    )
    engine.rebuild(province.plan)
    _, asked = composition.find(province.plan, "tien-do", "2023-08", "toan-tinh", "chinh-thuc")
    told = contributions(asked, progress.build(asked, khanh).lines)
    names = {name for one in told for name, _ in one.parts}
    assert "Đơn vị h1" in names and not any("Mười Lăm" in name for name in names)


def test_showing_saves_nothing_and_asks_little(renamed, django_assert_num_queries):
    with django_assert_num_queries(2):
        then = AsOf(dt.date(2023, 7, 14))
    agencies = list(Agency.objects.select_related("parent"))
    with django_assert_num_queries(0):
        then.apply_to(agencies)
    assert {agency.code: agency.place_name for agency in agencies if agency.code[0] == "x"} == {
        "x11": "X11, H. Một",
        "x12": "X12, H. Một",
        "x21": "X21, H2",
        "x22": "X22, H2",
    }
    kept = renamed.tree["x11"]
    kept.refresh_from_db()
    assert then.of(kept).short_name == "X11"
    assert kept.short_name == "P. Mới"


def test_the_names_of_today_cost_one_query(province, django_assert_num_queries):
    with django_assert_num_queries(1):
        AsOf(dt.date(2023, 7, 14)).apply_to([province.tree["x11"]])
