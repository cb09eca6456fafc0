"""A figure's own page: what is said about it and by whom, the lead agency's word, its history; who may see it."""

from decimal import Decimal

import pytest

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, Comment, CommentKind, IndicatorParty, ReturnReason, State, Submission
from indicators.review import comments
from indicators.submissions import editing, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

QUESTIONS = "/tham-dinh/"


@pytest.fixture
def world(office):
    """August's report of x11 waits; s1 leads I.1, with Nga as its voice."""
    office.report = factories.report(
        office.tree["x11"],
        office.august,
        {office.targets["I.1"]: (70, 110), office.targets["II.2"]: 140},
        state=State.SUBMITTED,
        submitted_by=office.people["an"],
    )
    indicator = office.targets["I.1"].indicator
    IndicatorParty.objects.create(indicator=indicator, part="lead", agency=office.tree["s1"])
    office.people["nga"] = factories.person("nga", office.tree["s1"], Role.LEAD, full_name="Hồ Thúy Nga")
    return office


def address(report, code="I.1"):
    return f"/duyet/{report.pk}/{code}/"


def say(world, kind, text, name, code="I.1", report=None):
    return comments.add_comment(
        submission=report or world.report,
        target=world.targets[code],
        kind=CommentKind(kind),
        text=text,
        by=world.people[name],
    )


def told(world, name):
    return list(Notification.objects.filter(person=world.people[name]).order_by("pk").values_list("title", flat=True))


def test_where_a_whole_group_leads_the_agency_itself_is_asked(world):
    """*Các huyện, các xã* lead: nobody speaks for all of them, and a question went to nobody."""
    parties = world.targets["I.1"].indicator.parties
    parties.all().delete()
    parties.create(part="lead", group="@communes")
    say(world, "question", "Số này lấy ở đâu?", "dung")
    assert told(world, "an") == told(world, "binh") == ["Câu hỏi về I.1, X11, H1, tháng 8 năm 2023"]
    assert told(world, "nga") == told(world, "dung") == []


def test_a_question_an_answer_and_a_verdict(world, as_person, moment):
    dung, nga, an = as_person("dung"), as_person("nga"), as_person("an")
    asked = dung.post(
        address(world.report), {"kind": "question", "text": "Số này đã đối chiếu với Cổng dịch vụ công chưa?"}
    )
    assert asked.url == address(world.report) + "#trao-doi"
    assert told(world, "nga") == ["Câu hỏi về I.1, X11, H1, tháng 8 năm 2023"]
    assert "Đã hỏi cơ quan chủ trì lúc 09:00 ngày 16/8, chưa trả lời" in words(dung.get(f"/duyet/{world.report.pk}/"))
    page = words(nga.get(QUESTIONS))
    assert "Câu hỏi 1 chờ trả lời" in page
    assert "I.1 X11, H1, tháng 8 Số này đã đối chiếu với Cổng dịch vụ công chưa? Phạm Văn Dũng, H1" in page
    moment.shift(600)
    nga.post(address(world.report), {"kind": "doubt", "text": "Cổng chỉ có 98 hồ sơ."})
    assert told(world, "dung") == ["I.1, X11, H1, tháng 8 năm 2023: nghi vấn"]
    assert "S1 nghi vấn: “Cổng chỉ có 98 hồ sơ.”" in words(dung.get(f"/duyet/{world.report.pk}/"))
    assert "Đã trả lời" in words(nga.get(QUESTIONS))
    an.post(address(world.report), {"kind": "comment", "text": "Có 12 hồ sơ nộp trực tiếp."})
    thread = words(an.get(address(world.report)))
    assert (
        "Phạm Văn Dũng, H1: hỏi cơ quan chủ trì Số này đã đối chiếu với Cổng dịch vụ công chưa? 09:00 ngày 16/08/2023 "
        "Hồ Thúy Nga, S1: nghi vấn Cổng chỉ có 98 hồ sơ. 09:10 ngày 16/08/2023 "
        "Nguyễn Văn An, X11, H1 Có 12 hồ sơ nộp trực tiếp. 09:10 ngày 16/08/2023"
    ) in thread
    nga.post(address(world.report), {"kind": "verified", "text": ""})
    assert "S1 đã thẩm định" in words(dung.get(f"/duyet/{world.report.pk}/"))
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == [
        "hỏi cơ quan chủ trì",
        "nêu nghi vấn về số liệu",
        "ghi ý kiến về số liệu",
        "thẩm định số liệu",
    ]


