"""Rules between targets: read by everyone, added, corrected and withdrawn by the standing agency with a reason."""

import pytest

from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import Plan, Submission
from indicators.rules.consistency import Check, TargetRule
from indicators.submissions.detail import read_detail
from indicators.targets.target_rules.services import store_rule, withdraw_rule
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST, ADD, FIRST = "/quy-tac/", "/quy-tac/them/", "/quy-tac/1/"
WITHIN = {"check": "numerator_within", "targets": ["I.2", "I.1"], "why": "hệ thống phải được phê duyệt trước"}
SENTENCE = "Tử số I.2 không lớn hơn tử số I.1: hệ thống phải được phê duyệt trước"


@pytest.fixture
def rule(office):
    Plan.objects.filter(pk=office.plan.pk).update(target_rules=[WITHIN])


def post(browser, address, **typed):
    form = fields(browser.get(address)) | {"reason": "Theo Công văn 12"} | typed
    return browser.post(address, form, follow=True)


def stored():
    return Plan.objects.get().target_rules


def test_everyone_reads_the_list(client, as_person, rule, django_assert_num_queries):
    an = as_person("an")
    page = an.get(LIST)
    assert SENTENCE in words(page) and "1 quy tắc đang dùng" in words(page)
    assert FIRST not in page.content.decode() and ADD not in page.content.decode()
    assert LIST in an.get("/chi-tieu/").content.decode()
    # 3 who reads, 2 what is shown, 1 the targets' labels, 1 the frame.
    with django_assert_num_queries(7):
        an.get(LIST)
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_nobody_else_changes_them(as_person, office, rule, name):
    browser = as_person(name)
    for address in (ADD, FIRST):
        assert [browser.get(address).status_code, browser.post(address, {}).status_code] == [404, 404]
    given = TargetRule(Check.COMMUNES, ("I.2",), "Thử")
    with pytest.raises(ActionNotAllowed, match="không sửa được"):
        store_rule(plan=office.plan, rule=given, reason="Thử", by=office.people[name])
    with pytest.raises(ActionNotAllowed, match="không sửa được"):
        withdraw_rule(plan=office.plan, number=1, reason="Thử", by=office.people[name])
    assert stored() == [WITHIN]


def test_the_standing_agency_adds_a_rule_that_holds_at_once(as_person, office):
    khanh = as_person("khanh")
    typed = {"condition": "same_denominator", "target-1": "I.1", "target-2": "I.2", "why": "cùng số hồ sơ"}
    page = post(khanh, ADD, **typed)
    assert "Đã ghi quy tắc 1" in words(page) and "I.1 và I.2 cùng một mẫu số: cùng số hồ sơ" in words(page)
    assert page.redirect_chain[0][0].endswith("#quy-tac-1")
    line = AuditEntry.objects.order_by("pk").last()
    assert (line.act, line.object_label) == ("thêm quy tắc giữa các mục tiêu", "Quy tắc 1")
    assert line.detail["reason"] == "Theo Công văn 12"
    # July of x11: I.1 60/100, I.2 5/20.
    report = Submission.objects.get(agency__code="x11")
    detail = read_detail(report.agency, report.period, report).checked()
    assert (
        "Mẫu số 20 khác mẫu số của I.1: 100 (cùng số hồ sơ)"
        in next(r for r in detail.rows if r.target.code == "I.2").flags
    )
    assert "cùng một mẫu số: cùng số hồ sơ" in words(khanh.get("/muc-tieu/I.2/"))
    figure = words(as_person("dung").get(f"/duyet/{report.pk}/I.2/"))
    assert "Quy tắc 1 I.1 và I.2 cùng một mẫu số: cùng số hồ sơ" in figure


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"target-2": ""}, "đúng 2 chỉ tiêu"),
        ({"target-2": "I.2"}, "chỉ chọn một lần"),
        ({"target-2": "II.2"}, "Chọn một chỉ tiêu tỷ lệ"),
        ({"why": " "}, "Ghi vì sao có quy tắc"),
        ({"reason": " "}, "Ghi rõ lý do"),
        ({}, "Quy tắc không đổi"),
        ({"seen": "câu khác"}, "Có người vừa sửa"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_lost(as_person, rule, typed, message):
    page = post(as_person("khanh"), FIRST, **typed)
    assert page.status_code in (409, 422) and message in words(page)
    assert stored() == [WITHIN]


def test_a_rule_is_corrected_and_withdrawn_with_a_reason(as_person, office, rule):
    khanh = as_person("khanh")
    page = post(khanh, FIRST, why="phê duyệt rồi mới đáp ứng")
    assert "không lớn hơn tử số I.1: phê duyệt rồi mới đáp ứng" in words(page)
    assert AuditEntry.objects.order_by("pk").last().act == "sửa quy tắc giữa các mục tiêu"
    form = fields(khanh.get(FIRST)) | {"act": "rut", "rut-reason": ""}
    assert "Ghi rõ lý do" in words(khanh.post(FIRST, form))
    shown = words(khanh.post(FIRST, form | {"rut-reason": "Mỗi hệ thống nay đếm riêng"}, follow=True))
    assert "0 quy tắc đang dùng" in shown and "Rút ngày 16/08/2023: Mỗi hệ thống nay đếm riêng" in shown
    assert AuditEntry.objects.order_by("pk").last().act == "rút quy tắc giữa các mục tiêu"
    assert Plan.objects.get().rules_between_targets == []
    assert khanh.get(FIRST).status_code == 404
    with pytest.raises(ActionNotAllowed, match="không còn hiệu lực"):
        withdraw_rule(plan=office.plan, number=1, reason="Lại", by=office.people["khanh"])
    # A number is never used again.
    assert "Đã ghi quy tắc 2" in words(post(khanh, ADD, **{"target-1": "I.2", "condition": "communes", "why": "xã"}))


def test_the_same_rule_is_not_added_twice(as_person, rule):
    typed = {"condition": "numerator_within", "target-1": "I.2", "target-2": "I.1", "why": WITHIN["why"]}
    assert "Quy tắc này đã có" in words(post(as_person("khanh"), ADD, **typed))
