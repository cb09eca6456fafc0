"""*Việc cần làm*: what is to be done now, in order of need, with one button each."""

import datetime as dt
from decimal import Decimal

import pytest

from agencies.roles import Role
from core.clock import VIETNAM
from indicators.calendar import services
from indicators.models import Basis, ReturnReason, Rollup, Scope, State
from indicators.submissions import workflow
from indicators.submissions.locks import ReasonForReturn
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

HOME = "/"


def august(office, figures, code="x11", **fields):
    by_code = {office.targets[name]: given for name, given in figures.items()}
    return factories.report(office.tree[code], office.august, by_code, **fields)


def buttons(response):
    """Texts of the buttons of the tasks, in order, the main one marked."""
    html = response.content.decode()
    found = []
    for part in html.split('<div class="task">')[1:]:
        mark = "*" if 'class="btn primary"' in part.split("</a>")[0] else ""
        found.append(mark + part.split("</a>")[0].rsplit(">", 1)[-1])
    return found


def test_an_open_period_is_to_be_filled_in(office, as_person):
    response = as_person("an").get(HOME)
    page = words(response)
    assert page.startswith("Thứ Tư, 16/08/2023 Việc cần làm Đơn vị x11, Đơn vị h1")
    assert "Kỳ tháng 8 năm 2023 Còn 1 ngày 15 giờ" in page
    assert "Nhập và nộp phiếu tháng 8 trước 24:00 ngày 17/8 0/6 chỉ tiêu đã có số." in page
    assert buttons(response) == ["*Nhập số liệu"]
    assert 'href="/nhap-so-lieu/2023-08/"' in response.content.decode()
    assert "14/8 Chốt số liệu 15/8 16/8 Hôm nay 17/8 Hạn nộp 18/8 19/8 20/8 Hạn duyệt" in page


def test_a_begun_report_says_what_is_missing(office, as_person):
    august(office, {"I.1": (80, 110), "I.2": (6, 20)}, state=State.DRAFT)
    assert "2/6 chỉ tiêu đã có số. Còn thiếu: I.3, II.1, II.2, II.3." in words(as_person("an").get(HOME))


def test_a_complete_report_is_only_to_be_sent(office, as_person):
    figures = {"I.1": (80, 110), "I.2": (6, 20), "I.3": 1, "II.1": 45, "II.2": 132, "II.3": 8}
    august(office, figures, state=State.DRAFT)
    response = as_person("an").get(HOME)
    assert "Nộp phiếu tháng 8 trước 24:00 ngày 17/8 6/6 chỉ tiêu đã có số." in words(response)
    assert buttons(response) == ["*Xem lại và nộp"]


def test_what_came_back_stands_first_with_its_reason(office, as_person, moment):
    report = august(office, {"I.1": (80, 110), "I.2": (6, 20)}, state=State.SUBMITTED)
    july = factories.report(
        office.tree["x12"],
        office.july,
        {office.targets["I.1"]: (1, 2)},
        state=State.SUBMITTED,
        submitted_at=factories.AT,
    )
    cells = {
        office.targets["I.1"].pk: ReasonForReturn(ReturnReason.OTHER, "Chưa cộng hồ sơ nộp trực tiếp."),
        office.targets["II.1"].pk: ReasonForReturn(ReturnReason.MISSING, "Đề nghị nhập."),
    }
    workflow.return_report(submission=report, by=office.people["dung"], reason="Xem lại I.1.", cells=cells)
    response = as_person("an").get(HOME)
    assert (
        "Sửa 2 chỉ tiêu bị trả lại: I.1, II.1 I.1: “Chưa cộng hồ sơ nộp trực tiếp.” "
        "II.1: “Chưa có số. Đề nghị nhập.” Phạm Văn Dũng, 09:00 ngày 16/8." in words(response)
    )
    assert buttons(response) == ["*Sửa phiếu tháng 8"]
    assert "Còn 4 ngày 15 giờ" in words(response)
    # A month that has closed can be mended for three days when it comes back; it stands before August's.
    workflow.return_report(submission=july, by=office.people["dung"], reason="Sai tháng.")
    office.people["an"].agency = office.tree["x12"]
    office.people["an"].save()
    response = as_person("an").get(HOME)
    assert "Sửa phiếu tháng 7 bị trả lại “Sai tháng.”" in words(response)
    assert buttons(response) == ["*Sửa phiếu tháng 7", "Nhập số liệu"]