def test_a_doubt_is_something_to_look_at(world, as_person):
    client = as_person("dung")
    workflow.approve(submission=world.report, by=world.people["dung"])
    other = factories.report(world.tree["x12"], world.august, {world.targets["I.1"]: (1, 3)}, state=State.SUBMITTED)
    assert 'name="phieu"' in client.get("/duyet/").content.decode()
    say(world, "doubt", "Chưa khớp.", "nga", report=other)
    page = client.get("/duyet/")
    assert "1 nghi vấn" in words(page) and 'name="phieu"' not in page.content.decode()
    client.post("/duyet/nhieu/?ky=2023-08", {"phieu": [f"{other.pk}-{other.revision}"]})
    assert Submission.objects.get(pk=other.pk).state == State.SUBMITTED


def test_a_verdict_is_of_the_figure_that_was_seen(world, as_person, moment):
    say(world, "verified", "", "nga")
    workflow.return_report(submission=world.report, by=world.people["dung"], reason="Xem lại.")
    moment.shift(60)
    editing.save_figures(
        submission=world.report,
        figures={world.targets["I.1"]: Figures(Decimal(71), Decimal(110))},
        by=world.people["an"],
    )
    workflow.submit(submission=world.report, by=world.people["an"])
    assert "đã thẩm định" not in words(as_person("dung").get(f"/duyet/{world.report.pk}/"))
    assert "Hồ Thúy Nga, S1: đã thẩm định" in words(as_person("dung").get(address(world.report)))


# Who may say what, in which state


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("an", {"comment"}),
        ("dung", {"comment", "question"}),
        ("khanh", {"comment", "question"}),
        ("nga", {"comment", "verified", "doubt"}),
        ("lam", set()),
        ("cuc", set()),
        ("hanh", set()),
    ],
)
def test_who_may_say_what(world, name, kinds):
    for kind in CommentKind.values:
        before = Comment.objects.count()
        if kind in kinds:
            say(world, kind, "Ghi chú.", name)
        else:
            with pytest.raises(ActionNotAllowed, match="không có quyền"):
                say(world, kind, "Ghi chú.", name)
        assert Comment.objects.count() == before + (kind in kinds)


SAID = {
    State.DRAFT: {"comment": "chưa được nộp", "question": "chưa được nộp", "verified": "chưa được nộp"},
    State.SUBMITTED: {},
    State.RETURNED: {"question": "đã bị trả lại", "verified": "đã bị trả lại"},
    State.APPROVED: {},
    State.SUPERSEDED: dict.fromkeys(["comment", "question", "verified"], "thay bằng bản mới"),
}


@pytest.mark.parametrize("state", State.values)
def test_in_which_state(world, state):
    reason = "Xem lại." if state == State.RETURNED else ""
    counts = state in (State.SUBMITTED, State.APPROVED)
    Submission.objects.filter(pk=world.report.pk).update(
        state=state, is_official=state == State.APPROVED, is_provisional=counts, return_reason=reason
    )
    for kind, name in (("comment", "an"), ("question", "dung"), ("verified", "nga"), ("doubt", "nga")):
        refusal = SAID[state].get("verified" if kind == "doubt" else kind)
        if refusal:
            with pytest.raises(ActionNotAllowed, match=refusal):
                say(world, kind, "Ghi chú.", name)
        else:
            say(world, kind, "Ghi chú.", name)


def test_words_are_needed_and_only_about_a_figure(world, as_person):
    client = as_person("dung")
    bare = client.post(address(world.report), {"kind": "question", "text": "  "})
    assert bare.status_code == 409 and "Ghi nội dung rồi gửi lại." in words(bare)
    long = client.post(address(world.report), {"kind": "comment", "text": "a" * 2001})
    assert (
        long.status_code == 409
        and "Nội dung dài quá 2.000 ký tự." in words(long)
        and "a" * 2001 in long.content.decode()
    )
    assert client.post(address(world.report), {"kind": "xóa", "text": "a"}).status_code == 404
    none = client.post(address(world.report, "I.3"), {"kind": "question", "text": "Đâu?"})
    assert "Phiếu chưa có số của I.3." in words(none)
    assert client.post(address(world.report, "I.3"), {"kind": "comment", "text": "Sao chưa có?"}).status_code == 302
    assert Comment.objects.count() == 1


# Who may see it


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("an", 200),
        ("binh", 200),
        ("dung", 200),
        ("khanh", 200),
        ("lam", 200),
        ("nga", 200),
        ("cuc", 404),
        ("hanh", 404),
    ],
)
def test_who_sees_a_figure(world, as_person, name, status):
    client = as_person(name)
    assert client.get(address(world.report)).status_code == status
    if status == 404:
        assert words(client.get(address(world.report))) == words(client.get("/duyet/99999/I.1/"))
        assert client.post(address(world.report), {"kind": "comment", "text": "x"}).status_code == 404
    # Nga leads I.1 alone.
    if name == "nga":
        assert client.get(address(world.report, "II.2")).status_code == 404
        assert client.get(f"/duyet/{world.report.pk}/").status_code == 404


