"""*Việc cần làm* of every role: what waits for a reviewer, the standing agency, a lead agency, a leader, administration."""

import datetime as dt

import pytest

from agencies.roles import Role
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.calendar import services
from indicators.calendar.reminders import OPENED
from indicators.models import Basis, CommentKind, IndicatorParty, PendingRollup, Rollup, RollupState, Scope, State
from indicators.review import comments
from indicators.worklist.tasks_by_role import duties_of, reviews_of
from tests import factories
from tests.page import words

ADDRESS = "/viec-can-lam/"
D = dt.date


def titles(user, plan):
    return [task.title for task in duties_of(user, [plan])]


@pytest.fixture
def late(office, moment):
    """Friday 18 August: the deadline has passed, the period closes on Sunday. Of h1's communes x11 has sent."""
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    return office


def province_row(office, code, status, **due):
    if due:
        type(office.targets[code]).objects.filter(code=code).update(**due)
    return Rollup.objects.create(
        target=office.targets[code],
        period=office.august,
        basis=Basis.OFFICIAL,
        scope=Scope.AREA,
        node="tinh",
        agency=office.tree["tinh"],
        status=status,
        expected=1,
        reported=1,
        approved=1,
        stale=False,
        is_point=True,
    )


def test_a_reviewer_hears_who_is_late(late):
    people = late.people
    assert titles(people["giang"], late.plan) == ["Đôn đốc 1 đơn vị quá hạn chưa nộp phiếu tháng 8"]
    (task,) = duties_of(people["giang"], [late.plan])
    assert (task.text, task.url, task.until) == (
        "X12. Kỳ đóng sau ngày 20/08/2023.",
        "/duyet/?ky=2023-08&xem=chua-nop",
        D(2023, 8, 20),
    )
    assert duties_of(people["hanh"], [late.plan])[0].text.startswith("X21, X22.")
    assert duties_of(people["khanh"], [late.plan])[0].text.startswith("H1.")  # the districts are the standing agency's
    assert titles(people["an"], late.plan) == duties_of(people["lam"], []) == []


def test_before_the_deadline_and_after_the_close_there_is_nobody_to_chase(late, moment):
    moment.move_to(dt.datetime(2023, 8, 17, 23, 59, 59, tzinfo=VIETNAM))
    assert titles(late.people["giang"], late.plan) == []
    moment.move_to(dt.datetime(2023, 8, 21, 0, 0, tzinfo=VIETNAM))
    assert titles(late.people["giang"], late.plan) == []


def test_more_time_is_to_be_decided_on(office, moment):
    services.ask_extension(
        agency=office.tree["x11"],
        period=office.august,
        by=office.people["an"],
        reason="Mất điện.",
        until=D(2023, 8, 22),
    )
    (task,) = duties_of(office.people["giang"], [office.plan])
    assert (task.title, task.text) == ("Quyết định 1 đề nghị gia hạn", "X11, H1 (tháng 8).")
    assert task.url == "/ky-bao-cao/gia-han/"
    assert titles(office.people["hanh"], office.plan) == titles(office.people["khanh"], office.plan) == []


def test_more_time_that_was_given_is_not_late(late):
    services.give_extension(
        agency=late.tree["x12"], period=late.august, by=late.people["dung"], reason="Lũ.", until=D(2023, 8, 19)
    )
    late.tree["x12"].extensions.update(moves_due=True)
    assert titles(late.people["giang"], late.plan) == []


def test_the_standing_agency_hears_which_districts_are_slow(late, moment):
    moment.move_to(dt.datetime(2023, 8, 21, 9, tzinfo=VIETNAM))
    tasks = duties_of(late.people["khanh"], [late.plan])
    title = "Nhắc cấp huyện duyệt 1 phiếu cấp xã đã quá hạn duyệt"
    assert [(task.title, task.text, task.url) for task in tasks] == [(title, "H1 (1).", "/duyet/lam-thay/?ky=2023-08")]
    assert titles(late.people["giang"], late.plan) == []


def test_a_lead_agency_hears_of_its_targets(office):
    lead = factories.person("chutri", office.tree["s1"], Role.LEAD)
    for code in ("I.1", "I.2"):
        IndicatorParty.objects.create(
            indicator=office.targets[code].indicator, part=IndicatorParty.Part.LEAD, agency=office.tree["s1"]
        )
    province_row(office, "I.1", "behind")
    province_row(office, "I.2", "at_risk")
    province_row(office, "II.3", "missed")  # somebody else's
    (task,) = duties_of(lead, [office.plan])
    assert task.title == "Xem 2 chỉ tiêu đơn vị chủ trì: 1 nguy cơ không đạt, 1 cần chú ý"
    assert task.text == "I.2 nguy cơ không đạt, I.1 cần chú ý. Theo số chính thức tháng 8."
    assert (task.button, task.url) == ("Mở I.2", "/muc-tieu/I.2/?ky=2023-08")


