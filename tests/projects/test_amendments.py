"""Changes to the plan's list of projects: who may, what is kept, what the numbers count, and the agency that reports on behalf of
an outside lead."""

import datetime as dt

import pytest

from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Basis, Plan
from projects import amendments, queries, services, status
from projects.amendments import Amendment
from projects.models import Project, ProjectParty
from projects.queries import ProjectFilter
from projects.status import Moment
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

LAST = dt.date(2023, 12, 31)


def browser(client, person):
    mine = type(client)()
    mine.force_login(person)
    return mine


def post(who, address, **typed):
    form = fields(who.get(address)) | typed
    return who.post(address, form, headers={"X-CSRFToken": form["csrfmiddlewaretoken"]}, follow=True)


def listed(world, day):
    at = Moment(factories.period(world.plan, 8), Basis.OFFICIAL, day, 8)
    return queries.project_list(world.plan, ProjectFilter(), day, at)


def entry():
    return AuditEntry.objects.order_by("pk").last()


def test_an_outside_lead_is_reported_for_by_a_named_agency(client, world):
    outside = world.project(3, LAST, group="@enterprises")
    assert outside not in services.asked_projects(world.tree["s2"], world.august)
    assert world.standing(outside).leads == ()
    ProjectParty.objects.filter(project=outside).update(reported_by=world.tree["s2"])
    outside = Project.objects.with_parties().get(pk=outside.pk)
    assert outside in services.asked_projects(world.tree["s2"], world.august)
    (lead,) = world.standing(outside).leads
    assert (lead.agency, lead.on_behalf_of) == (world.tree["s2"], "Doanh nghiệp")
    assert lead.name == "Đơn vị s2 (báo cáo thay Doanh nghiệp)"
    world.save(project=outside, by=world.cuc)
    for address in ("/du-an/", "/du-an/I-3/"):
        assert "báo cáo thay" in words(browser(client, world.lam).get(address))
    for address in ("/du-an/bao-cao/2023-08/", "/du-an/bao-cao/2023-08/I-3/"):
        assert "áo cáo thay Doanh nghiệp" in words(browser(client, world.cuc).get(address))


def test_an_assumed_reporter_is_told_until_it_is_confirmed(client, world):
    outside = world.project(3, LAST, group="@enterprises")
    ProjectParty.objects.filter(project=outside).update(reported_by=world.tree["s2"])
    so, assumed = browser(client, world.so), "Giả định, cần xác nhận: Kế hoạch không nêu cơ quan báo cáo thay"
    assert assumed in words(so.get("/du-an/I-3/")) and assumed not in words(so.get("/du-an/I-1/"))
    assert "đang là giả định" in words(so.get("/du-an/I-3/sua/"))
    page = post(so, "/du-an/I-3/sua/", reason="Công văn 15 giao Sở theo dõi")
    assert assumed not in words(page) and "báo cáo thay" in words(page)
    assert list(entry().detail["changes"]) == ["Đơn vị báo cáo thay"]
    assert "(đã xác nhận)" in entry().detail["changes"]["Đơn vị báo cáo thay"][1]
    assert "Chưa đổi gì" in words(post(so, "/du-an/I-3/sua/", reason="Lần nữa"))


def test_the_standing_agency_adds_a_project(client, world):
    so = browser(client, world.so)
    assert "Bổ sung dự án" in words(so.get("/du-an/"))
    typed = {
        "section": "I",
        "name": "Kho dữ liệu mở",
        "leads": ["@enterprises"],
        "due": "30/11/2023",
        "reason": "Theo QĐ 5",
    }
    assert "chọn cơ quan báo cáo thay" in words(post(so, "/du-an/bo-sung/", **typed))
    answer = post(so, "/du-an/bo-sung/", **typed, reported_by="s1")
    assert "Đã bổ sung DA I.3" in words(answer) and "ngoài danh mục đã ký" in words(answer)
    made = Project.objects.with_parties().get(number=3)
    assert (made.due, made.added_on, made.timing_text) == (
        dt.date(2023, 11, 30),
        dt.date(2023, 8, 16),
        "Đến 30/11/2023",
    )
    assert [party.with_reporter for party in made.leads] == ["Doanh nghiệp (S1 báo cáo thay)"]
    assert (entry().act, entry().detail["reason"]) == ("bổ sung dự án", "Theo QĐ 5")
    # July's reports were taken before it was added: none is missing.
    at = Moment(factories.period(world.plan, 8), Basis.OFFICIAL, dt.date(2023, 8, 16), 7)
    assert "tháng 7" not in status.standings(world.plan, at)[made.pk].reason
    # In the numbers from the day on which it was added, and asked for from the period that is open then.
    assert [listed(world, day).total for day in (dt.date(2023, 8, 15), dt.date(2023, 8, 16))] == [2, 3]
    assert [made in services.asked_projects(world.tree["s1"], period) for period in (world.july, world.august)] == [
        False,
        True,
    ]