def test_what_came_back_and_can_be_mended_no_more_needs_more_time(office, as_person, moment):
    report = august(office, {"I.1": (80, 110)}, state=State.SUBMITTED)
    moment.move_to(dt.datetime(2023, 8, 19, 9, tzinfo=VIETNAM))
    workflow.return_report(submission=report, by=office.people["dung"], reason="Xem lại I.1.")
    moment.move_to(dt.datetime(2023, 8, 22, 23, 59, tzinfo=VIETNAM))
    assert buttons(as_person("an").get(HOME)) == ["*Sửa phiếu tháng 8"]
    moment.move_to(dt.datetime(2023, 8, 23, 0, 0, tzinfo=VIETNAM))
    response = as_person("an").get(HOME)
    assert buttons(response) == ["*Đề nghị gia hạn"]
    said = words(response)
    assert "Phiếu tháng 8 bị trả lại chưa nộp lại Hết hạn sửa ngày 22/8; phiếu không được tính." in said
    assert "Tháng 8 bị trả lại Xem lại I.1." in said
    services.ask_extension(
        agency=office.tree["x11"],
        period=office.august,
        by=office.people["an"],
        reason="Ốm.",
        until=dt.date(2023, 8, 30),
    )
    response = as_person("an").get(HOME)
    assert buttons(response) == ["*Xem đề nghị"] and "đang chờ quyết định" in words(response)


def test_what_waits_too_long_for_a_decision_says_so(office, as_person, moment):
    august(office, {"I.1": (80, 110)}, state=State.SUBMITTED)
    moment.move_to(dt.datetime(2023, 8, 20, 9, tzinfo=VIETNAM))
    assert "đã quá hạn duyệt" not in words(as_person("an").get(HOME))
    moment.move_to(dt.datetime(2023, 8, 25, 9, tzinfo=VIETNAM))
    assert "đã quá hạn duyệt ngày 20/8 và được nhắc mỗi tuần." in words(as_person("an").get(HOME))


def test_a_reopened_report_is_to_be_mended(office, as_person):
    july = office.tree["x11"].submissions.get(period=office.july)
    workflow.reopen(submission=july, by=office.people["dung"], reason="Đơn vị báo thiếu.")
    response = as_person("an").get(HOME)
    assert "Sửa phiếu tháng 7 được mở lại “Đơn vị báo thiếu.”" in words(response)
    assert buttons(response)[0] == "*Sửa phiếu tháng 7"


def test_a_sent_report_waits_with_its_receipt(office, as_person):
    august(office, {"I.1": (80, 110)}, state=State.SUBMITTED)
    page = words(as_person("an").get(HOME))
    assert "Hiện không có việc nào phải làm. Kỳ tháng 9 mở ngày 15/9, hạn nộp ngày 17/9." in page
    assert "Phiếu tháng 8 đang chờ duyệt Nộp lúc 09:00 ngày 16/8, mã 08-x11-01. H1 duyệt trước ngày 20/8." in page


def test_what_is_over(office, as_person):
    page = words(as_person("an").get(HOME))
    assert "Tháng 7 đã được duyệt 4 chỉ tiêu, nộp đúng hạn ngày 16/8" in page
    assert "Tháng 6 không nộp Kỳ đóng ngày 20/6." in page and "Tháng 4" not in page
    assert "15/9 Mở kỳ tháng 9, có chỉ tiêu quý; hạn nộp 17/9" in page


def test_a_closed_period_asks_for_nothing(office, as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 25, 9, tzinfo=VIETNAM))
    response = as_person("an").get(HOME)
    assert "Chưa có kỳ nào mở" in words(response) and buttons(response) == []
    assert "Tháng 8 không nộp" in words(response)