def test_every_plan_at_work_is_heard_of(office):
    lead = factories.person("chutri", office.tree["s1"], Role.LEAD)
    before = factories.make_plan(2022)
    old = factories.target(before, "I.1", [office.tree["x11"]])
    for target in (office.targets["I.1"], old):
        IndicatorParty.objects.create(
            indicator=target.indicator, part=IndicatorParty.Part.LEAD, agency=office.tree["s1"]
        )
    province_row(office, "I.1", "behind")
    stored = province_row(office, "I.2", "missed")
    stored.pk, stored.target, stored.period = None, old, factories.period(before, 12)
    stored.save()
    (task,) = duties_of(lead, [office.plan, before])
    assert task.title == "Xem 2 chỉ tiêu đơn vị chủ trì: 1 không đạt, 1 cần chú ý"
    assert task.text == (
        "I.1 (năm 2022) không đạt, I.1 (năm 2023) cần chú ý. Theo số chính thức tháng 12 năm 2022, tháng 8 năm 2023."
    )
    (task,) = duties_of(lead, [office.plan])
    assert task.text == "I.1 cần chú ý. Theo số chính thức tháng 8."


def test_who_is_late_is_who_the_list_has(late, as_person):
    """A report that was handed in and withdrawn is owed as one that was never sent."""
    late.tree["x11"].submissions.filter(period=late.august).update(state=State.DRAFT, is_provisional=False)
    (task,) = duties_of(late.people["giang"], [late.plan])
    assert task.title == "Đôn đốc 2 đơn vị quá hạn chưa nộp phiếu tháng 8" and task.text.startswith("X11, X12.")
    page = words(as_person("giang").get(task.url))
    assert "Chưa nộp 2" in page and "Nhắc 2 đơn vị" in page


def test_a_lead_agency_is_to_answer_questions(late):
    lead = factories.person("chutri", late.tree["s1"], Role.LEAD)
    IndicatorParty.objects.create(
        indicator=late.targets["I.1"].indicator, part=IndicatorParty.Part.LEAD, agency=late.tree["s1"]
    )
    report, target = late.tree["x11"].submissions.get(period=late.august), late.targets["I.1"]
    asked = {"submission": report, "target": target}
    comments.add_comment(**asked, kind=CommentKind.QUESTION, text="Số này có đúng không?", by=late.people["giang"])
    (task,) = duties_of(lead, [late.plan])
    assert (task.title, task.text, task.url) == (
        "Trả lời 1 câu hỏi về số liệu của chỉ tiêu chủ trì",
        "I.1 của X11, H1.",
        "/tham-dinh/",
    )
    comments.add_comment(**asked, kind=CommentKind.VERIFIED, text="", by=lead)
    assert titles(lead, late.plan) == []


def test_a_review_is_due_by_the_communes_own_day(late):
    late.august.commune_due_on = D(2023, 8, 16)
    late.august.commune_review_due_on = D(2023, 8, 17)
    late.august.save()
    (task,) = reviews_of(late.people["giang"])
    assert task.text == "Tháng 8: 1 phiếu, đã quá hạn duyệt 17/8."


def test_a_leader_hears_what_is_missed_what_is_near_and_who_is_late(late):
    IndicatorParty.objects.create(
        indicator=late.targets["I.1"].indicator, part=IndicatorParty.Part.LEAD, agency=late.tree["s1"]
    )
    province_row(late, "I.1", "missed", due=D(2023, 7, 31))
    province_row(late, "I.2", "at_risk", due=D(2023, 9, 18))  # 31 days
    province_row(late, "II.3", "at_risk", due=D(2023, 9, 19))
    tasks = duties_of(late.people["lam"], [late.plan])
    assert [(task.title, task.text) for task in tasks] == [
        ("1 chỉ tiêu không đạt khi đến hạn", "I.1 Hồ sơ trực tuyến, chủ trì S1. Theo số chính thức tháng 8."),
        (
            "1 chỉ tiêu nguy cơ không đạt, đến hạn trong 31 ngày tới",
            "I.2 Hệ thống thông tin, hạn 18/9, còn 31 ngày. Theo số chính thức tháng 8.",
        ),
        ("4 đơn vị quá hạn chưa nộp phiếu tháng 8", "Gồm 1 cấp huyện, 3 cấp xã."),
    ]


