"""Every page shows every commune, whether communes hang under districts or under the province (`tests.hoa_lam`).

July's figures of the communes add up on paper: with 20 of them Σn = 20·50 + 210 = 1.210 and Σd = 100·210 = 21.000, with 18
Σn = 18·50 + 171 = 1.071 and Σd = 100·171 = 17.100.
"""

import datetime as dt
import re
from io import BytesIO
from types import SimpleNamespace

import pytest
import time_machine
from openpyxl import load_workbook

from agencies.models import Level
from agencies.roles import Role
from indicators.models import Basis, DenominatorUse, Kind, Rollup, Scope, SharedDenominator, Timing
from indicators.rollups import engine
from indicators.selection import Selection, periods_begun
from reports.dashboards import province_map
from reports.dashboards.queries import comparison, overview
from tests import factories, hoa_lam, worlds
from tests.page import words

pytestmark = pytest.mark.once


# I.1 falls due in July.
DUE = dt.date(2023, 6, 30)


def build(structure):
    """The province with its plan, reports of July and August, and people."""
    tree = {}
    for unit in hoa_lam.units(structure):
        tree[unit.code] = factories.agency(
            unit.code, unit.level, tree.get(unit.parent), name=unit.name, short_name=unit.short_name
        )
    plan = factories.make_plan(number="7/KH-UBND")
    communes = [agency for agency in tree.values() if agency.level == Level.COMMUNE]
    target = factories.target(
        plan, "I.1", communes, timing=Timing.STOCK, label="Hồ sơ trên mạng", threshold=20, due=DUE
    )
    yes = factories.target(plan, "I.2", communes, kind=Kind.YES_NO, timing=Timing.STOCK, threshold=100)
    july, august = factories.period(plan, 7), factories.period(plan, 8)
    for number, commune in enumerate(communes, 1):
        factories.report(commune, july, {target: (50 + number, 100 * number), yes: 1})
        if number < len(communes):
            factories.report(commune, august, {target: (51 + number, 100 * number), yes: number % 2})
    engine.rebuild(plan)
    people = {
        "lam": factories.person("lam", tree["ubnd-tinh"], Role.LEADER),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING, Role.ADMIN, is_staff=True),
        "an": factories.person("an", communes[0], Role.FOCAL),
    }
    return SimpleNamespace(tree=tree, plan=plan, communes=communes, target=target, people=people, structure=structure)


@pytest.fixture
def moment():
    with time_machine.travel(factories.AT, tick=False):
        yield


@worlds.shared(at=factories.AT, uses=["moment"])
def two_levels():
    return build("2-cap")


@worlds.shared(at=factories.AT, uses=["moment"])
def three_levels():
    return build("3-cap")


@pytest.fixture(params=["2-cap", "3-cap"])
def world(request):
    return request.getfixturevalue("two_levels" if request.param == "2-cap" else "three_levels")


def opened(client, world, address):
    """The page of an address, for the leader, or for the standing agency where only it may open it."""
    client.force_login(world.people["khanh" if address.startswith(STANDING) else "lam"])
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer


def missing_in(text, agencies):
    """The agencies that a text does not name, by the name without its kind."""
    places = (agency.short_name.partition(" ")[2] for agency in agencies)
    return [place for place in places if place not in text]


