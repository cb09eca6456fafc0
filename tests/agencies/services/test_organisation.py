"""The dated tree: where an agency hangs on a day, and its present parent, which follows."""

import datetime as dt

import pytest
import time_machine

from agencies import as_of
from agencies.matching import AgencyMatcher
from agencies.models import EVER, Agency, AgencyName, Placement, Succession
from agencies.services.organisation import follow_placements, rename, set_parent
from core.clock import VIETNAM
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def moment():
    with time_machine.travel(factories.AT, tick=False) as traveller:  # 09:00 on 16 August 2023
        yield traveller


@pytest.fixture
def tree(moment):
    return factories.make_tree()


def parent(code):
    return Agency.objects.get(code=code).parent.code


def placed(code, day):
    agency = Agency.objects.placed(day).get(code=code)
    return Agency.objects.get(pk=agency.parent_as_of).code if agency.parent_as_of else None


def test_a_move_of_today_is_there_at_once_and_yesterday_stays(tree):
    set_parent(agency=tree["x12"], parent=tree["h2"], from_day=dt.date(2023, 8, 16))
    assert (parent("x12"), tree["x12"].parent) == ("h2", tree["h2"])
    assert [placed("x12", dt.date(2023, 8, day)) for day in (15, 16)] == ["h1", "h2"]


def test_a_move_of_tomorrow_waits_for_midnight_in_vietnam(tree, moment):
    set_parent(agency=tree["x12"], parent=tree["h2"], from_day=dt.date(2023, 8, 17))
    assert parent("x12") == "h1"
    moment.move_to(dt.datetime(2023, 8, 16, 23, 59, 59, tzinfo=VIETNAM))
    assert (follow_placements(), parent("x12")) == (0, "h1")
    moment.move_to(dt.datetime(2023, 8, 17, tzinfo=VIETNAM))
    assert (follow_placements(), parent("x12")) == (1, "h2")
    assert follow_placements() == 0


def test_an_earlier_move_written_down_late_gives_way_to_the_later_one(tree):
    set_parent(agency=tree["x12"], parent=tree["h2"], from_day=dt.date(2023, 6, 1))
    set_parent(agency=tree["x12"], parent=tree["h1"], from_day=dt.date(2023, 7, 1))
    set_parent(agency=tree["x12"], parent=tree["h2"], from_day=dt.date(2023, 5, 1))
    assert parent("x12") == "h1"
    assert [placed("x12", dt.date(2023, month, 1)) for month in (4, 5, 6, 7)] == ["h1", "h2", "h2", "h1"]


def test_the_same_day_twice_is_one_placement(tree):
    for district in ("h2", "h1", "h2"):
        set_parent(agency=tree["x12"], parent=tree[district], from_day=dt.date(2023, 8, 1))
    assert Placement.objects.filter(agency=tree["x12"]).count() == 2
    assert parent("x12") == "h2"


def test_the_province_hangs_under_nothing(tree):
    assert placed("tinh", dt.date(2023, 8, 16)) is None
    assert follow_placements() == 0
    assert Agency.objects.get(code="tinh").parent is None


def test_every_name_of_an_agency_finds_it_and_each_day_has_its_own(tree):
    """x11 is renamed twice, then ends into x12, which is found by all three names."""
    days = (dt.date(2023, 3, 1), dt.date(2023, 6, 1))
    for name, day in zip(("Hai", "Ba"), days, strict=True):
        rename(agency=tree["x11"], name=f"UBND xã Tên {name}", short_name=f"X. Tên {name}", from_day=day)
    first = "UBND xã Đầu"
    AgencyName.objects.filter(agency=tree["x11"], first_day=EVER).update(name=first, short_name="X. Đầu")
    matcher = AgencyMatcher.stored()
    for name in ("Xã Đầu", "X. Tên Hai", "UBND xã Tên Ba"):
        assert matcher.find(name).code == "x11"
    for day, name in ((dt.date(2023, 2, 28), first), (days[0], "UBND xã Tên Hai"), (days[1], "UBND xã Tên Ba")):
        assert Agency.objects.named(day).get(code="x11").name_as_of == name
    way = Succession.Way.MERGED
    Succession.objects.create(before=tree["x11"], after=tree["x12"], first_day=dt.date(2023, 8, 1), way=way)
    former = as_of.former_names()
    assert set(former[tree["x11"].pk]) == {first, "UBND xã Tên Hai"}
    assert set(former[tree["x12"].pk]) >= {first, "UBND xã Tên Hai"}
    assert any("Tên Ba" in name for name in former[tree["x12"].pk])
