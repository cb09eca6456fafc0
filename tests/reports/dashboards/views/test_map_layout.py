"""The tile map is arranged by arrows and numbers: shown, then stored; who may."""

import re

import pytest

from agencies.models import Agency, Level
from agencies.roles import Role
from core.audit.models import AuditEntry
from tests import factories, worlds
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/to-chuc/ban-do/"


@worlds.shared(at=factories.AT, stays=True)
def world():
    """Three districts: h1 at 1,1, h2 at 1,2, h3 without a place."""
    tree = factories.make_tree(departments=1, districts=3, communes=1)
    for code, column in (("h1", 1), ("h2", 2)):
        Agency.objects.filter(code=code).update(map_row=1, map_column=column)
    return {
        "standing": factories.person("khanh", tree["s1"], Role.STANDING),
        "admin": factories.person("quan", None, Role.ADMIN),
        "focal": factories.person("an", tree["h1"], Role.FOCAL, Role.REVIEWER),
        "leader": factories.person("lam", tree["tinh"], Role.LEADER),
    }


@pytest.fixture
def standing(client, world):
    client.force_login(world["standing"])
    return client


def typed(**cells):
    """The form with these cells: `h1="1 2"`; others as they are stored."""
    form = {"hang-h1": "1", "cot-h1": "1", "hang-h2": "1", "cot-h2": "2", "hang-h3": "", "cot-h3": ""}
    for code, cell in cells.items():
        form[f"hang-{code}"], form[f"cot-{code}"] = cell.split(" ")
    return form


def cells():
    rows = Agency.objects.filter(level=Level.DISTRICT).values_list("code", "map_row", "map_column")
    return {code: (row, column) for code, row, column in rows}


def shown(page):
    """The fields of the page: {code: (row, column)}."""
    values = dict(re.findall(r'name="((?:hang|cot)-h\d)"\s+value="([^"]*)"', page.content.decode()))
    return {code: (values[f"hang-{code}"], values[f"cot-{code}"]) for code in ("h1", "h2", "h3")}


def test_who_opens_it(client, world, django_assert_num_queries):
    for name in ("focal", "leader"):
        client.force_login(world[name])
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE, typed() | {"act": "luu"}).status_code == 404
    client.force_login(world["admin"])
    with django_assert_num_queries(9):
        page = client.get(PAGE)
    assert shown(page) == {"h1": ("1", "1"), "h2": ("1", "2"), "h3": ("", "")}


@pytest.mark.parametrize(
    ("move", "changed"),
    [
        ("h1 phai", {"h1": ("1", "2"), "h2": ("1", "1")}),  # the two change places
        ("h1 xuong", {"h1": ("2", "1")}),
        ("h1 len", {}),  # at the edge
        ("h1 trai", {}),
        ("h3 phai", {"h3": ("1", "3")}),  # without a cell: the first that is free
        ("h9 phai", {}),
        ("h1 \0", {}),
    ],
)
def test_an_arrow_moves_by_a_cell_and_stores_nothing(standing, move, changed):
    before = cells()
    page = standing.post(PAGE, typed() | {"move": move})
    assert shown(page) == {"h1": ("1", "1"), "h2": ("1", "2"), "h3": ("", "")} | changed
    assert cells() == before and "chưa lưu" in words(page)
    assert page.content.decode().count("autofocus") == (move in ("h1 phai", "h1 xuong", "h1 len", "h1 trai", "h3 phai"))


def test_the_map_is_stored_as_shown_and_logged(standing):
    page = standing.post(PAGE, typed(h1="2 3", h3="1 1") | {"act": "luu"}, follow=True)
    assert "Đã lưu bản đồ: 2 nơi đổi ô." in words(page)
    assert cells() == {"h1": (2, 3), "h2": (1, 2), "h3": (1, 1)}
    line = AuditEntry.objects.get(act="xếp ô trên bản đồ")
    assert line.detail["places"] == {"h1": [[1, 1], [2, 3]], "h3": [[None, None], [1, 1]]}
    standing.post(PAGE, typed(h1="2 3", h3="1 1") | {"act": "luu"})
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"h3": "1 2"}, "Ô hàng 1, cột 2 đã có nơi khác."),
        ({"h3": "21 1"}, "Hàng từ 1 đến 20, cột từ 1 đến 8."),
        ({"h3": "0 1"}, "Hàng từ 1 đến 20"),
        ({"h3": "x 1"}, "Hàng từ 1 đến 20"),
        ({"h3": "\0 ²"}, "Hàng từ 1 đến 20"),
        ({"h3": "1 "}, "Ghi cả hàng và cột"),
    ],
)
def test_what_cannot_be_is_told_and_stays_typed(standing, change, said):
    before = cells()
    page = standing.post(PAGE, typed(**change) | {"act": "luu"})
    assert page.status_code == 422 and said in words(page) and cells() == before
    if "\0" not in change["h3"]:
        assert shown(page)["h3"] == tuple(change["h3"].split(" "))


def test_of_more_than_forty_places_there_is_a_list(standing):
    province = Agency.objects.get(level=Level.PROVINCE)
    for number in range(38):
        factories.agency(f"k{number}", Level.COMMUNE, province)
    said = words(standing.get(PAGE))
    assert "41 địa bàn, nhiều hơn 40" in said and "Lưu bản đồ" not in said