def test_figures_are_of_the_period_that_pages_open_on(office, as_person):
    """All have reported July, nobody August: the overview opens on July, and so does the list of tasks."""
    for code in ("x12", "x21", "x22", "h1"):
        factories.report(office.tree[code], office.july, {office.targets["I.1"]: (1, 2)})
    row = province_row(office, "I.1", "missed")
    row.period = office.july
    row.save()
    province_row(office, "I.2", "missed")
    (task,) = duties_of(office.people["lam"], [office.plan])
    assert (task.text, task.url) == (
        "I.1 Hồ sơ trực tuyến. Theo số chính thức tháng 7.",
        "/muc-tieu/I.1/?ky=2023-07",
    )
    assert as_person("lam").get("/tong-quan/").wsgi_request.selection.period == office.july


def test_administration_hears_what_stands_still_and_who_cannot_work(office, moment):
    admin = factories.person("quan", office.tree["s1"], Role.ADMIN)
    # x12 and x22 have nobody who enters.
    assert titles(admin, office.plan) == ["2 đơn vị phải báo cáo mà chưa có đầu mối"]
    factories.person("moi")
    factories.person("mo-coi", None, Role.FOCAL)
    PendingRollup.objects.create(plan=office.plan, created_at=factories.AT - dt.timedelta(minutes=11))
    RollupState.objects.filter(plan=office.plan).update(verified_at=factories.AT, verified_differences=3)
    Notification.objects.create(
        person=admin, event=OPENED.key, key="x", title="x", url="/", at=factories.AT, mail=Notification.Mail.UNKNOWN
    )
    tasks = duties_of(admin, [office.plan])
    assert [task.title for task in tasks] == [
        "2 tài khoản chưa được giao vai trò hoặc cơ quan",
        "2 đơn vị phải báo cáo mà chưa có đầu mối",
        "Việc tổng hợp số liệu đang chậm",
        "Đối chiếu số tổng hợp có dòng lệch",
        "Thư thông báo có lỗi",
    ]
    assert tasks[-1].text == "0 thư không gửi được, 1 thư không rõ đã gửi chưa."
    PendingRollup.objects.update(created_at=factories.AT - dt.timedelta(minutes=9))
    assert "Việc tổng hợp số liệu đang chậm" not in titles(admin, office.plan)


# The pages


def test_a_focal_points_page_is_his_home(office, as_person):
    assert words(as_person("an").get(ADDRESS)) == words(as_person("an").get("/"))


def test_a_reviewer_who_enters_sees_both(late, as_person):
    page = words(as_person("dung").get("/"))
    assert "Nhập và nộp phiếu tháng 8" in page and "Duyệt 1 phiếu đang chờ" in page
    assert "Theo dõi và đôn đốc Đôn đốc 1 đơn vị quá hạn chưa nộp phiếu tháng 8 X12." in page


def test_colleagues_see_the_same_and_strangers_their_own(late, as_person):
    giang = words(as_person("giang").get(ADDRESS))
    assert "2 việc Duyệt 1 phiếu đang chờ" in giang and "X12" in giang and "X21" not in giang
    hanh = words(as_person("hanh").get(ADDRESS))
    assert "X21, X22" in hanh and "X12" not in hanh
    assert "4 đơn vị quá hạn" in words(as_person("lam").get(ADDRESS))


def test_nothing_to_do(office, as_person):
    assert "Hiện không có việc nào phải làm" in words(as_person("lam").get(ADDRESS))


def test_before_there_is_a_plan(db, client):
    client.force_login(factories.person("lam", factories.agency("tinh", "province"), Role.LEADER))
    assert "Hệ thống đang được thiết lập" in words(client.get(ADDRESS, follow=True))


def test_nobody_without_an_account(client, office):
    assert client.get(ADDRESS).url.startswith("/dang-nhap/")


@pytest.mark.parametrize(("name", "expected"), [("giang", 13), ("khanh", 17), ("lam", 16)])
def test_queries_do_not_grow(late, as_person, django_assert_num_queries, name, expected):
    reader = as_person(name)
    reader.get(ADDRESS)
    with django_assert_num_queries(expected):
        reader.get(ADDRESS)
    for number in range(20):
        more = factories.agency(f"y{number}", parent=late.tree["h1"])
        factories.target(late.plan, f"III.{number + 1}", [more])
    with django_assert_num_queries(expected):
        reader.get(ADDRESS)
