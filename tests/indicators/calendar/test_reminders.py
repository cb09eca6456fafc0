"""Reminders that follow from the calendar alone: each goes to the right people, once.

August 2023 opens on Tuesday the 15th, is due on Thursday the 17th and closes after Sunday the 20th.
"""

import datetime as dt
from collections import Counter

import pytest

from agencies.roles import Role
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators import errors
from indicators.calendar import reminders, services, tasks
from indicators.calendar.reminders import stages
from indicators.models import DayOff, Exemption, ReturnReason, State, Submission
from indicators.submissions import workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.notifications import EXTENSION_GRANTED, REOPENED, RETURNED
from tests import factories

D = dt.date


def at(moment, day, hour=6, minute=30):
    moment.move_to(dt.datetime(2023, 8, day, hour, minute, tzinfo=VIETNAM))
    tasks.remind()


def told(name=None):
    """(event, title) of what a person was told, in order."""
    found = Notification.objects.order_by("pk")
    if name:
        found = found.filter(person__username=name)
    return list(found.values_list("event", "title"))


OPENED = ("opened", "Đã mở nhập số liệu tháng 8 năm 2023")
ONE = ("due_soon", "Còn 1 ngày làm việc để nộp phiếu tháng 8 năm 2023")
LAST_DAY = ("due_soon", "Hôm nay là hạn cuối để nộp phiếu tháng 8 năm 2023")
OVERDUE = ("overdue", "Phiếu tháng 8 năm 2023 đã quá hạn nộp")


@pytest.mark.parametrize(
    ("day", "left", "expected"),
    [
        (14, 3, []),
        (15, 2, ["opened"]),
        (16, 3, ["opened", "first"]),
        (16, 4, ["opened"]),
        (16, 2, ["opened", "first"]),
        (16, 1, ["opened", "last"]),
        (17, 0, ["opened", "last"]),
        (18, 0, ["overdue"]),
        (20, 0, ["overdue"]),
        (21, 0, []),
    ],
)
def test_what_a_day_gives_reason_for(day, left, expected):
    days = {"opens_on": D(2023, 8, 15), "due_on": D(2023, 8, 17), "closes_on": D(2023, 8, 20)}
    assert stages(D(2023, 8, day), left=left, **days) == expected


def test_the_days_of_august_for_who_sends_nothing(office, moment):
    for day in range(14, 22):
        at(moment, day)
    assert told("an") == [OPENED, ONE, OVERDUE]
    first = Notification.objects.filter(person=office.people["an"]).order_by("pk")[0]
    assert first.text == ("Số liệu từ 15/07/2023 đến 14/08/2023.\nHạn nộp: trước 24:00 thứ năm, ngày 17/08/2023.")
    assert first.url == "/nhap-so-lieu/2023-08/"
    late = Notification.objects.get(person=office.people["an"], event=reminders.OVERDUE.key)
    assert "đến hết ngày 20/08/2023 và sẽ được ghi là nộp muộn" in late.text


def test_three_working_days_over_a_weekend_and_a_holiday(office, moment):
    """Due on Thursday the 24th with Wednesday off: on Friday the 18th the 21st, 22nd and 24th are left."""
    office.august.due_on = office.august.review_due_on = D(2023, 8, 24)
    office.august.closes_on = D(2023, 8, 25)
    office.august.save()
    DayOff.objects.create(day=D(2023, 8, 23), name="Nghỉ bù")
    titles = []
    for day in range(15, 26):
        before = set(told("an"))
        at(moment, day)
        titles += [(day, title) for event, title in told("an") if (event, title) not in before]
    assert titles == [
        (15, OPENED[1]),
        (18, "Còn 3 ngày làm việc để nộp phiếu tháng 8 năm 2023"),
        (22, ONE[1]),
        (25, OVERDUE[1]),
    ]


def test_a_day_on_which_nothing_ran_is_made_up_for(office, moment):
    at(moment, 17)
    assert told("an") == [OPENED, LAST_DAY]