def test_a_corrected_name_keeps_the_signed_one(client, world):
    so = browser(client, world.so)
    answer = post(so, "/du-an/I-1/sua/", name="Việc thứ nhất", leads=["s1", "s2"], reason="Lỗi in")
    assert "Bản ký ghi: “Việc 1”" in words(answer)
    first = Project.objects.with_parties().get(pk=world.first.pk)
    assert (first.name, first.signed_name, first.leads_text) == ("Việc thứ nhất", "Việc 1", "Đơn vị s1; Đơn vị s2")
    assert entry().act == "sửa dự án" and entry().detail["changes"]["Chủ trì"] == ["Đơn vị s1", "Đơn vị s1; Đơn vị s2"]
    assert "Chưa đổi gì" in words(post(so, "/du-an/I-1/sua/", leads=["s1", "s2"], reason="Thử"))
    # The form of a person who looked before that.
    stale = Amendment.stored(first)._replace(name="Việc khác")
    asked = {"project": first, "reason": "Thử", "by": world.so, "seen": 0}
    with pytest.raises(EditConflict):
        amendments.correct_project(amendment=stale, **asked)
    assert amendments.correct_project(amendment=Amendment.stored(first), **asked) == first
    assert post(so, "/du-an/I-1/sua/", name="Việc khác", reason="Thử", seen="0").status_code == 409
    amendments.correct_project(amendment=stale._replace(name="Việc 1"), **(asked | {"seen": 1}))
    assert Project.objects.get(pk=first.pk).is_corrected is False


def test_a_withdrawn_project_stays_to_be_seen_and_leaves_the_numbers(client, world):
    world.save()
    so, lam = browser(client, world.so), browser(client, world.lam)
    assert "Ghi rõ lý do." in words(post(so, "/du-an/I-1/rut/"))
    answer = post(so, "/du-an/I-1/rut/", reason="Không bố trí được vốn")
    assert "Rút khỏi danh mục ngày 16/08/2023: Không bố trí được vốn" in words(answer)
    assert (entry().act, entry().detail["reason"]) == ("rút dự án", "Không bố trí được vốn")
    shown = words(lam.get("/du-an/"))
    assert "1 dự án, nhiệm vụ" in shown and "1 việc đã rút khỏi danh mục" in shown and "Không bố trí" in shown
    assert "(đã rút)" in words(lam.get("/tim/?q=Việc 1"))
    before, after = (listed(world, dt.date(2023, 8, day)) for day in (15, 16))
    assert [before.total, after.total, after.tally.total] == [2, 1, 1] and after.withdrawn == (world.first,)
    at = Moment(world.august, Basis.OFFICIAL, dt.date(2023, 8, 16), 8)
    assert world.first.pk not in status.standings(world.plan, at)
    assert world.first not in services.asked_projects(world.tree["s1"], world.august)
    assert "đã rút từ ngày 16/08/2023" in words(post(so, "/du-an/I-1/rut/", act="rut", reason="Lần nữa"))
    assert "Đã đưa lại vào danh mục" in words(post(so, "/du-an/I-1/rut/", reason="Có vốn"))
    assert entry().act == "đưa lại dự án đã rút"
    assert world.first in services.asked_projects(world.tree["s1"], world.august)


@pytest.mark.parametrize("name", ["an", "cuc", "xa", "lam"])
def test_nobody_else_changes_the_list(client, world, name):
    person = getattr(world, name)
    who = browser(client, person)
    for address in ("/du-an/bo-sung/", "/du-an/I-1/sua/", "/du-an/I-1/rut/"):
        assert [who.get(address).status_code, who.post(address).status_code] == [404, 404]
    assert "/sua/" not in who.get("/du-an/I-1/").content.decode()
    amendment = Amendment.stored(Project.objects.with_parties().get(pk=world.first.pk))._replace(name="Khác")
    for act in (
        lambda: amendments.add_project(section=world.section, amendment=amendment, reason="Thử", by=person),
        lambda: amendments.correct_project(project=world.first, amendment=amendment, reason="Thử", by=person, seen=0),
        lambda: amendments.withdraw_project(project=world.first, reason="Thử", by=person),
        lambda: amendments.put_back(project=world.first, reason="Thử", by=person),
    ):
        with pytest.raises(ActionNotAllowed):
            act()
    assert not AuditEntry.objects.filter(act__contains="dự án").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"name": ""}, "name"),
        ({"leads": ()}, "leads"),
        ({"leads": ("@enterprises",)}, "reported_by"),
        ({"reported_by": "s2"}, "reported_by"),
        ({"leads": ("@enterprises", "s1"), "reported_by": "s2"}, None),
        ({"due": LAST, "is_ongoing": True}, "due"),
        ({"due": dt.date(2023, 1, 1)}, "due"),
    ],
)
def test_flaws(change, field):
    flaw = amendments.flaw_in(Plan(first_day=dt.date(2023, 1, 1)), Amendment("Việc", leads=("s1",))._replace(**change))
    assert (flaw[0] if flaw else None) == field
