"""Changing how a target is judged: why, side by side, what it does, and what it was before.

I.2 (stock, at least 30% by 31 December) is rolled up with x11's July 5/20 = 25% alone. The first value begins the line: 25 are
required, and the province is on track. From a baseline of 0, with a milestone of 28 on 14 July, it is behind; there is no
forecast from one point.
"""

import datetime as dt
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEntry
from indicators import errors
from indicators.models import PendingRollup, Rollup, Target, TargetDefinition, TargetMilestone
from indicators.rollups import engine
from indicators.rules.calendar import Window
from indicators.targets import services
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

URL = "/muc-tieu/I.2/dinh-nghia/?ky=2023-07"


@pytest.fixture
def world(office):
    engine.rebuild(office.plan)
    return office


@pytest.fixture
def khanh(as_person, world):
    """The standing agency's browser."""
    return as_person("khanh")


def post(browser, changes, act="preview", page=None):
    form = fields(page or browser.get(URL)) | {"act": act, "reason": "Nghị quyết 12"} | changes
    return browser.post(URL, form, headers={"X-CSRFToken": form["csrfmiddlewaretoken"]})


MILESTONE = {"day-0": "2023-07-14", "value-0": "28", "baseline": "0"}


def test_a_preview_shows_both_and_what_it_does_and_writes_nothing(khanh, world):
    page = post(khanh, MILESTONE | {"threshold": "35,5"})
    said = words(page)
    assert "Ngưỡng tối thiểu 30% tối thiểu 35,5%" in said
    assert "Mốc riêng không có 14/07/2023: 28%" in said
    assert "Tháng 7 25,00% 25,00% 28,00% Đúng tiến độ Cần chú ý" in said
    assert "3 nơi: Đúng tiến độ → Cần chú ý" in said  # x11, its district, the communes
    assert Target.objects.get(code="I.2").threshold == 30
    assert not (TargetDefinition.objects.exists() or TargetMilestone.objects.exists() or PendingRollup.objects.exists())


def test_what_looks_like_a_slip_is_said_before_it_is_kept(khanh):
    page = post(khanh, MILESTONE | {"day-1": "14/08/2023", "value-1": "12", "day-2": "14/09/2023", "value-2": "31"})
    said = words(page)
    assert "Mốc 14/08/2023 (12%) thấp hơn mốc trước." in said
    assert "Mốc 14/09/2023 (31%) đã vượt ngưỡng" in said and "Xác nhận thay đổi" in said


def test_confirmed_it_is_kept_with_what_it_was(khanh, world, django_capture_on_commit_callbacks):
    page = post(khanh, MILESTONE)
    with django_capture_on_commit_callbacks(execute=True):
        done = post(khanh, {}, act="save", page=page)
    assert done.status_code == 302 and done["Location"].startswith("/muc-tieu/I.2/?ky=2023-07")
    target = Target.objects.get(code="I.2")
    assert (target.definition_number, target.defined_at) == (2, factories.AT)
    first, second = target.definitions.all()
    assert (first.number, first.content["milestones"], first.made_at) == (1, [], None)
    assert second.content == target.definition
    assert (second.made_by, second.reason, second.made_at) == (world.people["khanh"], "Nghị quyết 12", factories.AT)
    assert (first.first_period, second.first_period) == (1, 7)
    july = Rollup.objects.get(target=target, period=world.july, basis="official", scope="area", node="tinh")
    assert (july.required, july.status) == (28, "behind")
    line = AuditEntry.objects.get(act="sửa mục tiêu")
    assert line.detail["changes"] == {
        "Giá trị xuất phát": ["chưa có", "0%"],
        "Mốc riêng": ["không có", "14/07/2023: 28%"],
    }
    said = words(khanh.get("/muc-tieu/I.2/?ky=2023-07"))
    assert "định nghĩa lần 2, từ 16/08/2023" in said
    assert "Định nghĩa lần 2 (đang dùng) 09:00 ngày 16/08/2023 Áp dụng từ kỳ tháng 7. Bùi Quốc Khánh" in said
    assert "Mốc riêng không có → 14/07/2023: 28%" in said
    assert "qua mốc 28,00% ngày 14/7" in said
    assert "định nghĩa lần 2, từ 16/08/2023" in words(khanh.get("/muc-tieu/I.2/giai-thich/?ky=2023-07"))


