"""The review queue and one report: who decides, on what, with which words."""

import datetime as dt
from decimal import Decimal

import pytest

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.calendar import services
from indicators.models import Actual, CommentKind, IndicatorParty, PendingRollup, ReturnReason, State, Submission
from indicators.review import comments
from indicators.rollups import pending, tasks
from indicators.submissions import editing, validation, workflow
from indicators.submissions.locks import ReasonForReturn
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

QUEUE = "/duyet/"


@pytest.fixture
def waiting(office):
    """August's report of x11, submitted by An: I.1 doubled its denominator, I.2 fell, II.2 has a note."""
    targets = office.targets
    made = factories.report(
        office.tree["x11"],
        office.august,
        {targets["I.1"]: (150, 210), targets["I.2"]: (4, 20), targets["I.3"]: 1, targets["II.2"]: 140},
        state=State.SUBMITTED,
        submitted_by=office.people["an"],
    )
    made.actuals.filter(target=targets["II.2"]).update(note="Thêm 8 doanh nghiệp mới.")
    return made


def address(report):
    return f"/duyet/{report.pk}/"


def decide(client, report, act, opened=None, **given):
    """Open the report, choose, press a button; names of fields with `__` for `-`, as decision__I.1."""
    opened = fields(client.get(address(report))) if opened is None else opened
    typed = {name.replace("__", "-"): text for name, text in given.items()}
    return client.post(address(report), {**opened, **typed, "act": act})


def again(report):
    return Submission.objects.get(pk=report.pk)


# The queue


def test_the_queue_names_what_waits_and_what_needs_a_look(office, as_person, waiting):
    page = words(as_person("dung").get(QUEUE))
    assert "Chờ duyệt 1 Trả lại, mở lại 0 Đã duyệt 0 Chưa nộp 1" in page
    assert "X11, H1 09:00 ngày 16/8 4/6 2 cảnh báo 1 giải trình" in page
    assert "X12" not in page and "X21" not in page
    assert "Cấp xã duyệt 0, nộp 1 / 2" in page
    assert "Hạn duyệt còn 4 ngày 15 giờ" in page


