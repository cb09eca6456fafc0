"""Two plans of one year on 16 August 2023, August open: the digital plan (2023) and the plan on AI (ai-2023), in both of which
commune x11 reports; x12 reports in the first one alone. Target I.1 is 30/100 = 30% in one, 40/50 = 80% in the other."""

import datetime as dt
import io
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import call_command

from agencies.roles import Role
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.calendar import reminders
from indicators.models import Actual, Plan, ReportingPeriod, Rollup, Submission, period_words
from indicators.rollups import engine
from indicators.submissions.views.entry import doubts, latest_sheet
from plans.copying import copy_plan
from reports.models import Report
from tests import factories, worlds
from tests.page import fields, words

NOW = dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM)
AI = "ai-2023"
JULY, AUGUST = f"{AI}.2023-07", f"{AI}.2023-08"
FIGURES = (
    "/tong-quan/",
    "/ma-tran/",
    "/chi-tieu/",
    "/co-quan/",
    "/co-quan/x11/",
    "/muc-tieu/I.1/",
    "/muc-tieu/I.1/giai-thich/",
    "/muc-tieu/I.1/thay-doi/",
    "/muc-tieu/I.1/dieu-chinh/",
    "/xep-hang/",
    "/so-sanh/",
    "/du-an/",
    "/bao-cao/",
    "/ky-bao-cao/",
    "/chat-luong/",
    "/cam-ket/",
    "/tim/?q=chi+tieu",
    "/tong-quan/?che-do=man-hinh",
)


@pytest.fixture
def moment():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@worlds.shared(at=NOW, uses=["moment"])
def world():
    tree = factories.make_tree(departments=1, districts=1, communes=2)
    x11, x12 = tree["x11"], tree["x12"]
    first, second = factories.make_plan(2023), factories.make_plan(2023, code=AI, title="Kế hoạch trí tuệ nhân tạo")
    ours = factories.target(first, "I.1", [x11, x12], label="Hồ sơ trực tuyến")
    theirs = factories.target(second, "I.1", [x11], label="Trợ lý ảo")
    factories.target(second, "IV.7", [x11], label="Dữ liệu mở")
    factories.report(x11, factories.period(first, 7), {ours: (30, 100)})
    factories.report(x11, factories.period(second, 7), {theirs: (40, 50)})
    people = {
        "an": factories.person("an", x11, Role.FOCAL),
        "em": factories.person("em", x12, Role.FOCAL),
        "giang": factories.person("giang", tree["h1"], Role.REVIEWER),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
    }
    for plan in (first, second):
        engine.rebuild(plan)
    return SimpleNamespace(tree=tree, first=first, second=second, ours=ours, theirs=theirs, people=people)


@pytest.fixture
def browse(world, client):
    """`browse("an")` gives a client of its own, signed in as that person."""

    def go(name):
        mine = type(client)()
        mine.force_login(world.people[name])
        return mine

    return go


def test_the_first_plan_has_the_years_addresses_and_the_second_its_code(world):
    plans, periods = (world.first, world.second), ReportingPeriod.objects
    assert [(plan.address, plan.query, plan.short_name) for plan in plans] == [
        ("2023", "nam=2023", "năm 2023"),
        (AI, "ke-hoach=ai-2023", "ai-2023 năm 2023"),
    ]
    august = [factories.period(plan, 8) for plan in plans]
    assert [period.code for period in august] == ["2023-08", AUGUST]
    assert [str(period) for period in august] == ["tháng 8 năm 2023", "tháng 8 năm 2023 (kế hoạch ai-2023)"]
    assert [periods.of_code(code) for code in ("2023-08", AUGUST)] == august
    for code in ("ai-2022.2023-08", "ai-2023.2022-08", "2023-13", "2023-8", "ai 2023.2023-08", "\x00.2023-08", ""):
        assert periods.of_code(code) is None, code
    assert period_words(AUGUST) == str(august[1]) and period_words("tuần 3") == "tuần 3"
    # The address is for good: the first plan gone, the second keeps its own.
    Plan.objects.filter(pk=world.first.pk).update(address="khac")
    world.second.save()
    assert world.second.address == AI