def test_a_page_of_an_earlier_period_shows_the_definition_of_then(khanh, world, django_capture_on_commit_callbacks):
    page = post(khanh, {"threshold": "20", "first_period": "8"})
    assert "Toàn tỉnh Giá trị" in words(page) and "Tháng 7 25,00% 25,00% như cũ Đúng tiến độ như cũ" in words(page)
    with django_capture_on_commit_callbacks(execute=True):
        post(khanh, {}, act="save", page=page)
    july, august = (words(khanh.get(f"/muc-tieu/I.2/?ky=2023-0{month}")) for month in (7, 8))
    assert "Ngưỡng tối thiểu 30%" in july and "định nghĩa lần 1, theo kế hoạch" in july
    assert "Ngưỡng tối thiểu 20%" in august and "định nghĩa lần 2, từ 16/08/2023" in august
    assert "≥ 30%" in words(khanh.get("/tong-quan/?ky=2023-07"))
    province = Rollup.objects.of_province().filter(target__code="I.2", basis="official").order_by("period__number")
    assert [row.status for row in province.filter(period__number__in=(7, 8))] == ["on_track", "achieved"]


def test_every_definition_is_judged_like_a_rebuild(khanh, world):
    """The preview shows the values that are stored afterwards, for every period and node."""
    target = Target.objects.get(code="I.2")
    target.threshold, target.due = Decimal(20), dt.date(2023, 6, 30)
    plan = world.plan
    windows = [Window(*row) for row in plan.periods.order_by("number").values_list("number", "window_last")]
    foretold = {
        (row["period_id"], row["basis"], row["scope"], row["node"]): (row["required"], row["status"], row["forecast"])
        for row in engine.judged(plan, target.pk, engine.rule_of(target, plan, windows))
    }
    services.change_target(target=target, by=world.people["khanh"], reason="thử", changes={})
    engine.rebuild(plan)
    micro = Rollup._meta.get_field("required").stored
    stored = {
        (row.period_id, row.basis, row.scope, row.node): (
            None if row.required is None else micro(row.required),
            row.status,
            None if row.forecast is None else micro(row.forecast),
        )
        for row in Rollup.objects.filter(target=target)
    }
    assert foretold == stored and len(stored) > 50


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Chưa đổi gì so với định nghĩa đang dùng."),
        (MILESTONE | {"reason": " "}, "Ghi lý do: ai xem chỉ tiêu cũng cần biết vì sao đổi."),
        ({"due": ""}, "Cần một ngày."),
        ({"threshold": "101"}, "Số này không được quá 100%."),
        ({"threshold": "-1"}, "không được âm"),
        ({"threshold": "1.2.3"}, "không phải là số"),
        ({"threshold": ""}, "Ngưỡng và cách so sánh phải cùng có hoặc cùng không."),
        ({"due": "2024-01-01"}, "Hạn phải sau 01/01/2023 và không quá 31/12/2023."),
        ({"due": "31/31/2023"}, "Ngày không hợp lệ: ghi như 30/06/2023."),
        ({"day-0": "2023-07-14"}, "Mốc này cần một giá trị."),
        ({"value-1": "5"}, "Mốc này cần một ngày."),
        (MILESTONE | {"day-1": "2023-07-14", "value-1": "5"}, "Mỗi ngày chỉ có một mốc."),
        ({"day-0": "2023-12-31", "value-0": "5"}, "Mốc phải sau 01/01/2023 và trước hạn 31/12/2023."),
        ({"threshold": "", "comparator": "", **MILESTONE}, "Chỉ tiêu không có ngưỡng thì không có mốc."),
    ],
)
@pytest.mark.parametrize("act", ["preview", "save"])
def test_what_cannot_stand_is_said_and_stays_typed(khanh, changes, said, act):
    page = post(khanh, changes, act=act)
    assert page.status_code == 200 and said in page.content.decode()
    assert fields(page) | changes == fields(page) | {"reason": fields(page)["reason"]}
    assert not TargetDefinition.objects.exists()


def test_values_changed_after_the_preview_are_previewed_first(khanh):
    page = post(khanh, MILESTONE)
    again = post(khanh, {"value-0": "27"}, act="save", page=page)
    assert again.status_code == 200 and "14/07/2023: 27%" in words(again)
    assert not TargetDefinition.objects.exists()
    assert post(khanh, {}, act="save", page=again).status_code == 302