STANDING = (
    "/duyet",
    "/mau-so",
    "/ky-bao-cao/sua",
    "/ky-bao-cao/gia-han",
    "/to-chuc",
    "/tai-khoan/cap",
    "/tai-khoan/danh-sach",
    "/cam-ket",
    "/ke-hoach",
)
LISTS = ["/co-quan/", "/ma-tran/?nhom=tat-ca", "/xep-hang/?nhom=xa", "/xep-hang/ket-qua/?nhom=xa"]
BELOW = ["/so-sanh/?muc-tieu=I.1", "/muc-tieu/I.1/", "/co-quan/ubnd-tinh/", "/tong-quan/"]
OTHERS = [
    "/duyet/?xem=da-duyet",
    "/tong-quan/?che-do=man-hinh",
    "/muc-tieu/I.1/giai-thich/",
    "/muc-tieu/I.1/thay-doi/",
    "/muc-tieu/I.1/?node=x01",
    "/muc-tieu/I.1/?node=@communes",
    "/co-quan/x01/",
    "/co-quan/?tim=an binh",
    "/so-sanh/?muc-tieu=I.1&co-quan=x01,x02",
    "/xep-hang/?",
    "/ky-bao-cao/",
    "/ky-bao-cao/sua/",
    "/ky-bao-cao/gia-han/",
    "/bao-cao/",
    "/bao-cao/tien-do/?ky=2023-07",
    "/viec-can-lam/",
    "/tim/?q=binh",
    "/chat-luong/",
    "/chat-luong/chinh-sach-dieu-chinh/",
    "/du-an/",
    "/chi-tieu/",
    "/duyet/",
    "/mau-so/",
    "/to-chuc/",
    "/tai-khoan/cap/",
    "/tai-khoan/danh-sach/?xem=tat-ca",
    "/cam-ket/",
    "/ke-hoach/",
]


def at(address, month):
    return f"{address}{'&' if '?' in address else '?'}ky=2023-{month:02}"


def below(world):
    """The areas directly below the province."""
    return [agency for agency in world.tree.values() if agency.level == Level.DISTRICT] or world.communes


@pytest.mark.parametrize("address", LISTS)
def test_every_list_names_every_commune(client, world, address):
    assert missing_in(words(opened(client, world, at(address, 7))), world.communes) == []


@pytest.mark.parametrize("address", BELOW)
def test_the_areas_below_the_province_are_named(client, world, address):
    assert missing_in(words(opened(client, world, at(address, 8))), below(world)) == []


def test_the_queue_of_who_reviews_the_communes_names_them(client, two_levels):
    assert missing_in(words(opened(client, two_levels, at("/duyet/?xem=da-duyet", 7))), two_levels.communes) == []


def test_the_annex_of_a_report_has_every_area(client, world):
    text = words(opened(client, world, "/bao-cao/tien-do/?ky=2023-07"))
    title = "xã, phường, đặc khu" if world.structure == "2-cap" else "huyện, thị xã, thành phố"
    annex = text[text.rindex(f"Kết quả theo {title}, tháng 7") :]
    assert missing_in(annex, below(world)) == []


def test_files_have_every_commune(client, world):
    for address in ("/ma-tran/tep/xlsx/?nhom=tat-ca", "/xep-hang/tep/?nhom=xa"):
        book = load_workbook(BytesIO(b"".join(opened(client, world, at(address, 7)).streaming_content)))
        text = " ".join(str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row)
        assert missing_in(text, world.communes) == []
        assert world.structure == "3-cap" or "huyện" not in text.lower()


@pytest.mark.parametrize("address", [*LISTS, *BELOW, *OTHERS])
def test_no_level_is_named_that_the_tree_has_not(client, two_levels, address):
    text = words(opened(client, two_levels, at(address, 8)))
    assert re.findall(".{0,40}huyện.{0,30}", text, re.IGNORECASE) == []


def test_a_town_is_called_by_its_kind(client, three_levels):
    text = words(opened(client, three_levels, at("/co-quan/", 7)))
    assert "3 huyện, thị xã, thành phố" in text and "UBND thị xã Kim Quan" in text
    assert "6 xã: 0/0" not in text and "6 xã: 6/6 đã nộp" in text


# Σn, Σd of the province and of each district: see the head of this file.
SUMS = {
    "2-cap": {"ubnd-tinh": (1210, 21000)},
    "3-cap": {"ubnd-tinh": (1071, 17100), "h1": (321, 2100), "h2": (357, 5700), "h3": (393, 9300)},
}