@pytest.mark.once
def test_each_page_shows_the_plan_of_its_address(browse, world):
    leader = browse("lam")
    wrong = {}
    for address in FIGURES:
        join = "&" if "?" in address else "?"
        for query in ("ky=2023-07", f"ky={JULY}"):
            answer = leader.get(f"{address}{join}{query}")
            other = "Trợ lý ảo" if "ai" not in query else "Hồ sơ trực tuyến"
            if answer.status_code != 200 or other in words(answer):
                wrong[address, query] = answer.status_code
    assert wrong == {}
    for query, label in (("nam=2023", "Hồ sơ"), (f"ke-hoach={AI}", "Trợ lý"), (f"ke-hoach={AI}&ky=2023-07", "Trợ lý")):
        assert label in words(leader.get(f"/chi-tieu/?{query}")), query
    shown = {code: words(leader.get(f"/muc-tieu/I.1/?ky={code}")) for code in ("2023-07", JULY)}
    assert "30%" in shown["2023-07"] and "Hồ sơ trực tuyến" in shown["2023-07"]
    assert "80%" in shown[JULY] and "Trợ lý ảo" in shown[JULY]


@pytest.mark.once
def test_the_frame_leads_from_one_plan_to_the_other(browse, world):
    leader = browse("lam")
    page = leader.get("/ma-tran/?nhom=xa&ky=2023-07").content.decode()
    assert 'href="/ma-tran/?nhom=xa&amp;ke-hoach=ai-2023"' in page
    page = leader.get(f"/ma-tran/?nhom=xa&ky={JULY}").content.decode()
    assert 'href="/ma-tran/?nhom=xa&amp;nam=2023"' in page and "Đang xem kế hoạch ai-2023 năm 2023." in page
    # A plan that only its keepers may see is named to nobody else.
    Plan.objects.filter(pk=world.second.pk).update(state="draft")
    assert AI not in leader.get("/ma-tran/?nhom=xa").content.decode()
    assert leader.get(f"/ma-tran/?ke-hoach={AI}").status_code == 404
    assert browse("khanh").get(f"/ma-tran/?ke-hoach={AI}").status_code == 200


@pytest.mark.once
def test_wrong_addresses_name_the_plans_that_there_are(browse):
    leader = browse("lam")
    for query in ("ke-hoach=ai-2022", "ke-hoach=<b>", "ke-hoach=%00", "nam=2022", "nam=ai 2023"):
        answer = leader.get(f"/tong-quan/?{query}")
        assert answer.status_code == 404 and "Có kế hoạch năm 2023, ai-2023." in words(answer), query
    assert leader.get(f"/tong-quan/?ky={AI}.2023-13").status_code == 404
    # A target of the second plan alone: an address without a plan leads to it, one with a plan tells where it is.
    assert leader.get("/muc-tieu/IV.7/").url == "/muc-tieu/IV.7/?ke-hoach=ai-2023"
    assert "có trong kế hoạch năm ai-2023" in words(leader.get("/muc-tieu/IV.7/?ky=2023-07"))


def test_a_commune_reports_in_both(browse, world):
    an = browse("an")
    home = an.get("/")
    assert 'href="/nhap-so-lieu/2023-08/"' in home.content.decode()
    assert f'href="/nhap-so-lieu/{AUGUST}/"' in home.content.decode()
    assert "phiếu tháng 8 (kế hoạch ai-2023)" in words(home)
    assert an.get("/nhap-so-lieu/").url == "/nhap-so-lieu/2023-08/"
    assert f'href="/nhap-so-lieu/{AUGUST}/"' in an.get("/nhap-so-lieu/2023-08/").content.decode()
    sheet = an.get(f"/nhap-so-lieu/{AUGUST}/")
    assert "Phiếu của kế hoạch năm 2023" in words(sheet) and "Trợ lý ảo" in words(sheet)
    opened = fields(sheet)
    typed = opened | {"who": str(world.people["an"].pk), "numerator-I.1": "9", "denominator-I.1": "10"}
    assert an.post(f"/nhap-so-lieu/{AUGUST}/o/", typed).json()["rows"]["I.1"]["saved"]
    summary = fields(an.get(f"/nhap-so-lieu/{AUGUST}/gui/"))
    summary |= fields(an.post(f"/nhap-so-lieu/{AUGUST}/gui/", summary))
    summary["confirm"] = doubts(latest_sheet(world.tree["x11"], factories.period(world.second, 8)))
    assert an.post(f"/nhap-so-lieu/{AUGUST}/gui/", summary).status_code == 302
    report = Submission.objects.get(period__plan=world.second, period__number=8)
    assert report.receipt_code == "ai-2023-08-x11-01"
    assert not Submission.objects.filter(period__plan=world.first, period__number=8).exists()
    giang = browse("giang")
    assert f"ky={AUGUST}" in giang.get("/duyet/").content.decode()
    assert f'href="/duyet/{report.pk}/"' in giang.get(f"/duyet/?ky={AUGUST}").content.decode()
    assert "Tháng 8 (kế hoạch ai-2023): 1 phiếu" in words(giang.get("/viec-can-lam/"))
    form = fields(giang.get(f"/duyet/{report.pk}/"))
    assert giang.post(f"/duyet/{report.pk}/", form | {"act": "approve"}).status_code == 302
    told = Notification.objects.filter(person=world.people["an"]).values_list("title", "url")
    assert any("kế hoạch ai-2023" in title and AUGUST in url for title, url in told)
    for plan in (world.first, world.second):
        engine.rebuild(plan)
    whole = {"basis": "official", "scope": "area", "node": "tinh", "period__number": 8, "target__code": "I.1"}
    sums = Rollup.objects.filter(**whole).order_by("period__plan").values_list("numerator", "denominator")
    # July's 40/50 and August's 9/10 flow; of the other plan July's 30/100 alone.
    assert list(sums) == [(30, 100), (49, 60)]