def test_after_the_deadline_until_the_period_closes(office, as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    page = words(as_person("an").get(HOME))
    assert "trước 24:00 ngày 20/8" in page and "Đã quá hạn nộp 17/8, phiếu sẽ được ghi là nộp muộn." in page


def test_a_district_fills_in_its_own_and_reviews_its_communes(office, as_person):
    august(office, {"I.1": (80, 110)}, state=State.SUBMITTED)
    august(office, {"I.1": (80, 110)}, code="x21", state=State.SUBMITTED)
    factories.report(office.tree["x12"], office.july, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    response = as_person("dung").get(HOME)
    page = words(response)
    assert buttons(response) == ["*Nhập số liệu", "Duyệt phiếu"]
    assert "Duyệt 2 phiếu đang chờ Tháng 8: 1 phiếu, hạn duyệt 20/8. Tháng 7: 1 phiếu, đã quá hạn duyệt 20/7." in page
    assert "0/1 chỉ tiêu đã có số." in page


def test_a_stranger_sees_his_own_only(office, as_person):
    august(office, {"I.1": (80, 110), "I.2": (6, 20)}, state=State.DRAFT)
    page = words(as_person("cuc").get(HOME))
    assert "Đơn vị x21, Đơn vị h2" in page and "0/6 chỉ tiêu đã có số." in page and "x11" not in page


def test_a_colleague_sees_the_same(office, as_person):
    august(office, {"I.1": (80, 110), "I.2": (6, 20)}, state=State.DRAFT)
    assert words(as_person("binh").get(HOME)) == words(as_person("an").get(HOME))


def test_what_needs_attention_worst_first(office, as_person):
    def row(code, status, value, denominator=100):
        Rollup.objects.create(
            denominator=denominator,
            target=office.targets[code],
            period=office.july,
            basis=Basis.OFFICIAL,
            scope=Scope.OWN,
            node="x11",
            agency=office.tree["x11"],
            value=Decimal(value),
            required=Decimal(70),
            status=status,
            expected=1,
            reported=1,
            approved=1,
            stale=False,
            is_point=True,
        )

    row("I.1", "behind", "60")
    row("I.2", "at_risk", "25", denominator=20)
    row("II.3", "achieved", "11")
    answer = as_person("an").get(HOME)
    page = words(answer)
    assert 'href="/muc-tieu/I.1/?ky=2023-07&amp;node=x11"' in answer.content.decode()  # its own, not the province's
    assert "Đã duyệt đến T7" in page
    assert page.index("Hệ thống thông tin 25,00%") < page.index("mẫu nhỏ") < page.index("Hồ sơ trực tuyến 60,00%")
    assert page.count("mẫu nhỏ") == 1  # of 20, not of 100
    assert "II.3" not in page[page.index("cần tập trung trước") : page.index("đã qua")]


def test_naughty_reasons_are_shown_as_they_are(office, as_person):
    text = "<script>alert('x')</script>"
    august(office, {"I.1": (80, 110)}, state=State.RETURNED, return_reason=text, reviewed_at=factories.AT)
    page = as_person("an").get(HOME)
    assert text in words(page) and "<script>alert" not in page.content.decode()


def test_an_agency_without_targets_has_nothing_to_do(office, as_person):
    office.people["an"].agency = office.tree["s1"]
    office.people["an"].save()
    assert "Hiện không có việc nào phải làm." in words(as_person("an").get(HOME))


def test_before_there_is_a_plan(db, client):
    client.force_login(factories.person("an", factories.agency("tinh", "province"), Role.FOCAL))
    for address in (HOME, "/nhap-so-lieu/"):
        assert "Hệ thống đang được thiết lập" in words(client.get(address, follow=True)), address


@pytest.mark.parametrize("roles", [[], [Role.REVIEWER]])
def test_queries_do_not_grow(office, as_person, django_assert_num_queries, roles):
    person = office.people["an"] if not roles else office.people["dung"]
    client = as_person(person.username)
    expected = 23 if roles else 15
    client.get(HOME)
    with django_assert_num_queries(expected):
        client.get(HOME)
    for number in range(20):
        more = factories.agency(f"y{number}", parent=office.tree["h1"])
        extra = factories.target(office.plan, f"III.{number + 1}", [more, person.agency])
        factories.report(more, office.august, {extra: (1, 20)}, state=State.SUBMITTED)
    with django_assert_num_queries(expected):
        client.get(HOME)