def test_two_at_once_the_second_sees_both_and_keeps_what_he_typed(khanh, world):
    mine = post(khanh, MILESTONE)
    other = Target.objects.get(code="I.2")
    other.threshold = 40
    services.change_target(target=other, by=world.people["khanh"], reason="Theo quyết định mới", changes={}, number=1)
    page = post(khanh, {}, act="save", page=mine)
    assert page.status_code == 409
    said = words(page)
    assert "Bùi Quốc Khánh vừa sửa định nghĩa này lúc 09:00 ngày 16/08/2023: “Theo quyết định mới”" in said
    # The table is against what is there now: his 30 against the other's 40.
    assert "Ngưỡng tối thiểu 40% tối thiểu 30%" in said and fields(page)["value-0"] == "28"
    assert Target.objects.get(code="I.2").threshold == 40
    assert post(khanh, {"threshold": "40"}, page=page).status_code == 200
    assert post(khanh, {}, act="save", page=page).status_code == 302  # having seen it, he may insist
    assert Target.objects.get(code="I.2").definition_number == 3
    with pytest.raises(services.Redefined):
        services.change_target(target=other, by=world.people["khanh"], reason="x", changes={}, number=2)


def test_ones_own_change_is_known_again_although_its_answer_was_lost(khanh, world):
    page = post(khanh, MILESTONE)
    sent = fields(page) | {"act": "save", "reason": "Nghị quyết 12"}
    assert post(khanh, {}, act="save", page=page).status_code == 302  # stored, and no answer came
    again = post(khanh, {}, act="save", page=page)
    assert again.status_code == 302 and Target.objects.get(code="I.2").definition_number == 2
    # From a window that knows nothing of it, and from the one that sent it.
    assert post(khanh, {"value-0": "27"}, page=page).status_code == 409
    later = post(khanh, {"value-0": "27", "tried": urlencode(sent)}, page=page)
    assert later.status_code == 200 and "vừa sửa định nghĩa này" not in words(later)
    assert post(khanh, {}, act="save", page=later).status_code == 302
    assert Target.objects.get(code="I.2").definition_number == 3


def test_the_same_change_of_somebody_else_is_not_ones_own(khanh, world):
    page = post(khanh, MILESTONE)
    sent = fields(page) | {"act": "save", "reason": "Nghị quyết 12"}
    assert post(khanh, {}, act="save", page=page).status_code == 302
    TargetDefinition.objects.filter(number=2).update(made_by=world.people["an"])
    assert post(khanh, {"value-0": "27", "tried": urlencode(sent)}, page=page).status_code == 409
    again = post(khanh, {}, act="save", page=page)
    assert again.status_code == 200 and "Chưa đổi gì so với định nghĩa đang dùng" in words(again)


def test_milestones_can_be_taken_away_again(khanh, world):
    assert post(khanh, {}, act="save", page=post(khanh, MILESTONE)).status_code == 302
    page = post(khanh, {"day-0": "", "value-0": ""})
    assert "Mốc riêng 14/07/2023: 28% không có" in words(page)
    assert post(khanh, {}, act="save", page=page).status_code == 302
    target = Target.objects.get(code="I.2")
    assert not target.milestones.exists() and target.definitions.count() == target.definition_number == 3


@pytest.mark.parametrize(("name", "status"), [("khanh", 200), ("lam", 404), ("dung", 404), ("an", 404)])
def test_who_may_define(as_person, world, name, status):
    browser = as_person(name)
    assert browser.get(URL).status_code == status
    token = "x" * 64
    browser.cookies["csrftoken"] = token
    answer = browser.post(URL, {"csrfmiddlewaretoken": token, "act": "save"})
    assert answer.status_code == status and not TargetDefinition.objects.exists()
    target_page = browser.get("/muc-tieu/I.2/").content.decode()
    assert ("Sửa định nghĩa" in target_page) is (status == 200)
    assert "Lịch sử định nghĩa" in target_page
    with pytest.raises(errors.ActionNotAllowed) if status == 404 else transaction.atomic():
        services.change_target(target=Target.objects.get(code="I.2"), by=world.people[name], reason="thử", changes={})


def test_what_is_not_there(khanh):
    assert khanh.get("/muc-tieu/I.99/dinh-nghia/").status_code == 404
    assert khanh.get("/muc-tieu/%00/dinh-nghia/").status_code == 404


def test_the_database_wants_a_reason(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetDefinition.objects.create(target=world.targets["I.2"], number=2, content={}, made_at=factories.AT)


def test_looking_and_previewing_ask_a_fixed_number_of_questions(khanh, world, django_assert_num_queries):
    khanh.get(URL)
    with django_assert_num_queries(9):
        page = khanh.get(URL)
    with django_assert_num_queries(27):
        post(khanh, MILESTONE, page=page)
    more = [factories.agency(f"y{n:02}", parent=world.tree["h1"]) for n in range(12)]
    assignments = world.targets["I.2"].assignments
    assignments.bulk_create(assignments.model(target=world.targets["I.2"], agency=agency) for agency in more)
    engine.rebuild(world.plan)
    with django_assert_num_queries(27):
        post(khanh, MILESTONE, page=page)