@pytest.mark.once
def test_who_reports_in_one_plan_meets_nothing_of_the_other(browse):
    em = browse("em")
    assert "ai-2023" not in words(em.get("/"))
    assert em.get("/nhap-so-lieu/").url == "/nhap-so-lieu/2023-08/"
    assert "ai-2023" not in words(em.get("/nhap-so-lieu/2023-08/"))


@pytest.mark.once
def test_a_sheet_of_one_plan_is_not_taken_for_the_other(world):
    from indicators.workbooks import parser, template

    first, second = (factories.period(plan, 8) for plan in (world.first, world.second))
    token = template.new_token(world.tree["x11"], second, "agency")
    with pytest.raises(parser.Unreadable, match=r"của kỳ tháng 8 năm 2023 \(kế hoạch ai-2023\), còn trang này nhận kỳ"):
        parser.check_token(token, agency=world.tree["x11"], period=first, scope="agency")


def test_reminders_name_the_plan(world, moment):
    moment.move_to(dt.datetime(2023, 8, 17, 9, tzinfo=VIETNAM))
    reminders.remind()
    told = list(Notification.objects.filter(person=world.people["an"]).values_list("title", "url"))
    own = {title.replace(" (kế hoạch ai-2023)", "") for title, url in told if AUGUST in url}
    assert own == {title for title, url in told if AUGUST not in url} and len(told) == 2 * len(own) > 0
    assert all("(kế hoạch ai-2023)" in title for title, url in told if AUGUST in url)


def test_figures_go_in_and_out_by_the_codes_of_periods(world, tmp_path):
    heading = "period,agency,target,numerator,denominator,value,note\n"
    file = tmp_path / "so-lieu.csv"
    file.write_text(f"{heading}2023-06,x11,I.1,1,4,,\n{AI}.2023-06,x11,I.1,3,4,,\n", encoding="utf-8")
    call_command("import_actuals", str(file), "--state", "approved")
    stored = Actual.objects.filter(submission__period__number=6).order_by("submission__period__plan")
    assert list(stored.values_list("target__plan__code", "numerator")) == [("2023", 1), (AI, 3)]
    for named in ({"plan": AI}, {"period": f"{AI}.2023-06"}):
        out = io.StringIO()
        call_command("export_rollups", stdout=out, **named)
        lines = [line for line in out.getvalue().splitlines() if ",I.1,own,x11,3," in line]
        assert f"{AI}.2023-06,official,I.1,own,x11,3,4,75.000000" in lines[0], named
    out = io.StringIO()
    call_command("verify_rollups", "--plan", AI, stdout=out)
    assert "Kế hoạch ai-2023 năm 2023" in out.getvalue()


@pytest.mark.once
def test_reports_of_both_are_drafted_side_by_side(browse, world):
    khanh, made = browse("khanh"), []
    for plan, month in ((world.first, "2023-07"), (world.second, JULY)):
        preview = khanh.get(f"/bao-cao/tien-do/?ky={month}")
        assert preview.status_code == 200 and f'name="ke-hoach" value="{plan.code}"' in preview.content.decode()
        assert khanh.get(f"/bao-cao/tien-do/?ky={plan.year_code}-quy-2").status_code == 200
        answer = khanh.post("/bao-cao/moi/", fields(preview))
        made.append(Report.objects.get(plan=plan).span)
        assert answer.status_code == 302
    assert made == ["2023-07", JULY]


def test_the_plan_on_ai_is_copied_beside_the_other(world):
    keeper = world.people["khanh"]
    one = copy_plan(plan=world.first, year=2024, code="2024", by=keeper)
    two = copy_plan(plan=world.second, year=2024, code="ai-2024", by=keeper)
    assert (one.address, two.address) == ("2024", "ai-2024")
    assert factories.period(two, 1).code == "ai-2024.2024-01"
    assert not Submission.objects.filter(period__plan__in=[one, two]).exists()
