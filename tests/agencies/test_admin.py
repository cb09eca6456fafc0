"""/quan-tri/: it opens for administration alone, says everything in Vietnamese, and writes no figure (promise F-04)."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client

from agencies.models import Agency, Placement, User, UserRole
from agencies.roles import Role
from core.audit.models import AuditEntry
from core.fields import NumberField
from core.jobs.models import Job
from core.notifications.models import Notification
from demo.models import DemoYear
from indicators.models import (
    Actual,
    Assignment,
    Charge,
    ChargeReminder,
    Commitment,
    DayOff,
    Exemption,
    IndicatorParty,
    PendingRollup,
    ReportingPeriod,
    Rollup,
    RollupState,
    State,
    Submission,
    Target,
    TargetDefinition,
    TargetMilestone,
)
from indicators.rollups.tasks import roll_up
from projects.models import MilestoneTemplate, Project, ProjectGroup
from reports.models import Letterhead, Report
from tests import factories, worlds
from tests.faults.test_crawl import Document

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOT_WRITTEN = [Submission, Actual, Rollup, PendingRollup, RollupState, DemoYear, AuditEntry, Placement]


@worlds.shared()
def house():
    """A plan in which one of everything exists, and people of every role."""
    tree = factories.make_tree()
    plan = factories.make_plan()
    one = factories.target(plan, "I.12", [tree["x11"], tree["x12"]])
    IndicatorParty.objects.create(indicator=one.indicator, part="lead", agency=tree["s1"])
    TargetMilestone.objects.create(target=one, day=dt.date(2023, 6, 30), value=Decimal("40.5"))
    TargetDefinition.objects.create(target=one, number=1, content=one.definition)
    july = factories.period(plan, 7)
    report = factories.report(tree["x11"], july, {one: (30, 100)})
    Exemption.objects.create(
        assignment=Assignment.objects.get(agency=tree["x12"]), first_day=dt.date(2023, 9, 1), reason="Sắp sáp nhập."
    )
    DayOff.objects.create(day=dt.date(2023, 9, 1), name="Nghỉ bù")
    PendingRollup.objects.create(plan=plan, created_at=factories.AT)
    roll_up(plan.pk)
    PendingRollup.objects.create(plan=plan, created_at=factories.AT, from_period=12)
    section = ProjectGroup.objects.create(plan=plan, code="I", title="Nhóm", position=1)
    Project.objects.create(section=section, number=1, name="Dự án thử")
    MilestoneTemplate.objects.create(plan=plan, position=1, name="Thẩm định")
    Letterhead.objects.create(plan=plan, name="Mẫu", issuer="Sở TT&TT", symbol="BC-STTTT", place="Hải Dương")
    Report.objects.create(
        plan=plan,
        kind="tien-do",
        span="2023-07",
        subject="tinh",
        basis="official",
        title="Báo cáo thử",
        last_day=dt.date(2023, 7, 14),
        belongs_to=tree["tinh"],
    )
    charge = Charge.objects.create(plan=plan, code="VI.2", title="Đôn đốc", agency=tree["s1"], sentence="Giao đôn đốc.")
    ChargeReminder.objects.create(charge=charge, period=july, agency=tree["x11"], targets="I.12", at=factories.AT)
    Commitment.objects.create(
        plan=plan, number=1, text="Dán nhãn tín nhiệm mạng", source="II.2.4", sentence="Dán nhãn."
    )
    people = {
        "quantri": factories.person("quantri", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True),
        "sotttt": factories.person("sotttt", tree["s1"], Role.STANDING, Role.LEAD, Role.FOCAL),
        "lanhdao": factories.person("lanhdao", tree["tinh"], Role.LEADER),
        "h1": factories.person("h1", tree["h1"], Role.FOCAL, Role.REVIEWER),
        "x11": factories.person("x11", tree["x11"], Role.FOCAL, full_name="Lê Thị Hoa"),
    }
    AuditEntry.objects.create(
        at=factories.AT, actor=people["x11"], actor_name="Lê Thị Hoa", act="thử", object_label="x"
    )
    Job.objects.create(
        owner=people["x11"], kind="thu", title="Việc thử", created_at=factories.AT, heartbeat_at=factories.AT
    )
    Notification.objects.create(
        person=people["x11"], event="opened", key="thu", title="Đã mở kỳ", url="/", at=factories.AT
    )
    return {"tree": tree, "plan": plan, "target": one, "july": july, "report": report, **people}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def illustrate(plan):
    DemoYear.objects.create(plan=plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT)


@pytest.fixture
def office(house):
    return browser(house["quantri"])


def address(model, *parts):
    return "/".join(["/quan-tri", model._meta.app_label, model._meta.model_name, *map(str, parts), ""])


def form_of(client, url, **changes):
    """Return the data that the browser would send from a change page, with some fields changed."""
    page = client.get(url)
    fields = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value not in (None, False):
                fields[bound.html_name] = value if not isinstance(value, dt.date) else value.isoformat()
    return fields | changes


# --- The door --------------------------------------------------------------------------------------------------------

# Stored codes and bare values of Python, which a column without words of its own would show.
CODES = re.compile(r"@\w+|\w+_\w+|official|provisional|own|area|ratio|stock|flow|opened|overdue|seen:?|True|False|None")


def foreign_words(page):
    """Return the English words of a page, and the texts on it that are a code."""
    document = Document(page.content.decode())
    return {*document.english, *(text.strip() for text in document.words if CODES.fullmatch(text.strip()))}


EVERY_PAGE = ["/quan-tri/", *(address(model) for model in admin.site._registry)]


@pytest.mark.parametrize("url", EVERY_PAGE)
def test_every_list_opens_for_administration_and_for_nobody_else(house, office, url):
    page = office.get(url)
    assert page.status_code == 200
    said = re.sub(r"<script.*?</script>", "", page.content.decode(), flags=re.S)
    assert "Quản trị hệ thống Chuyển đổi số Hải Dương" in said
    assert foreign_words(page) == set()
    # Words that Django's and the packages' own catalogues would leave in English.
    assert not re.search(r">\s*(Select|Add|Change|Search|Filter|Home|Log out|View site|Show counts?|By )\b", said)
    for name in ("sotttt", "lanhdao", "h1", "x11"):
        refused = browser(house[name]).get(url)
        assert refused.status_code == 404
        assert "Không tìm thấy trang này" in refused.content.decode()
    assert Client().get(url, follow=True).redirect_chain[-1] == (f"/dang-nhap/?next={url}", 302)


OURS = [model for model in admin.site._registry if model._meta.app_label != "axes"]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label_lower)
def test_every_object_opens(house, office, model):
    illustrate(house["plan"])
    one = model._default_manager.first()
    for url in (address(model, one.pk, "change"), address(model, one.pk, "history")):
        page = office.get(url)
        assert page.status_code == 200 and foreign_words(page) == set()
        assert browser(house["h1"]).get(url).status_code == 404
    form = office.get(address(model, "add"))
    assert foreign_words(form) == set()
    assert foreign_words(office.post(address(model, "add"))) == set()  # with the errors of an empty form
    adds = form.status_code
    may_add = {User, Assignment, Charge, Commitment, DayOff, Exemption, Letterhead, MilestoneTemplate}
    assert adds == (200 if model in may_add else 403)
    assert office.get(address(model, one.pk, "delete")).status_code == 403
    assert office.get(address(model, 987654, "change")).status_code == 302  # back to the list, as for what never was


@pytest.mark.parametrize("odd", ["x", "1\x00", "9" * 40])
def test_a_choice_that_is_none_is_refused_where_a_form_is_drawn_again(house, office, odd):
    """The field that completes what is typed looks up what was chosen while it draws itself."""
    url = address(Charge, Charge.objects.get().pk, "change")
    sent = form_of(office, url, **{"title": "Tên khác", "links-TOTAL_FORMS": 1, "links-0-target": odd})
    answer = office.post(url, sent)
    assert answer.status_code == 400 and "Lần gửi này chưa lưu gì" in answer.content.decode()
    assert Charge.objects.get().title == "Đôn đốc"


def test_a_day_off_is_stored_and_corrected_by_its_service(house, office):
    stored_one = DayOff.objects.get()
    office.post(address(DayOff, "add"), {"day": "04/09/2023", "name": "Quốc khánh, nghỉ bù"})
    entry = AuditEntry.objects.latest("pk")
    assert entry.act == "ghi ngày nghỉ" and "04/09/2023" in entry.object_label
    office.post(address(DayOff, stored_one.pk, "change"), {"day": "05/09/2023", "name": "Làm bù", "is_worked": "on"})
    stored_one.refresh_from_db()
    assert (stored_one.day, stored_one.is_worked, DayOff.objects.count()) == (dt.date(2023, 9, 5), True, 2)
    entry = AuditEntry.objects.latest("pk")
    assert "01/09/2023" in entry.detail["before"] and entry.actor.username == "quantri"


def test_there_is_one_door(house):
    client = Client()
    assert client.get("/quan-tri/login/?next=/quan-tri/agencies/user/").url == (
        "/dang-nhap/?next=/quan-tri/agencies/user/"
    )
    assert (
        client.post("/quan-tri/login/", {"username": "quantri", "password": "x"}).url == "/dang-nhap/?next=/quan-tri/"
    )
    office = browser(house["quantri"])
    assert office.get("/quan-tri/password_change/").url == "/tai-khoan/mat-khau/"
    assert office.post("/quan-tri/logout/").url == "/dang-xuat/"
    assert office.get("/quan-tri/").status_code == 200


def test_the_illustrative_year_is_marked(house, office):
    assert "Số liệu minh họa, không phải số thật của tỉnh." not in office.get("/quan-tri/").content.decode()
    illustrate(house["plan"])
    for url in ("/quan-tri/", address(Actual), address(Actual, Actual.objects.get().pk, "change")):
        assert "Số liệu minh họa, không phải số thật của tỉnh." in office.get(url).content.decode()


# --- What is only looked at ------------------------------------------------------------------------------------------


def stored():
    return {model: list(model._default_manager.order_by("pk").values()) for model in NOT_WRITTEN}


@pytest.mark.parametrize("model", NOT_WRITTEN, ids=lambda model: model._meta.model_name)
def test_nothing_entered_approved_or_logged_is_written(house, office, model):
    illustrate(house["plan"])
    one, before = model._default_manager.first(), stored()
    fields = {"state": State.DRAFT, "numerator": "99", "denominator": "100", "value": "99", "actor_name": "Ai đó"}
    everything = {field.name: str(getattr(one, field.attname)) for field in model._meta.fields}
    for url, data in [
        (address(model, "add"), everything | fields),
        (address(model, one.pk, "change"), everything | fields),
        (address(model, one.pk, "delete"), {"post": "yes"}),
        (address(model), {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}),
    ]:
        assert office.post(url, data).status_code in (200, 302, 403)
    assert stored() == before


def test_a_figure_cannot_be_written_through_its_report(house, office):
    actual = Actual.objects.get()
    url = address(Submission, house["report"].pk, "change")
    refused = office.post(
        url,
        {
            "actuals-TOTAL_FORMS": 1,
            "actuals-INITIAL_FORMS": 1,
            "actuals-0-id": actual.pk,
            "actuals-0-submission": house["report"].pk,
            "actuals-0-numerator": "99",
        },
    )
    assert refused.status_code == 403
    assert Actual.objects.get().numerator == 30


def test_figures_are_shown_in_vietnamese_form(house, office):
    Actual.objects.update(numerator=Decimal("1970.5"), denominator=Decimal("12345"))
    said = office.get(address(Actual)).content.decode()
    assert "1.970,5" in said and "12.345" in said


# --- The plan --------------------------------------------------------------------------------------------------------


def test_a_target_changes_with_a_reason_and_is_rolled_up_again(house, office, django_capture_on_commit_callbacks):
    target, url = house["target"], address(Target, house["target"].pk, "change")
    row = Rollup.objects.get(target=target, period=house["july"], basis="official", scope="own", node="x11")
    # July brought the first value, after the only milestone: the line to 80 on 31 December begins there.
    assert (row.value, row.required, row.status) == (30, 30, "on_track")
    refused = office.post(url, form_of(office, url, threshold="25"))
    assert refused.status_code == 200
    assert "reason" in refused.context["adminform"].form.errors
    target.refresh_from_db()
    assert target.threshold == 80
    with django_capture_on_commit_callbacks(execute=True):
        slip = {"threshold": "25,5", "first_period": "1", "reason": "Kế hoạch điều chỉnh số 12."}
        done = office.post(url, form_of(office, url, **slip))
    assert done.status_code == 302
    target.refresh_from_db()
    assert target.threshold == Decimal("25.5")
    past = target.history.first()
    assert (past.history_user, past.history_change_reason) == (house["quantri"], "Kế hoạch điều chỉnh số 12.")
    row.refresh_from_db()
    assert (row.required, row.status) == (Decimal("25.5"), "achieved")  # 30/100 ≥ 25,5%: the first value holds it
    line = AuditEntry.objects.get(act="sửa mục tiêu")
    assert line.detail["changes"] == {"threshold": ["80", "25.5"]}
    assert line.address == "127.0.0.1"


def test_a_target_changes_from_the_next_period_on(house, office, django_capture_on_commit_callbacks, monkeypatch):
    """On 16 August the window of September runs: its period is the default, and July is judged as before."""
    target, url = house["target"], address(Target, house["target"].pk, "change")
    monkeypatch.setattr("indicators.admin.clock", SimpleNamespace(today=lambda: factories.AT.date()))
    assert office.get(url).context["adminform"].form["first_period"].value() == 9
    refused = office.post(url, form_of(office, url, threshold="25", first_period="13", reason="thử"))
    assert "first_period" in refused.context["adminform"].form.errors
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(url, form_of(office, url, threshold="25", reason="Điều chỉnh.")).status_code == 302
    assert target.definitions.get(number=2).first_period == 9
    row = Rollup.objects.get(target=target, period=house["july"], basis="official", scope="own", node="x11")
    assert (row.required, row.status) == (30, "on_track")
    assert AuditEntry.objects.get(act="sửa mục tiêu").detail["changes"] == {"threshold": ["80", "25"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("78.655", "“78.655” có hai cách đọc. Nhập 78655 hoặc 78,6550."),
        ("1.2.3", "không phải là số"),
        ("0,1234567", "có quá 6 chữ số thập phân"),
        ("NaN", "không phải là số"),
    ],
)
def test_a_threshold_is_read_by_the_products_own_reader(house, office, typed, said):
    url = address(Target, house["target"].pk, "change")
    refused = office.post(url, form_of(office, url, threshold=typed, reason="thử"))
    assert refused.status_code == 200
    assert said in str(refused.context["adminform"].form.errors["threshold"])
    house["target"].refresh_from_db()
    assert house["target"].threshold == 80


def test_an_untouched_form_changes_nothing_of_a_number(house, office):
    Target.objects.update(kind="value", timing="stock", threshold=Decimal("1970.25"), baseline=Decimal("-0.5"))
    url = address(Target, house["target"].pk, "change")
    fields = form_of(office, url, reason="thử")
    assert NumberField(places=6).prepare_value(fields["threshold"]) == "1.970,25"
    shown = {name: NumberField(places=6).prepare_value(value) for name, value in fields.items()}
    assert office.post(url, shown).status_code == 302
    house["target"].refresh_from_db()
    assert (house["target"].threshold, house["target"].baseline) == (Decimal("1970.25"), Decimal("-0.5"))
    assert AuditEntry.objects.get(act="sửa mục tiêu").detail["changes"] == {}


def test_a_milestone_changes_the_required_line(house, office, django_capture_on_commit_callbacks):
    Target.objects.update(timing="stock")
    factories.report(house["tree"]["x11"], factories.period(house["plan"], 5), {house["target"]: (10, 100)})
    PendingRollup.objects.create(plan=house["plan"], created_at=factories.AT)
    roll_up(house["plan"].pk)
    june = Rollup.objects.get(
        target=house["target"], period=factories.period(house["plan"], 6), basis="official", scope="own", node="x11"
    )
    # From the first value, 10 on 14 May, through 40,5 on 30 June, 47 days later; June's window ends after 31: 30,5 × 31 ÷ 47.
    assert june.required == Decimal("30.117021")
    url = address(Target, house["target"].pk, "change")
    with django_capture_on_commit_callbacks(execute=True):
        fields = form_of(office, url, first_period="1", reason="Mốc quý II.")
        assert office.post(url, fields | {"milestones-0-value": "81"}).status_code == 302
    june.refresh_from_db()
    assert june.required == Decimal("56.829787")  # 10 + (81 − 10) × 31 ÷ 47
    assert AuditEntry.objects.get(act="sửa mục tiêu").detail["definition"] == 2
    first, second = house["target"].definitions.all()
    assert (first.content["milestones"], second.content["milestones"]) == (
        [["2023-06-30", "40.5"]],
        [["2023-06-30", "81"]],
    )
    assert second.reason == "Mốc quý II."


def test_a_definition_that_cannot_stand_or_was_changed_meanwhile_is_refused(house, office):
    url = address(Target, house["target"].pk, "change")
    refused = office.post(url, form_of(office, url, reason="thử") | {"milestones-0-day": "2024-01-01"})
    assert "Mốc phải sau 01/01/2023 và trước hạn 31/12/2023." in refused.content.decode()
    opened = form_of(office, url, threshold="70", reason="thử")
    assert office.post(url, form_of(office, url, threshold="60", reason="trước")).status_code == 302
    refused = office.post(url, opened)
    assert refused.status_code == 200 and "Có người vừa sửa chỉ tiêu này." in refused.content.decode()
    house["target"].refresh_from_db()
    assert house["target"].threshold == 60
    # The same form sent again, as after an answer that was lost, is no conflict with somebody else.
    again = office.post(url, opened | {"threshold": "60", "reason": "trước"})
    assert again.status_code == 200 and "Có người vừa sửa" not in again.content.decode()
    assert "đúng như bản đang lưu. Không cần lưu lại" in again.content.decode()
    house["target"].refresh_from_db()
    assert house["target"].definition_number == 2


def test_deadlines_move_and_leave_a_line(house, office):
    url = address(ReportingPeriod, house["july"].pk, "change")
    wrong = office.post(url, form_of(office, url, due_on="25/07/2023"))
    assert "Các mốc phải theo thứ tự" in wrong.content.decode()
    done = office.post(url, form_of(office, url, due_on="18/07/2023", number="3", window_last="2023-07-01"))
    assert done.status_code == 302
    house["july"].refresh_from_db()
    assert house["july"].due_on == dt.date(2023, 7, 18)
    assert (house["july"].number, house["july"].window_last) == (7, dt.date(2023, 7, 14))
    line = AuditEntry.objects.get(act="sửa kỳ báo cáo")
    assert line.detail == {"chi_tiet": {"due_on": ["2023-07-17", "2023-07-18"]}}


def test_who_reports_what_goes_through_services(house, office, django_capture_on_commit_callbacks):
    def expected():
        row = Rollup.objects.get(
            target=house["target"], period=house["july"], basis="official", scope="area", node="tinh"
        )
        return row.expected

    assert expected() == 2
    new = {"target": house["target"].pk, "agency": house["tree"]["x21"].pk, "reason": "Bổ sung theo công văn."}
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(address(Assignment, "add"), new).status_code == 302
    assert expected() == 3
    added = Assignment.objects.get(agency=house["tree"]["x21"])
    assert added.history.get().history_change_reason == "Bổ sung theo công văn."
    exempted = {"assignment": added.pk, "first_day": "01/07/2023", "reason": "Chưa có cán bộ."}
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(address(Exemption, "add"), exempted).status_code == 302
    assert expected() == 2
    exemption = Exemption.objects.get(assignment=added)
    with django_capture_on_commit_callbacks(execute=True):
        url = address(Exemption, exemption.pk, "change")
        assert office.post(url, {"last_day": "10/07/2023", "first_day": "01/01/2023"}).status_code == 302
    assert expected() == 3
    exemption.refresh_from_db()
    assert exemption.first_day == dt.date(2023, 7, 1)
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert [act for act in acts if act != "thử"] == ["đổi phân công", "miễn báo cáo", "đổi hạn miễn báo cáo"]


# --- Agencies and accounts -------------------------------------------------------------------------------------------


def test_an_agency_is_renamed_and_found_without_accents(house, office):
    commune = house["tree"]["x11"]
    url = address(Agency, commune.pk, "change")
    done = office.post(url, form_of(office, url, name="UBND xã Hòa Bình", short_name="X. Hòa Bình", level="province"))
    assert done.status_code == 302
    commune.refresh_from_db()
    assert (commune.name, commune.level) == ("UBND xã Hòa Bình", "commune")
    assert "X. Hòa Bình" in office.get(address(Agency) + "?q=hoa+binh").content.decode()
    assert AuditEntry.objects.get(act="sửa cơ quan, đơn vị").detail["chi_tiet"]["name"] == [
        "Đơn vị x11",
        "UBND xã Hòa Bình",
    ]


ROLES = {"user_roles-TOTAL_FORMS": 1, "user_roles-INITIAL_FORMS": 0}


def test_a_new_account_gets_its_roles_and_a_password_to_be_changed(house, office):
    new = {"username": "x12", "full_name": "Phạm Văn Tám", "agency": house["tree"]["x12"].pk, "is_active": "on"}
    added = office.post(address(User, "add"), new | ROLES | {"user_roles-0-role": Role.FOCAL})
    user = User.objects.get(username="x12")
    assert added.url == f"/quan-tri/agencies/user/{user.pk}/mat-khau/"
    assert (user.roles, user.is_staff, user.has_usable_password()) == ({"focal"}, False, False)
    weak = office.post(added.url, {"new_password1": "ngắn", "new_password2": "ngắn"})
    assert "14 ký tự" in weak.content.decode()
    password = "cấp cho đồng chí Tám"
    issued = office.post(added.url, {"new_password1": password, "new_password2": password})
    assert issued.url == address(User, user.pk, "change")
    user.refresh_from_db()
    assert user.must_change_password and user.check_password(password)
    assert browser(user).get("/").url == "/tai-khoan/mat-khau/"
    acts = set(AuditEntry.objects.filter(actor=house["quantri"]).values_list("act", "object_label"))
    assert acts == {
        ("thêm tài khoản", "Phạm Văn Tám"),
        ("sửa vai trò của tài khoản", "Phạm Văn Tám"),
        ("cấp mật khẩu", "x12"),
    }
    assert not any(password in str(line.detail) for line in AuditEntry.objects.all())


def test_an_issued_password_ends_the_sessions_and_is_administrations_business(house, office):
    url = address(User, house["x11"].pk, "mat-khau")
    commune = browser(house["x11"])
    for client in (commune, browser(house["h1"]), browser(house["lanhdao"])):
        assert client.get(url).status_code == 404
        assert client.post(url, {"new_password1": "a", "new_password2": "a"}).status_code == 404
    assert Client().get(url).url == f"/dang-nhap/?next={url}"
    assert office.get(address(User, 987654, "mat-khau")).status_code == 404
    office.post(url, {"new_password1": "cấp lại cho chị Hoa", "new_password2": "cấp lại cho chị Hoa"})
    assert commune.get("/tai-khoan/").url == "/dang-nhap/?next=/tai-khoan/"


def test_the_role_of_administration_opens_the_door_and_closes_it(house, office):
    leader = house["lanhdao"]
    url = address(User, leader.pk, "change")
    fields = form_of(office, url, is_active="on") | {"user_roles-TOTAL_FORMS": 2, "user_roles-1-role": Role.ADMIN}
    assert office.post(url, fields | {"user_roles-1-user": leader.pk}).status_code == 302
    other = browser(User.objects.get(pk=leader.pk))
    assert other.get("/quan-tri/").status_code == 200
    grant = UserRole.objects.get(user=leader, role=Role.ADMIN)
    fields = form_of(office, url, is_active="on")
    place = next(name[:-3] for name, value in fields.items() if name.endswith("-id") and str(value) == str(grant.pk))
    assert office.post(url, fields | {f"{place}-DELETE": "on"}).status_code == 302
    assert other.get("/quan-tri/").status_code == 404
    leader.refresh_from_db()
    assert (leader.is_staff, leader.is_superuser, leader.roles) == (False, False, {"leader"})


def test_nobody_shuts_himself_out(house, office):
    url = address(User, house["quantri"].pk, "change")
    grant = UserRole.objects.get(user=house["quantri"])
    office.post(
        url,
        {
            "username": "quantri",
            "full_name": "",
            "user_roles-TOTAL_FORMS": 1,
            "user_roles-INITIAL_FORMS": 1,
            "user_roles-0-id": grant.pk,
            "user_roles-0-DELETE": "on",
        },
    )
    assert office.get("/quan-tri/").status_code == 200
    assert User.objects.get(username="quantri").roles == {"admin"}


def test_the_first_administrator_comes_from_the_command_line():
    call_command("createsuperuser", "--noinput", "--username", "dau-tien", "--email", "a@example.vn", verbosity=0)
    first = User.objects.get(username="dau-tien")
    assert first.roles == {"admin"}
    client, url = browser(first), address(User, first.pk, "change")
    assert client.post(url, form_of(client, url, full_name="Người Đầu Tiên")).status_code == 302
    assert client.get("/quan-tri/").status_code == 200


def test_an_account_is_switched_off_not_deleted(house, office):
    commune, url = browser(house["x11"]), address(User, house["x11"].pk, "change")
    fields = form_of(office, url)
    fields.pop("is_active")
    assert office.post(url, fields).status_code == 302
    assert commune.get("/tai-khoan/").status_code == 302
    assert office.post(address(User, house["x11"].pk, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(username="x11", is_active=False).exists()
    assert LogEntry.objects.filter(user=house["quantri"]).exists()


@pytest.mark.parametrize(("model", "queries"), [(User, 12), (Submission, 12), (Actual, 12), (Rollup, 12)])
def test_lists_ask_a_fixed_number_of_questions(house, office, model, queries, django_assert_num_queries):
    factories.report(house["tree"]["x12"], house["july"], {house["target"]: (1, 10)})
    for number in range(8):
        factories.person(f"more{number}", house["tree"]["x21"], Role.FOCAL)
    with django_assert_num_queries(queries):
        office.get(address(model))


def test_lists_are_filtered_by_levels_that_the_tree_has(house, office):
    for address in ("agencies/agency/", "agencies/user/", "indicators/assignment/"):
        page = office.get(f"/quan-tri/{address}").content.decode()
        assert "Cấp huyện" in page and "Cơ quan khác" not in page, address