def test_two_beats_and_many_runs_tell_once(office, moment):
    for _ in range(3):
        at(moment, 16)
    assert told("an") == [OPENED, ONE]
    assert max(Counter(Notification.objects.values_list("person", "key")).values()) == 1


def test_who_has_sent_is_left_in_peace(office, moment):
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    at(moment, 16)
    at(moment, 18)
    assert told("an") == [OPENED]
    assert OVERDUE in told("cuc")


def test_who_was_sent_back_is_not_called_late(office, moment):
    fields = {"state": State.RETURNED, "first_submitted_at": factories.AT}
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, **fields)
    at(moment, 18)
    assert told("an") == []


def returned_on_the_17th(office, moment):
    fields = {"state": State.SUBMITTED, "first_submitted_at": factories.AT}
    report = factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, **fields)
    moment.move_to(dt.datetime(2023, 8, 17, 9, tzinfo=VIETNAM))
    workflow.return_report(submission=report, by=office.people["giang"], reason="Xem lại I.1.")
    Notification.objects.all().delete()


BACK = "Phiếu tháng 8 năm 2023 bị trả lại"


def test_who_was_sent_back_is_reminded_like_who_is_late(office, moment):
    returned_on_the_17th(office, moment)
    for day in range(17, 31):
        at(moment, day)
    assert [title for _, title in told("an")] == [OPENED[1], f"{BACK}, sắp đến hạn sửa", f"{BACK} đã hết hạn sửa"]
    last, over = Notification.objects.filter(person=office.people["an"], key__startswith="mend").order_by("pk")
    assert last.at.astimezone(VIETNAM).day == 18  # the last working day until the 20th
    assert last.text == "Sửa và nộp lại trước 24:00 chủ nhật, ngày 20/08/2023.\nLý do: Xem lại I.1."
    assert over.at.astimezone(VIETNAM).day == 21
    assert over.url == "/nhap-so-lieu/2023-08/gia-han/"
    below = Notification.objects.get(person=office.people["giang"], key__startswith="mend-over-below")
    assert below.title == "1 đơn vị chưa nộp lại phiếu tháng 8 năm 2023 bị trả lại"
    assert not Notification.objects.filter(person=office.people["hanh"], key__startswith="mend").exists()


def test_who_has_mended_is_left_in_peace(office, moment):
    returned_on_the_17th(office, moment)
    workflow.submit(submission=Submission.objects.get(period=office.august), by=office.people["an"])
    for day in range(18, 24):
        at(moment, day)
    assert not Notification.objects.filter(key__startswith="mend").exists()


def test_reviewers_are_reminded_every_week_of_what_waits_too_long(office, moment):
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    days = []
    for day in range(20, 32):
        at(moment, day)
        if Notification.objects.filter(person=office.people["giang"], key__startswith="review-over").count() > len(
            days
        ):
            days.append(day)
    assert days == [21, 27]
    told_of = Notification.objects.filter(person=office.people["giang"], key__startswith="review-over").first()
    assert told_of.title == "1 phiếu tháng 8 năm 2023 chờ duyệt đã quá hạn duyệt"
    assert told_of.text == "X11. Hạn duyệt là ngày 20/08/2023."
    assert not Notification.objects.filter(person=office.people["hanh"], key__startswith="review-over").exists()


def test_who_owes_nothing_is_told_nothing(office, moment):
    sa = factories.person("sa", office.tree["s1"], Role.FOCAL)
    for assignment in office.tree["x11"].assignments.all():
        Exemption.objects.create(assignment=assignment, first_day=D(2023, 8, 1), reason="Sáp nhập")
    at(moment, 16)
    assert told("sa") == told("an") == [] and sa.notices.count() == 0


def test_reviewers_hear_who_is_missing_each_his_own(office, moment):
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    at(moment, 18)
    below = "đơn vị chưa nộp phiếu tháng 8 năm 2023"
    assert told("giang") == [("overdue", f"1 {below}")]  # x12 of h1
    assert told("hanh") == [("overdue", f"2 {below}")]  # x21 and x22 of h2
    assert told("khanh") == [("overdue", f"1 {below}")]  # h1 itself owes I.1
    assert Notification.objects.get(person=office.people["hanh"]).text == "X21, X22. Đã quá hạn nộp ngày 17/08/2023."
    assert told("lam") == []
    assert [event for event, _ in told("dung")] == ["overdue", "overdue"]  # he enters for h1 and reviews its communes


