"""Reviews shared out among the people of the standing agency: rights and their inverse, days, leave. 16 August 2023."""

import datetime as dt

import pytest
import time_machine

from agencies.models import Agency, Level, ReviewShare, User
from agencies.roles import Role
from agencies.services import review_shares
from agencies.services.review_shares import BadShare
from core.audit.models import AuditEntry
from tests import factories, worlds

TODAY = factories.AT.date()
WHOLE = {"tinh", "s1", "k1", "k2", "k3", "k4", "h1"}


@worlds.shared(at=factories.AT, stays=True)
def world():
    """Four communes under the province, a district with a commune of its own, and three people of the standing agency."""
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    for number in range(1, 5):
        tree[f"k{number}"] = factories.agency(f"k{number}", Level.COMMUNE, tree["tinh"])
    people = {name: factories.person(name, tree["s1"], Role.STANDING) for name in ("an", "binh", "chi")}
    return people | {"tree": tree, "huyen": factories.person("huyen", tree["h1"], Role.REVIEWER)}


def at(day):
    return time_machine.travel(dt.datetime.combine(day, dt.time(9), factories.VIETNAM), tick=False)


def august(day):
    return dt.date(2023, 8, day)


def reviewed(person):
    return set(Agency.objects.reviewed_by(User.objects.get(pk=person.pk)).values_list("code", flat=True))


def reviewers(agency):
    return set(User.objects.reviewers_of(agency).values_list("username", flat=True))


def share(world, persons, codes, first=16, last=None):
    days = {"first_day": august(first), "last_day": last and august(last)}
    return review_shares.share(persons=persons, codes=codes, by=world["an"], **days)


def agree(world):
    """Hold that a right and its inverse say the same of everybody and every agency; that nobody is without a reviewer."""
    people = [world[name] for name in ("an", "binh", "chi", "huyen")]
    mine = {person.username: reviewed(person) for person in people}
    for agency in Agency.objects.select_related("parent"):
        found = reviewers(agency)
        assert found == {name for name, codes in mine.items() if agency.code in codes}, agency.code
        assert found, agency.code


def test_without_shares_everybody_reviews_all(world):
    assert reviewed(world["an"]) == reviewed(world["binh"]) == WHOLE
    agree(world)


def test_what_is_shared_out_is_reviewed_by_those_alone(world):
    assert share(world, ["an"], ["k1", "k2"]) == 2
    assert share(world, ["binh", "chi"], ["k3", "x11", "khong-co"]) == 1  # x11 is the district's
    assert reviewed(world["an"]) == WHOLE - {"k3"}
    assert reviewed(world["binh"]) == reviewed(world["chi"]) == WHOLE - {"k1", "k2"}
    assert reviewed(world["huyen"]) == {"x11"}
    agree(world)
    line = AuditEntry.objects.order_by("pk").first()
    assert (line.act, line.detail["agencies"], line.detail["people"]) == ("phân công duyệt", ["k1", "k2"], ["an"])


def test_from_a_day_to_a_day(world):
    share(world, ["an"], ["k1"], 18, 20)
    for day, alone in ((17, False), (18, True), (20, True), (21, False)):
        with at(august(day)):
            assert ("k1" in reviewed(world["binh"])) is not alone, day
            agree(world)


def test_another_share_ends_the_one_before(world):
    share(world, ["an"], ["k1", "k2"])
    share(world, ["chi"], ["k1"], 30)  # to come; the next one takes its place
    share(world, ["binh"], ["k1"], 18)
    rows = ReviewShare.objects.filter(agency__code="k1").order_by("first_day")
    assert [(row.person.username, row.first_day.day, row.last_day and row.last_day.day) for row in rows] == [
        ("an", 16, 17),
        ("binh", 18, None),
    ]
    with at(august(18)):
        assert reviewers(world["tree"]["k1"]) == {"binh"} and reviewers(world["tree"]["k2"]) == {"an"}


def test_a_person_who_cannot_review_any_more_holds_nothing_up(world):
    share(world, ["an"], ["k1"])
    for change in ({"is_active": False}, {}):
        User.objects.filter(username="an").update(**change)
        if not change:
            User.objects.filter(username="an").update(is_active=True)
            world["an"].user_roles.all().delete()
        assert reviewers(world["tree"]["k1"]) == {"binh", "chi"}
    # The agency comes under a district: the share of the standing agency's person does not hold it.
    world["an"].user_roles.create(role=Role.STANDING)
    Agency.objects.filter(code="k1").update(parent=world["tree"]["h1"])
    assert reviewers(Agency.objects.get(code="k1")) == {"huyen"}
    agree(world)


def test_during_leave_a_colleague_reviews_beside(world):
    share(world, ["an"], ["k1", "k2"])
    days = {"first_day": august(20), "last_day": august(24)}
    assert review_shares.substitute(absent="an", substitute="binh", by=world["chi"], **days) == 2
    for day, found in ((19, {"an"}), (20, {"an", "binh"}), (24, {"an", "binh"}), (25, {"an"})):
        with at(august(day)):
            assert reviewers(world["tree"]["k2"]) == found, day
    with pytest.raises(BadShare, match="không được phân công"):
        review_shares.substitute(absent="an", substitute="binh", by=world["chi"], **days)
    with pytest.raises(BadShare, match="hai người khác nhau"):
        review_shares.substitute(absent="an", substitute="an", by=world["chi"], **days)
    with pytest.raises(BadShare, match="ngày cuối"):
        review_shares.substitute(absent="an", substitute="chi", first_day=august(20), last_day=None, by=world["chi"])


def test_a_share_ends_and_one_to_come_never_holds(world):
    share(world, ["an"], ["k1"])
    with at(august(20)):
        share(world, ["an"], ["k2"], 25)
        assert review_shares.end(shares=list(ReviewShare.objects.all()), by=world["binh"]) == 2
        assert ReviewShare.objects.get().last_day == august(19)  # it held from the 16th on
        assert reviewed(world["chi"]) == WHOLE
    assert AuditEntry.objects.filter(act="kết thúc phân công duyệt").count() == 1


@pytest.mark.parametrize(
    ("persons", "codes", "first", "last", "reason"),
    [
        (["huyen"], ["k1"], 16, None, "ít nhất một người"),
        (["an"], ["x11"], 16, None, "ít nhất một đơn vị"),
        (["an"], ["k1"], 15, None, "từ hôm nay, 16/08/2023"),
        (["an"], ["k1"], 18, 17, "Ngày cuối"),
    ],
)
def test_what_cannot_be_is_refused(world, persons, codes, first, last, reason):
    with pytest.raises(BadShare, match=reason):
        share(world, persons, codes, first, last)
    assert not ReviewShare.objects.exists()