def test_sums_are_right_by_hand(world):
    rows = Rollup.objects.filter(target=world.target, period__number=7, basis=Basis.OFFICIAL, scope=Scope.AREA)
    assert {row.node: (row.numerator, row.denominator) for row in rows} == SUMS[world.structure]


def july(world):
    periods = periods_begun(world.plan)
    return Selection(world.plan, periods[6], Basis.OFFICIAL, periods)


def test_the_map_shows_what_lies_below_the_province(world):
    page = overview.overview(july(world), world.people["lam"])
    assert [tile.agency.code for tile in page.tiles] == [agency.code for agency in below(world)]
    assert page.ranked_areas == []
    # I.2 is held by all; I.1, at least 20%, by the first two communes (51, 26, 17,67% and down to 3,5%), by no district.
    first = page.tiles[0]
    expected = {"2-cap": (2, 2), "3-cap": (1, 2)}[world.structure]
    assert (first.good, first.judged) == expected


def test_more_areas_than_a_map_shows_are_a_ranked_list(two_levels, monkeypatch, client):
    monkeypatch.setattr(overview, "MOST_TILES", 15)
    monkeypatch.setattr(comparison, "MOST_TILES", 15)
    page = overview.overview(july(two_levels), two_levels.people["lam"])
    assert [tile.agency.code for tile in page.ranked_areas[-2:]] == ["x01", "x02"]  # the two that hold both targets
    assert (len(page.open_bars), len(page.more_bars)) == (10, 10)
    text = words(opened(client, two_levels, "/tong-quan/?ky=2023-07"))
    assert "10 nơi khác, thấp nhất trước" in text and missing_in(text, two_levels.communes) == []
    compared = comparison.comparison(july(two_levels), two_levels.people["lam"], target="I.1")
    assert (compared.tiles, len(compared.rows)) == ((), 20)
    assert province_map.MOST_TILES == 40


def test_a_commune_under_the_province_is_named_alone(client, two_levels):
    commune = two_levels.communes[0]
    assert (commune.full_name, commune.place_name) == ("UBND xã An Bình", "X. An Bình")
    client.force_login(two_levels.people["an"])
    text = words(client.get("/co-quan/x01/?ky=2023-07"))
    assert "X. An Bình, Tỉnh" not in text and client.get("/co-quan/x02/").status_code == 404


def test_the_standing_agency_keeps_denominators_of_communes_under_the_province(client, two_levels):
    shared = SharedDenominator.objects.create(code="ho-so", label="Tổng hồ sơ", position=1)
    DenominatorUse.objects.create(target=two_levels.target, denominator=shared)
    assert missing_in(words(opened(client, two_levels, "/mau-so/?ky=2023-07")), two_levels.communes) == []


def test_the_mean_of_the_rates_stands_beside_the_official_figure(client, two_levels):
    # The rate of commune k is 1 + 50 ÷ k per cent: the mean is 1 + 2,5 · (1 + 1/2 + … + 1/20) = 9,994%, the whole 1.210 ÷ 21.000.
    page = words(opened(client, two_levels, "/muc-tieu/I.1/?ky=2023-07"))
    assert re.search("Trung bình tỷ lệ 9,99 ?% 20 đơn vị", page) and re.search("5,76 ?%", page)
    alone = words(opened(client, two_levels, "/muc-tieu/I.1/?ky=2023-07&node=x01"))
    assert "Trung bình tỷ lệ" not in alone
    report = words(opened(client, two_levels, "/bao-cao/tien-do/?ky=2023-07"))
    assert re.search("Trung bình tỷ lệ của các đơn vị .{0,90}I.1 Hồ sơ trên mạng 5,76 ?% 9,99 ?% 20 ", report)
    assert "Trung bình tỷ lệ" not in words(opened(client, two_levels, "/bao-cao/tien-do/?ky=2023-07&ve=don-vi:x01"))