def test_the_hour_is_vietnams(office, moment):
    """00:00 on the 18th in Vietnam is 17:00 on the 17th in London."""
    moment.move_to(dt.datetime(2023, 8, 17, 16, 59, 59, tzinfo=dt.UTC))
    tasks.remind()
    assert OVERDUE not in told("an")
    moment.move_to(dt.datetime(2023, 8, 17, 17, 0, 0, tzinfo=dt.UTC))
    tasks.remind()
    assert OVERDUE in told("an")


def test_queries_do_not_grow(office, moment, django_assert_num_queries):
    moment.move_to(dt.datetime(2023, 8, 16, 6, 30, tzinfo=VIETNAM))
    with django_assert_num_queries(10):
        tasks.remind()
    for number in range(20):
        more = factories.agency(f"y{number}", parent=office.tree["h1"])
        factories.target(office.plan, f"III.{number + 1}", [more])
        factories.person(f"y{number}", more, Role.FOCAL)
    with django_assert_num_queries(10):
        tasks.remind()


# Acts


def test_sent_back_mended_and_approved(office, moment):
    an, dung = office.people["an"], office.people["dung"]
    report = factories.report(
        office.tree["x11"], office.august, {office.targets["I.1"]: (80, 110)}, state=State.SUBMITTED
    )
    cells = {office.targets["I.1"].pk: ReasonForReturn(ReturnReason.OTHER, "Chưa cộng hồ sơ giấy.")}
    workflow.return_report(submission=report, by=dung, reason="Xem lại I.1.", cells=cells)
    workflow.submit(submission=report, by=an)
    workflow.approve(submission=report, by=dung)
    workflow.reopen(submission=Submission.objects.get(pk=report.pk), by=dung, reason="Đơn vị báo thiếu.")
    expected = [
        ("returned", "Phiếu tháng 8 năm 2023 bị trả lại"),
        ("approved", "Phiếu tháng 8 năm 2023 đã được duyệt"),
        ("reopened", "Phiếu tháng 8 năm 2023 được mở lại để sửa"),
    ]
    assert told("an") == told("binh") == expected
    assert told("dung") == told("cuc") == []
    back = Notification.objects.get(person=an, event=RETURNED.key)
    assert back.text.startswith("Lý do: Xem lại I.1.\n") and "I.1: Chưa cộng hồ sơ giấy." in back.text
    again = Notification.objects.get(person=an, event=REOPENED.key)
    assert again.text.startswith("Lý do: Đơn vị báo thiếu.\nSửa và nộp lại trước 24:00 ngày 20/08/2023.")


def test_sent_back_twice_is_told_twice(office, moment):
    report = factories.report(
        office.tree["x11"], office.august, {office.targets["I.1"]: (80, 110)}, state=State.SUBMITTED
    )
    for _ in range(2):
        workflow.return_report(submission=report, by=office.people["dung"], reason="Xem lại.")
        workflow.submit(submission=report, by=office.people["an"])
    assert len(told("an")) == 2


def test_a_refused_act_tells_nothing(office, moment):
    report = factories.report(
        office.tree["x11"], office.august, {office.targets["I.1"]: (80, 110)}, state=State.SUBMITTED
    )
    with pytest.raises(errors.ActionNotAllowed):
        workflow.return_report(submission=report, by=office.people["dung"], reason=" ")
    with pytest.raises(errors.ActionNotAllowed):
        workflow.approve(submission=report, by=office.people["cuc"])
    assert told() == []


# Days of one's own


def test_each_level_has_its_own_deadline(office, moment):
    """Communes by Wednesday the 16th, the others by the 17th."""
    office.august.commune_due_on = D(2023, 8, 16)
    office.august.save()
    at(moment, 16)
    assert told("an") == [OPENED, LAST_DAY] and told("dung") == [OPENED, ONE]
    at(moment, 17)
    assert told("an")[-1] == OVERDUE and told("dung") == [OPENED, ONE, ("overdue", f"2 {BELOW}")]


