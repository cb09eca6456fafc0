"""Breaks of a target's series: another definition, agencies that merge; drawn, told, and in the file."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest

from agencies.models import Succession
from indicators.analysis.breaks import breaks_of
from indicators.analysis.nodes import Node
from indicators.models import Scope, TargetDefinition
from indicators.rollups import engine
from indicators.selection import Selection, periods_begun
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/muc-tieu/I.2/?ky=2023-08"


@pytest.fixture
def redefined(office):
    """From July on I.2 is to reach 40% instead of 30%."""
    target = office.targets["I.2"]
    for number, threshold, first in ((1, "30", 1), (2, "40", 7)):
        TargetDefinition.objects.create(
            target=target, number=number, content=target.definition | {"threshold": threshold}, first_period=first,
            made_at=factories.AT, reason="x",
        )  # fmt: skip
    engine.rebuild(office.plan)
    return target


def succession(office, before="x12", after="x11", day=dt.date(2023, 8, 1), way=Succession.Way.MERGED):
    tree = office.tree
    return Succession.objects.create(before=tree[before], after=tree[after], first_day=day, way=way)


def found(office, scope, code, agency=None):
    periods = periods_begun(office.plan)
    selection = Selection(office.plan, periods[7], "official", periods)
    breaks = breaks_of(selection, office.targets["I.2"], Node(scope, code, code, agency))
    return [(each.number, each.label) for each in breaks]


def test_a_new_definition_is_drawn_and_told(as_person, redefined):
    page = as_person("lam").get(PAGE)
    said = words(page)
    assert "Vạch đứng trước tháng 7: định nghĩa lần 2: ngưỡng tối thiểu 30% → tối thiểu 40%." in said
    assert '"text": "\\u0111\\u1ecbnh ngh\\u0129a m\\u1edbi"' in page.content.decode()
    assert "Gián đoạn định nghĩa mới" in said
    assert "Vạch đứng" not in words(as_person("lam").get("/muc-tieu/I.2/?ky=2023-06"))
    book = openpyxl.load_workbook(BytesIO(as_person("lam").get("/muc-tieu/I.2/tep/xlsx/?ky=2023-08").getvalue()))
    months = {row[0]: row for row in book["Từng tháng"].iter_rows(values_only=True)}
    assert (months["Tháng 7"][-1], months["Tháng 6"][-1]) == ("B", "M")
    told = months["Tháng 7"][-2].replace("\u00a0", " ")
    assert told == "gián đoạn: định nghĩa lần 2: ngưỡng tối thiểu 30% → tối thiểu 40%"
    # August has no figure of its own: July's is carried.
    assert months["Tháng 8"][-1] == "E"
    assert book.sheetnames[-1] == "Trạng thái quan sát"


def test_a_merger_breaks_the_series_of_the_nodes_that_it_touches(office):
    tree = office.tree
    succession(office)
    both = [(8, "đổi tổ chức")]
    assert found(office, Scope.AREA, "tinh", tree["tinh"]) == found(office, Scope.AREA, "h1", tree["h1"]) == both
    assert found(office, Scope.LEVEL, "@communes") == found(office, Scope.OWN, "x11", tree["x11"]) == both
    assert found(office, Scope.AREA, "h2", tree["h2"]) == found(office, Scope.OWN, "x21", tree["x21"]) == []
    assert found(office, Scope.LEVEL, "@departments") == []


def test_both_at_once_are_one_mark_and_many_changes_are_counted(office, redefined):
    for number, (before, after) in enumerate([("x12", "x11"), ("x21", "x22"), ("x22", "x11"), ("x11", "x21")]):
        succession(office, before, after, dt.date(2023, 7, 1 + number), Succession.Way.HANDED)
    periods = periods_begun(office.plan)
    selection = Selection(office.plan, periods[7], "official", periods)
    node = Node(Scope.AREA, "tinh", "Toàn tỉnh", office.tree["tinh"])
    (only,) = breaks_of(selection, redefined, node)
    assert (only.number, only.label) == (7, "định nghĩa mới, đổi tổ chức")
    assert only.sentences[1] == "X12 kết thúc hoạt động, giao nhiệm vụ cho X11 từ ngày 01/07/2023"
    assert only.sentences[-1] == "và 1 thay đổi tổ chức nữa"


def test_what_concerns_other_targets_or_a_day_to_come_is_no_break(office):
    succession(office, "s1", "h2")
    succession(office, "x12", "x11", dt.date(2023, 8, 15))
    assert found(office, Scope.AREA, "tinh", office.tree["tinh"]) == []