def test_a_draft_is_its_own_agencys_alone(world, as_person):
    Submission.objects.filter(pk=world.report.pk).update(state=State.DRAFT, is_provisional=False)
    for name in ("dung", "nga", "lam", "cuc"):
        assert as_person(name).get(address(world.report)).status_code == 404
    assert as_person("an").get(address(world.report)).status_code == 200


@pytest.mark.parametrize("code", ["I.9", "I.4", "x", "%00", "'"])
def test_figures_that_are_not_there(world, as_person, code):
    assert as_person("dung").get(address(world.report, code)).status_code == 404


def test_the_list_is_for_leads(world, as_person):
    for name in ("an", "dung", "lam"):
        assert as_person(name).get(QUESTIONS).status_code == 404
    assert "Chưa có câu hỏi nào." in words(as_person("nga").get(QUESTIONS))
    assert Comment.objects.count() == 0
    say(world, "question", "Đúng không?", "dung", code="II.2")  # led by nobody of s1
    assert "Chưa có câu hỏi nào." in words(as_person("nga").get(QUESTIONS))


def test_naughty_text_is_shown_as_it_is(world, as_person):
    text = "<script>alert('x')</script> {{ 7 }}\x00"
    as_person("dung").post(address(world.report), {"kind": "question", "text": text})
    for name, url in (("an", address(world.report)), ("nga", QUESTIONS)):
        page = as_person(name).get(url)
        assert text.rstrip("\x00") in words(page) and "<script>alert" not in page.content.decode()


# History


def test_the_history_of_a_figure(office, as_person, moment):
    an, dung, target = office.people["an"], office.people["dung"], office.targets["I.1"]
    report = editing.open_report(agency=office.tree["x11"], period=office.august, by=an)

    def save(n, d, note=""):
        moment.shift(60)
        editing.save_figures(submission=report, figures={target: Figures(Decimal(n), Decimal(d), note=note)}, by=an)

    save(60, 110)
    save(70, 110, "Thêm hồ sơ trực tiếp.")
    workflow.submit(submission=report, by=an)
    workflow.return_report(
        submission=report,
        by=dung,
        reason="Sửa I.1.",
        cells={target.pk: ReasonForReturn(ReturnReason.NUMERATOR, "Cao bất thường.")},
    )
    save(61, 110)
    workflow.submit(submission=report, by=an)
    workflow.approve(submission=report, by=dung)
    newer = workflow.reopen(submission=report, by=dung, reason="Nhầm mẫu số.")
    page = words(as_person("an").get(address(newer)))
    story = page[page.index("Bằng cách nào, vì sao") : page.index(" Nội dung gõ dở được giữ")]
    assert story == (
        "Bằng cách nào, vì sao "
        "09:01 ngày 16/08/2023 lần 1 Nguyễn Văn An — 60 / 110 54,55% Biểu nhập "
        "09:02 ngày 16/08/2023 lần 1 Nguyễn Văn An 60 / 110 54,55% 70 / 110 63,64% Biểu nhập "
        "Giải trình: “Thêm hồ sơ trực tiếp.” "
        "09:02 ngày 16/08/2023 lần 1 Phạm Văn Dũng 70 / 110 63,64% không đổi Trả lại: “Sai tử số. Cao bất thường.” "
        "09:03 ngày 16/08/2023 lần 1 Nguyễn Văn An 70 / 110 63,64% 61 / 110 55,45% Biểu nhập Giải trình: “(xóa)” "
        "09:03 ngày 16/08/2023 lần 2 Phạm Văn Dũng — 61 / 110 55,45% Mở lại phiếu: “Nhầm mẫu số.”"
    )
    # What its agency types into a draft is nobody else's business; what was approved stays.
    editing.save_figures(submission=newer, figures={target: Figures(Decimal(5), Decimal(9))}, by=an)
    assert "5 / 9" in words(as_person("an").get(address(newer)))
    assert "5 / 9" not in words(as_person("dung").get(address(report)))
    assert Actual.objects.get(submission=report, target=target).numerator == 61


def test_queries_do_not_grow(world, as_person, django_assert_num_queries):
    client = as_person("dung")
    say(world, "question", "Đúng không?", "dung")
    client.get(address(world.report))
    with django_assert_num_queries(20):
        client.get(address(world.report))
    for _ in range(10):
        say(world, "comment", "Vâng.", "an")
    with django_assert_num_queries(20):
        client.get(address(world.report))