BELOW = "đơn vị chưa nộp phiếu tháng 8 năm 2023"


def test_reviewers_hear_of_each_deadline_that_passes(office, moment):
    """h1 by Wednesday the 16th, s1 by the 17th; x21 has until Saturday the 19th. The standing agency reviews h1 and s1."""
    office.august.district_due_on = D(2023, 8, 16)
    office.august.save()
    factories.target(office.plan, "III.1", [office.tree["s1"]])
    asked = services.ask_extension(
        agency=office.tree["x21"], period=office.august, by=office.people["cuc"], reason="Bận.", until=D(2023, 8, 19)
    )
    services.grant_extension(extension=asked, by=office.people["hanh"])
    for day in range(15, 22):
        at(moment, day)
    texts = {
        name: list(
            Notification.objects.filter(person=office.people[name], key__startswith="overdue-below")
            .order_by("pk")
            .values_list("title", "text")
        )
        for name in ("khanh", "hanh")
    }
    assert texts == {
        "khanh": [
            (f"1 {BELOW}", "H1. Đã quá hạn nộp ngày 16/08/2023."),
            (f"1 {BELOW}", "S1. Đã quá hạn nộp ngày 17/08/2023."),
        ],
        "hanh": [
            (f"1 {BELOW}", "X22. Đã quá hạn nộp ngày 17/08/2023."),
            (f"1 {BELOW}", "X21. Đã quá hạn nộp ngày 19/08/2023."),
        ],
    }


def test_more_time_asked_for_granted_and_reminded_of(office, moment):
    at(moment, 16)
    asked = services.ask_extension(
        agency=office.tree["x11"],
        period=office.august,
        by=office.people["an"],
        reason="Mất điện.",
        until=D(2023, 8, 22),
    )
    title = "X11, H1 đề nghị gia hạn phiếu tháng 8 năm 2023"
    assert told("dung")[-1] == told("giang")[-1] == ("extension_asked", title)
    assert ("extension_asked", title) not in told("hanh") + told("khanh") + told("an")
    services.grant_extension(extension=asked, by=office.people["dung"])
    granted = ("extension_granted", "Được gia hạn phiếu tháng 8 năm 2023 đến hết ngày 22/08/2023")
    assert told("an") == [OPENED, ONE, granted] and told("binh")[-1] == granted
    text = Notification.objects.get(person=office.people["an"], event=EXTENSION_GRANTED.key).text
    assert text == "Lý do: Mất điện.\nNộp trong hạn mới là đúng hạn."
    for day in (18, 21, 22, 23):
        at(moment, day)
    # Friday the 18th: Monday and Tuesday are left; Monday: one; not overdue by the old deadline, nor after it closed.
    assert told("an")[3:] == [
        ("due_soon", "Còn 2 ngày làm việc để nộp phiếu tháng 8 năm 2023"),
        ONE,
    ]
    assert OVERDUE in told("cuc")


def test_more_time_refused(office, moment):
    asked = services.ask_extension(
        agency=office.tree["x11"], period=office.august, by=office.people["an"], reason="Bận.", until=D(2023, 8, 22)
    )
    services.refuse_extension(extension=asked, by=office.people["dung"], answer="Chỉ gia hạn khi có sự cố.")
    assert told("an") == [("extension_refused", "Không được gia hạn phiếu tháng 8 năm 2023")]
    assert Notification.objects.get(person=office.people["an"]).text == "Ý kiến: Chỉ gia hạn khi có sự cố."


def test_a_period_opened_for_all_is_told_to_all(office, moment):
    june = factories.period(office.plan, 6)
    services.open_catch_up(
        period=june, by=office.people["khanh"], reason="Kế hoạch ban hành muộn.", until=D(2023, 8, 31)
    )
    granted = ("extension_granted", "Mở nhập bù phiếu tháng 6 năm 2023 đến hết ngày 31/08/2023")
    assert told("an") == told("cuc") == told("dung") == [granted]