def test_the_other_lists(office, as_person, waiting):
    client = as_person("dung")
    assert "X12, H1 Chưa bắt đầu" in words(client.get(QUEUE + "?xem=chua-nop"))
    factories.report(office.tree["x12"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.DRAFT)
    assert "X12, H1 Bản nháp" in words(client.get(QUEUE + "?xem=chua-nop"))
    workflow.return_report(submission=waiting, by=office.people["dung"], reason="Xem lại I.1.")
    assert "X11, H1 09:00 ngày 16/8 Xem lại I.1." in words(client.get(QUEUE + "?xem=dang-sua"))
    assert "Không có phiếu nào chờ duyệt." in words(client.get(QUEUE))
    assert "X11, H1 09:00 ngày 16/8" in words(client.get(QUEUE + "?ky=2023-07&xem=da-duyet"))


def test_flagged_first_then_the_oldest_and_what_waits_elsewhere(office, as_person, waiting):
    earlier = factories.AT - dt.timedelta(hours=5)
    factories.report(
        office.tree["x12"],
        office.august,
        {office.targets["I.1"]: (1, 2)},
        state=State.SUBMITTED,
        submitted_at=earlier,
    )
    factories.report(office.tree["x12"], office.july, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    page = as_person("dung").get(QUEUE)
    # X11's has flags; X12's, though older, has none.
    assert words(page).index("X11, H1") < words(page).index("X12, H1")
    assert f'href="{address(waiting)}">Xem phiếu đầu danh sách' in page.content.decode()
    assert "Kỳ khác còn phiếu chờ Tháng 7 năm 2023 1" in words(page)


def test_the_standing_agency_reviews_the_provinces_own(office, as_person, waiting):
    factories.report(office.tree["h1"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    page = words(as_person("khanh").get(QUEUE))
    assert "Chờ duyệt 1" in page and "H1 09:00 ngày 16/8 1/1" in page and "X11" not in page
    # Its coverage is the whole province's.
    assert "Cấp huyện duyệt 0, nộp 1 / 1" in page and "Cấp xã duyệt 0, nộp 1 / 4" in page


@pytest.mark.parametrize("name", ["an", "lam"])
def test_who_does_not_review_has_no_queue(office, as_person, name):
    assert as_person(name).get(QUEUE).status_code == 404


@pytest.mark.parametrize("query", ["?xem=x", "?cap=x", "?ky=2023-12", "?ky=%27", "?so-lieu=x"])
def test_lists_that_do_not_exist(office, as_person, query):
    assert as_person("dung").get(QUEUE + query).status_code == 404


@pytest.fixture
def plain(office):
    """August's report of x12, submitted without anything to look at."""
    return factories.report(office.tree["x12"], office.august, {office.targets["I.1"]: (1, 3)}, state=State.SUBMITTED)


def listed(response):
    """Codes of the communes in the list."""
    page = words(response)
    return [name for name in ("X11, H1", "X12, H1", "X21, H2", "X22, H2") if name in page[page.index("Cần xem Mở") :]]


def test_filters(office, as_person, waiting, plain):
    client = as_person("dung")
    Submission.objects.filter(pk=plain.pk).update(is_late=True)
    Submission.objects.filter(pk=waiting.pk).update(reviewed_at=factories.AT, reviewed_by=office.people["dung"])
    party = {"part": "lead", "agency": office.tree["h1"]}
    office.people["dung"].user_roles.create(role="lead")
    office.targets["I.2"].indicator.parties.create(**party)
    for query, expected in {
        "": ["X11, H1", "X12, H1"],
        "?loc=co-co": ["X11, H1"],
        "?loc=khong-co": ["X12, H1"],
        "?loc=muon": ["X12, H1"],
        "?loc=nop-lai": ["X11, H1"],
        "?loc=chu-tri": ["X11, H1"],
    }.items():
        assert listed(client.get(QUEUE + query)) == expected, query
    for query in ("?loc=x", "?huyen=h1"):  # a district's reviewer has no choice of districts
        assert client.get(QUEUE + query).status_code == 404


def test_the_standing_agency_looks_into_a_district_and_decides_nothing_there(office, as_person, waiting, plain):
    client = as_person("khanh")
    page = client.get(QUEUE + "?huyen=h1")
    assert listed(page) == ["X11, H1", "X12, H1"]
    assert 'name="phieu"' not in page.content.decode()
    client.post(MANY, {"phieu": [f"{plain.pk}-{plain.revision}"]})
    assert again(plain).state == State.SUBMITTED
    assert client.get(QUEUE + "?huyen=h9").status_code == 404


MANY = "/duyet/nhieu/?ky=2023-08"


def test_many_at_once_where_nothing_is_flagged(office, as_person, waiting, plain):
    third = factories.agency("x13", parent=office.tree["h1"])
    target = factories.target(office.plan, "III.1", [third])
    gone = factories.report(third, office.august, {target: (1, 3)}, state=State.SUBMITTED)
    client = as_person("dung")
    page = client.get(QUEUE)
    assert page.content.decode().count('name="phieu"') == 2
    assert page.content.decode().count(" checked>") == 0
    assert client.get(QUEUE + "?chon=khong-co").content.decode().count(" checked>") == 2
    tickets = [f"{report.pk}-{report.revision}" for report in (waiting, plain, gone)]
    # Meanwhile a colleague sends the third back; the first has flags and was put in by hand.
    workflow.return_report(submission=gone, by=office.people["giang"], reason="Xem lại.")
    response = client.post(MANY, {"phieu": [*tickets, "x", f"{waiting.pk}", "99-1"], "loc": "khong-co"}, follow=True)
    assert response.redirect_chain == [("/duyet/?ky=2023-08&xem=cho-duyet&loc=khong-co", 302)]
    page = words(response)
    assert "Đã duyệt 1 phiếu: X12, H1." in page
    assert "2 phiếu chưa duyệt." in page
    assert "X13, H1: Phiếu đã bị trả lại, đang chờ đơn vị nộp lại." in page
    assert "X11, H1: có 2 chỗ cần xem, phải mở phiếu" in page
    assert [again(report).state for report in (waiting, plain, gone)] == ["submitted", "approved", "returned"]
    assert again(plain).reviewed_by == office.people["dung"]
    # Pressed once more it has no further effect.
    client.post(MANY, {"phieu": tickets})
    assert AuditEntry.objects.filter(act="duyệt phiếu").count() == 1
    assert "Chưa chọn phiếu nào. Chưa duyệt gì." in words(client.post(MANY, {}, follow=True))


def test_many_only_as_they_were_seen(office, as_person, plain):
    client = as_person("dung")
    response = client.post(MANY, {"phieu": [f"{plain.pk}-{plain.revision + 1}"]}, follow=True)
    assert "X12, H1: Phiếu đã thay đổi sau khi trang này được mở." in words(response)
    assert again(plain).state == State.SUBMITTED


@pytest.mark.parametrize(("name", "status"), [("an", 404), ("lam", 404), ("hanh", 302)])
def test_many_by_who_does_not_review_them(office, as_person, plain, name, status):
    response = as_person(name).post(MANY, {"phieu": [f"{plain.pk}-{plain.revision}"]})
    assert (response.status_code, again(plain).state) == (status, State.SUBMITTED)
    assert as_person("dung").get(MANY).status_code == 405


def test_many_ring_once(office, plain, monkeypatch, django_capture_on_commit_callbacks):
    other = factories.agency("x13", parent=office.tree["h1"])
    more = factories.report(
        other, office.august, {factories.target(office.plan, "III.1", [other]): (1, 3)}, state=State.SUBMITTED
    )
    rung = []
    monkeypatch.setattr(tasks, "send_task", rung.append)
    reports = [(plain, 0), (more, 0)]
    with tasks.enqueue_once():
        with django_capture_on_commit_callbacks(execute=True):
            workflow.approve_many(reports=reports, by=office.people["dung"])
        assert rung == []
    assert rung == [office.plan.pk] and PendingRollup.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        pending.request_rollup(plan=office.plan)
    assert rung == [office.plan.pk] * 2


# One report


def test_figures_stand_beside_last_months_with_flags_and_notes(office, as_person, waiting):
    page = words(as_person("dung").get(address(waiting)))
    assert "60 / 100 60,00% 150 / 210 71,43% 67,74% 210 / 310" in page  # (60 + 150) / (100 + 210)
    assert "Mẫu số 210 gấp 2,1 lần kỳ trước (100)" in page
    assert "Ít hơn kỳ trước: 5 xuống 4" in page
    assert "Giải trình: “Thêm 8 doanh nghiệp mới.”" in page
    assert "Chưa có số: II.1, II.3" in page
    assert "người nộp Nguyễn Văn An, đúng hạn. Mã 08-x11-01." in page


def test_approving_counts_it_and_goes_to_the_next(office, as_person, waiting):
    following = factories.report(
        office.tree["x12"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED
    )
    client = as_person("dung")
    response = decide(client, waiting, "approve")
    assert response.url == address(following)
    report = again(waiting)
    assert (report.state, report.reviewed_by.username, report.is_official) == (State.APPROVED, "dung", True)
    assert "Đã duyệt phiếu X11, H1." in words(client.get(response.url))
    assert decide(client, following, "approve").url == QUEUE + "?ky=2023-08"


def test_a_colleague_decides_as_well_and_the_second_is_told(office, as_person, waiting):
    giang = as_person("giang")
    opened = fields(giang.get(address(waiting)))
    decide(as_person("dung"), waiting, "approve")
    second = decide(giang, waiting, "approve", opened=opened)
    assert second.status_code == 409
    assert "Phạm Văn Dũng đã duyệt phiếu lúc 09:00 ngày 16/8. Lần bấm này không có tác dụng." in words(second)
    late = decide(giang, waiting, "return", opened=opened, code="other", reason="Sai.")
    assert late.status_code == 409 and again(waiting).state == State.APPROVED
    assert AuditEntry.objects.filter(act__in=["duyệt phiếu", "trả lại phiếu"]).count() == 1


def test_only_what_was_looked_at_is_approved(office, as_person, waiting):
    dung = as_person("dung")
    opened = fields(dung.get(address(waiting)))
    workflow.return_report(submission=waiting, by=office.people["giang"], reason="Sửa I.1.")
    figures = {office.targets["I.1"]: validation.Figures(Decimal(200), Decimal(210))}
    editing.save_figures(submission=waiting, figures=figures, by=office.people["an"])
    workflow.submit(submission=waiting, by=office.people["an"])
    response = decide(dung, waiting, "approve", opened=opened)
    assert "Phiếu đã thay đổi sau khi trang này được mở." in words(response)
    assert again(waiting).state == State.SUBMITTED
    assert decide(dung, waiting, "approve", opened={**opened, "revision": "x"}).status_code == 409


def test_returning_with_reasons_by_cell(office, as_person, waiting):
    client = as_person("dung")
    response = decide(
        client,
        waiting,
        "return",
        **{"decision__I.1": "return", "code__I.1": "denominator", "reason__I.1": "Chưa cộng hồ sơ trực tiếp."},
    )
    assert response.status_code == 302
    report = again(waiting)
    assert (report.state, report.return_reason) == (State.RETURNED, "Sửa I.1 theo lý do ghi tại từng mục.")
    cells = dict(report.actuals.exclude(return_reason="").values_list("target__code", "return_reason"))
    assert cells == {"I.1": "Sai mẫu số. Chưa cộng hồ sơ trực tiếp."}
    assert "Đã trả lại phiếu X11, H1: I.1." in words(client.get(response.url))


def test_returning_needs_a_reason_and_keeps_what_was_typed(office, as_person, waiting):
    client = as_person("dung")
    bare = decide(client, waiting, "return")
    assert bare.status_code == 422
    assert "Chọn Trả lại ở từng chỉ tiêu cần sửa, hoặc ghi lý do chung cho cả phiếu." in words(bare)
    given = {"decision__I.1": "return", "decision__I.2": "return", "reason__I.2": "Số giảm vì sao?"}
    half = decide(client, waiting, "return", **given)
    assert half.status_code == 422
    assert words(half).count("Chọn một lý do trong danh sách và ghi rõ cần sửa gì.") == 2
    alone = decide(client, waiting, "return", reason="Xem lại.")
    assert alone.status_code == 422 and "Chọn một lý do trong danh sách" in words(alone)
    kept = fields(half)
    assert (kept["decision-I.1"], kept["decision-I.2"], kept["reason-I.2"]) == ("return", "return", "Số giảm vì sao?")
    assert again(waiting).state == State.SUBMITTED
    long = decide(client, waiting, "return", code="other", reason="a" * 1901)
    assert "Lý do dài quá 1.900 ký tự." in words(long)


def test_approving_with_a_cell_marked_for_return_is_asked_about(office, as_person, waiting):
    response = decide(as_person("dung"), waiting, "approve", **{"decision__I.1": "return"})
    assert response.status_code == 422 and "I.1 đang chọn Trả lại." in words(response)
    assert again(waiting).state == State.SUBMITTED


def test_reopening_makes_a_new_version_and_the_old_one_stays_official(office, as_person):
    july = Submission.objects.get(agency=office.tree["x11"], period=office.july)
    client = as_person("dung")
    for half in ({}, {"reason": "Đơn vị báo thiếu hồ sơ."}, {"code": "numerator"}, {"code": "x", "reason": "Thiếu."}):
        refused = decide(client, july, "reopen", **half)
        assert refused.status_code == 422 and "Chọn một lý do trong danh sách và ghi rõ" in words(refused)
        assert half.get("reason", "") in refused.content.decode()
    decide(client, july, "reopen", code="numerator", reason="Đơn vị báo thiếu hồ sơ.")
    newer = Submission.objects.get(agency=office.tree["x11"], period=office.july, is_latest=True)
    assert (newer.version, newer.state, again(july).is_official) == (2, State.DRAFT, True)
    page = words(client.get(address(newer)))
    assert "Đơn vị đang soạn phiếu, chưa nộp." in page and "60 / 100" not in page
    assert "Mở lại phiếu Phạm Văn Dũng: “Sai tử số. Đơn vị báo thiếu hồ sơ.”" in page
    assert "60 / 100" in words(as_person("an").get(address(newer)))


def test_the_story_of_a_report(office, as_person, moment):
    an, dung = office.people["an"], office.people["dung"]
    report = editing.open_report(agency=office.tree["x11"], period=office.august, by=an)
    editing.save_figures(
        submission=report, figures={office.targets["I.3"]: validation.Figures(value=Decimal(1))}, by=an
    )
    moment.shift(3600)
    workflow.submit(submission=report, by=an)
    moment.shift(3600)
    workflow.return_report(submission=report, by=dung, reason="Thiếu số.")
    moment.shift(3600)
    workflow.submit(submission=report, by=an)
    page = words(as_person("dung").get(address(report)))
    story = page[page.index("Diễn biến") : page.index(" Chữ viết tắt:")]
    assert story == (
        "Diễn biến Bắt đầu nhập 09:00 ngày 16/08/2023 "
        "Lưu 1 số Nguyễn Văn An: “Biểu nhập” 09:00 ngày 16/08/2023 Nộp phiếu Nguyễn Văn An 10:00 ngày 16/08/2023 "
        "Trả lại phiếu Phạm Văn Dũng: “Thiếu số.” 11:00 ngày 16/08/2023 Nộp phiếu Nguyễn Văn An 12:00 ngày 16/08/2023"
    )


def test_more_time_is_part_of_the_story(office, as_person, moment):
    an, dung, x11 = office.people["an"], office.people["dung"], office.tree["x11"]
    report = factories.report(x11, office.august, {office.targets["I.1"]: (1, 2)}, state=State.DRAFT)
    until = dt.date(2023, 8, 21)
    asked = services.ask_extension(agency=x11, period=office.august, by=an, reason="Mất điện.", until=until)
    moment.shift(3600)
    services.grant_extension(extension=asked, by=dung, until=dt.date(2023, 8, 20), answer="Đến Chủ nhật.")
    moment.shift(3600)
    again = services.ask_extension(agency=x11, period=office.august, by=an, reason="Vẫn mất điện.", until=until)
    services.refuse_extension(extension=again, by=dung, answer="Đã có điện.")
    page = words(as_person("dung").get(address(report)))
    for said in (
        "Đề nghị gia hạn đến 21/08/2023 Nguyễn Văn An: “Mất điện.” 09:00 ngày 16/08/2023",
        "Gia hạn đến hết ngày 20/08/2023 Phạm Văn Dũng: “Đến Chủ nhật.” 10:00 ngày 16/08/2023",
        "Không cho gia hạn Phạm Văn Dũng: “Đã có điện.” 11:00 ngày 16/08/2023",
    ):
        assert said in page
    assert as_person("hanh").get(address(report)).status_code == 404


# Who may


@pytest.mark.parametrize("name", ["cuc", "hanh"])
def test_a_stranger_finds_nothing(office, as_person, waiting, name):
    client = as_person(name)
    assert client.get(address(waiting)).status_code == 404
    assert words(client.get(address(waiting))) == words(client.get("/duyet/99999/"))
    assert client.post(address(waiting), {"act": "approve", "revision": waiting.revision}).status_code == 404
    assert again(waiting).state == State.SUBMITTED


@pytest.mark.parametrize("name", ["an", "binh", "lam", "khanh"])
def test_who_may_see_it_reads_without_buttons(office, as_person, waiting, name):
    client = as_person(name)
    page = client.get(address(waiting))
    assert "150 / 210" in words(page)
    assert 'name="act"' not in page.content.decode()
    assert client.post(address(waiting), {"act": "approve", "revision": waiting.revision}).status_code == 404
    assert again(waiting).state == State.SUBMITTED


def test_nobody_reviews_his_own_agencys_report(office, as_person):
    own = factories.report(office.tree["h1"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED)
    client = as_person("dung")
    assert 'name="act"' not in client.get(address(own)).content.decode()
    assert client.post(address(own), {"act": "approve", "revision": own.revision}).status_code == 404


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (State.DRAFT, "approve"),
        (State.DRAFT, "return"),
        (State.DRAFT, "reopen"),
        (State.SUBMITTED, "reopen"),
        (State.APPROVED, "approve"),
        (State.APPROVED, "return"),
        (State.RETURNED, "approve"),
        (State.RETURNED, "return"),
        (State.RETURNED, "reopen"),
    ],
)
def test_steps_out_of_order_are_refused(office, as_person, state, act):
    report = factories.report(office.tree["x12"], office.august, {office.targets["I.1"]: (1, 2)}, state=state)
    posted = as_person("dung").post(address(report), {"act": act, "revision": "0", "code": "other", "reason": "Lý do."})
    assert posted.status_code == 409
    assert again(report).state == state
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("act", ["", "delete", "approve;"])
def test_acts_that_do_not_exist(office, as_person, waiting, act):
    assert as_person("dung").post(address(waiting), {"act": act, "revision": "0"}).status_code == 404


def test_looking_changes_nothing(office, as_person, waiting):
    before = list(Submission.objects.values()), list(Actual.objects.values())
    as_person("dung").get(QUEUE)
    as_person("dung").get(address(waiting) + "?act=approve")
    assert (list(Submission.objects.values()), list(Actual.objects.values())) == before
    assert not AuditEntry.objects.exists()


def test_extra_fields_are_ignored(office, as_person, waiting):
    decide(as_person("dung"), waiting, "approve", state="draft", reviewed_by=office.people["an"].pk, version="7")
    report = again(waiting)
    assert (report.state, report.reviewed_by.username, report.version) == (State.APPROVED, "dung", 1)


def test_naughty_text_is_shown_as_it_is(office, as_person, waiting):
    text = "<script>alert('x')</script> {{ 7 }}"
    waiting.actuals.filter(target=office.targets["I.1"]).update(note=text)
    client = as_person("dung")
    page = client.get(address(waiting))
    assert f"Giải trình: “{text}”" in words(page) and "<script>alert" not in page.content.decode()
    decide(client, waiting, "return", code="other", reason=text + "\x00")
    assert again(waiting).return_reason == text
    assert text in words(client.get(QUEUE + "?xem=dang-sua"))


# How many queries


def test_what_an_approval_would_change_stands_on_the_page(office, as_person, waiting):
    pending.request_rollup(plan=office.plan)
    tasks.roll_up(office.plan.pk)
    page = words(as_person("dung").get(address(waiting)))
    assert "Nếu duyệt cả phiếu, số chính thức đến hết kỳ tháng 8 đổi thế nào" in page
    # 60/100 and then (60 + 150) / (100 + 210), in the district and in the province.
    assert "I.1 Hồ sơ trực tuyến 60,00% 67,74% +7,74 điểm" in page
    assert "Nếu duyệt cả phiếu" not in words(as_person("an").get(address(waiting)))


def test_how_it_was_sent_back_before_stands_beside_the_figure(office, as_person, waiting, moment):
    told = {
        office.targets["I.1"].pk: ReasonForReturn(ReturnReason.DENOMINATOR, "Cộng cả hồ sơ trực tiếp."),
        office.targets["I.2"].pk: ReasonForReturn(ReturnReason.DEVIATION, "Vì sao giảm?"),
    }
    workflow.return_report(submission=waiting, by=office.people["dung"], reason="Sửa I.1, I.2.", cells=told)
    moment.shift(3600)
    figures = {office.targets["I.1"]: validation.Figures(Decimal(150), Decimal(250))}
    editing.save_figures(submission=waiting, figures=figures, by=office.people["an"])
    workflow.submit(submission=waiting, by=office.people["an"])
    page = words(as_person("dung").get(address(waiting)))
    assert "Lần trước trả lại lúc 09:00 ngày 16/8: “Sai mẫu số. Cộng cả hồ sơ trực tiếp.” Đã sửa." in page
    assert "“Lệch so với kỳ trước. Vì sao giảm?” Không đổi." in page


def test_queries_do_not_grow(office, as_person, waiting, django_assert_num_queries):
    client = as_person("dung")
    client.get(QUEUE)
    with django_assert_num_queries(17):
        client.get(QUEUE)
    with django_assert_num_queries(39):
        client.get(address(waiting))
    for number in range(20):
        more = factories.agency(f"y{number}", parent=office.tree["h1"])
        extra = factories.target(office.plan, f"III.{number + 1}", [more, office.tree["x11"]])
        factories.report(more, office.august, {extra: (1, 20)}, state=State.SUBMITTED)
        factories.report(more, office.july, {extra: (1, 20)})
    with django_assert_num_queries(17):
        page = client.get(QUEUE)
    assert "Chờ duyệt 21" in words(page)
    with django_assert_num_queries(39):
        client.get(address(waiting))


def test_after_the_review_deadline(office, as_person, waiting, moment):
    moment.move_to(dt.datetime(2023, 8, 22, 9, tzinfo=VIETNAM))
    client = as_person("dung")
    assert "đã qua hạn duyệt" in words(client.get(QUEUE))
    assert decide(client, waiting, "approve").status_code == 302


# What must be judged comes first


def test_flagged_figures_come_before_the_others(office, as_person, waiting):
    """I.1 and I.2 have warnings, I.3 and II.2 none; a reader who does not decide sees the plan's order."""
    client = as_person("dung")
    page = client.get(address(waiting)).content.decode()
    order = [page.index(text) for text in ("Cần xem trước", 'id="d-I.1"', 'id="d-I.2"', 'id="d-I.3"', 'id="d-II.2"')]
    assert order == sorted(order) and page.count("data-flagged") == 2
    read = as_person("an").get(address(waiting)).content.decode()
    assert "Cần xem trước" not in read and "data-flagged" not in read
    # A figure without a warning that was sent back the last time comes first too.
    told = {office.targets["II.2"].pk: ReasonForReturn(ReturnReason.VALUE, "Đếm lại.")}
    workflow.return_report(submission=waiting, by=office.people["dung"], reason="Sửa II.2.", cells=told)
    workflow.submit(submission=waiting, by=office.people["an"])
    page = client.get(address(waiting)).content.decode()
    assert page.index('id="d-I.2"') < page.index('id="d-II.2"') < page.index('id="d-I.3"')


def test_the_effect_of_an_approval_is_one_line(office, as_person, waiting):
    pending.request_rollup(plan=office.plan)
    tasks.roll_up(office.plan.pk)
    page = as_person("dung").get(address(waiting))
    # I.1 60 → 67,74; I.2 25 → 20, with its status; I.3, II.2 keep theirs.
    assert "Nếu duyệt cả phiếu: 3 chỉ tiêu thành phần đổi, lớn nhất +7,74 điểm; không trạng thái nào đổi" in words(page)
    assert '<details class="inner folded">' in page.content.decode()


def test_a_refused_return_names_what_is_missing_at_its_head(office, as_person, waiting):
    given = {
        "decision__I.1": "return",
        "decision__I.2": "return",
        "code__I.1": "denominator",
        "reason__I.1": "Xem lại.",
    }
    page = decide(as_person("dung"), waiting, "return", **given)
    assert page.status_code == 422
    assert "Chưa trả lại gì: còn thiếu lý do ở 1 chỗ. Bổ sung tại I.2." in words(page)
    assert 'id="errors"' in page.content.decode() and 'href="#d-I.2"' in page.content.decode()


def test_what_was_asked_and_answered_stands_beside_the_figure(office, as_person, waiting):
    lead = factories.person("mai", office.tree["s1"], Role.LEAD, full_name="Mai Thị Hoa")
    indicator = office.targets["I.1"].indicator
    IndicatorParty.objects.create(indicator=indicator, part="lead", agency=office.tree["s1"])
    add = {"submission": waiting, "target": office.targets["I.1"]}
    comments.add_comment(**add, kind=CommentKind.QUESTION, text="Vì sao mẫu số gấp đôi?", by=office.people["dung"])
    asked = words(as_person("dung").get(address(waiting)))
    assert "chưa trả lời: “Vì sao mẫu số gấp đôi?”" in asked
    comments.add_comment(**add, kind=CommentKind.COMMENT, text="Gộp cả hồ sơ trực tiếp.", by=lead)
    answered = words(as_person("dung").get(address(waiting)))
    assert "trả lời lúc 09:00 ngày 16/8: “Gộp cả hồ sơ trực tiếp.”" in answered and "chưa trả lời" not in answered
