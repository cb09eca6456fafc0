"""Shared denominators follow parts of territories and mergers from a day on; what there is of a number is neither lost nor made.

It is 16 August 2023; windows end on the 14th. x11 has 1.000 adults, x12 500, x21 333, x22 250.
"""

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.as_of import PART_MEANING
from agencies.models import Agency, Succession
from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import DenominatorValue, PlanState, SharedDenominator, State, Submission
from indicators.reorganisation import by_file, services
from indicators.reorganisation.denominators import part_of
from indicators.targets import denominators
from tests import factories, worlds
from tests.indicators.reorganisation.test_services import NEW, exported
from tests.indicators.reorganisation.test_services import Province as Tree
from tests.page import words

DAY = dt.date(2023, 8, 10)  # the window to 14 August is of the new tree
LATER = dt.date(2023, 9, 1)
ADULTS = {"x11": 1000, "x12": 500, "x21": 333, "x22": 250}
TITLES = "Mã cũ,Mã mới,Tên mới,Tên ngắn mới,Trực thuộc,Tỷ lệ\n"


class Province(Tree):
    def __init__(self):
        super().__init__()
        self.adults = SharedDenominator.objects.create(code="truong-thanh", label="Dân số trưởng thành")
        self.standing = factories.person("khanh", self.tree["s1"], Role.STANDING)
        for code, number in ADULTS.items():
            self.store(code, number, 1)

    def store(self, code, number, month):
        return denominators.store(
            agency=self[code],
            denominator=self.adults,
            from_period=factories.period(self.plan, month),
            value=Decimal(number),
            as_of=dt.date(2023, 1, 1),
            source="Chi cục Thống kê",
            by=self.standing,
        )

    def give(self, giver, receiver, share, day=DAY):
        into = receiver if isinstance(receiver, services.NewAgency) else self[receiver]
        return services.give_part(
            agency=self[giver], into=into, share=Decimal(share), from_day=day, by=self.by, reason="NQ 01."
        )

    def merge(self, codes, into, day=DAY):
        into = into if isinstance(into, services.NewAgency) else self[into]
        agencies = [self[code] for code in codes]
        return services.merge_agencies(agencies=agencies, into=into, from_day=day, by=self.by, reason="NQ 01.")

    def numbers(self, month=8):
        """The number of each agency that is valid in a month."""
        valid = DenominatorValue.objects.valid_in(factories.period(self.plan, month).window_last)
        found = {}
        for code, value in valid.values_list("agency__code", "value"):
            found.setdefault(code, int(value))
        return found


@worlds.shared(at=factories.AT, stays=True)
def province():
    return Province()


def test_thirty_percent_go_from_the_day_on(province):
    before = exported(province, *range(1, 8))
    province.give("x11", "x12", "0.3")
    assert province.numbers() == ADULTS | {"x11": 700, "x12": 800}
    assert province.numbers(month=7) == ADULTS
    province.pay()
    # Both report on, and nothing that was reported is another's: earlier months are as they were, and so are the sums.
    assert exported(province, *range(1, 8)) == before
    assert province.sums("h1", 8) == [(40, 2)]
    version = DenominatorValue.objects.get(agency=province["x12"], number=2)
    assert version.source == "Chi cục Thống kê, theo sắp xếp địa bàn từ 10/08/2023"
    entry = AuditEntry.objects.get(act="chuyển một phần địa bàn")
    assert entry.detail["share"] == "30%" and entry.detail["into"] == "x12"


def test_what_is_left_over_stays_where_it_was(province):
    province.give("x21", "x22", "0.333333")  # 110,99…: 110 people
    province.give("x21", "x11", "0.5")  # 166,5 of the same 333
    assert province.numbers() == {"x11": 1166, "x12": 500, "x21": 57, "x22": 360}


@settings(max_examples=200, deadline=None)
@given(base=st.integers(1, 10**9), millionths=st.lists(st.integers(1, 999_999), min_size=1, max_size=5))
@pytest.mark.once
def test_parts_and_the_rest_are_the_whole(base, millionths):
    shares = [Decimal(each) / 10**6 for each in millionths]
    if sum(shares) >= 1:
        return
    parts = [part_of(Decimal(base), share) for share in shares]
    assert all(part == int(part) and part >= 0 for part in parts)
    assert Decimal(base) - sum(parts) >= 1


# Each example is rolled back.
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.sampled_from(["x11", "x12", "x21", "x22"]), st.integers(0, 2), st.integers(1, 400_000))),
    merges=st.booleans(),
)
def test_the_sum_is_conserved(province, acts, merges):
    with transaction.atomic():
        if merges:
            province.merge(["x21", "x22"], NEW)
        for giver, step, millionths in acts[:5]:
            others = [code for code in ADULTS if code != giver and province[code].last_day is None]
            with contextlib.suppress(ActionNotAllowed):
                province.give(giver, others[step % len(others)], Decimal(millionths) / 10**6)
        living = Agency.objects.in_force(DAY).values_list("code", flat=True)
        assert sum(value for code, value in province.numbers().items() if code in living) == 2083
        transaction.set_rollback(True)


def test_a_merger_takes_all_with_it_but_the_parts_that_went(province):
    province.merge(["x11", "x12"], NEW)
    assert province.numbers()["x19"] == 1500
    province.give("x11", "x21", "0.1")
    assert {code: province.numbers()[code] for code in ("x19", "x21")} == {"x19": 1400, "x21": 433}
    # The merger turned round: x11 goes on, and has given its part.
    services.undo_change(agency=province["x12"], by=province.by, reason="Nhầm.")
    assert province.numbers() == ADULTS | {"x11": 900, "x21": 433}


def test_who_gave_a_part_and_merged_on_the_same_day_receives_nothing(province):
    province.give("x21", "x11", "0.3")
    province.merge(["x21"], "x22")
    with pytest.raises(ActionNotAllowed, match="sáp nhập vào .* nên không tiếp nhận được"):
        province.give("x12", "x21", "0.5")


def test_a_missing_number_is_not_made_up(province):
    factories.agency("x13", parent=province["h1"])
    province.give("x11", "x13", "0.3")
    assert province.numbers() == ADULTS | {"x11": 700}
    factories.agency("x14", parent=province["h1"])
    province.merge(["x14"], "x12")
    assert province.numbers() == ADULTS | {"x11": 700}


def test_what_a_person_stored_after_it_stays(province):
    province.give("x11", "x12", "0.3")
    province.store("x11", 690, 8)
    province.give("x22", "x11", "0.2")
    assert province.numbers() == ADULTS | {"x11": 690, "x12": 800, "x22": 200}


@pytest.mark.parametrize("day", [DAY, LATER])
def test_it_is_undone_before_and_after_its_day(province, day):
    month = day.month if day == DAY else 9
    stored = list(DenominatorValue.objects.order_by("pk").values_list())
    province.give("x11", "x12", "0.3", day)
    province.give("x11", "x21", "0.2", day)
    made = province.give("x22", NEW, "0.5", day)
    assert province.numbers(month) == {"x11": 500, "x12": 800, "x21": 533, "x22": 125, "x19": 125}
    assert list(made.assignments.values_list("target__code", "first_day")) == [("I.1", day)]
    undo = services.undo_change if day == DAY else services.take_back_change
    change = undo(agency=province["x12"], by=province.by, reason="Nhầm.")
    assert change.sentence == (
        f"Đơn vị x11, Đơn vị h1 chuyển 30% địa bàn cho Đơn vị x12, Đơn vị h1, chuyển 20% địa bàn cho Đơn vị x21, "
        f"Đơn vị h2 từ ngày {day:%d/%m/%Y}"
    )
    undo(agency=province["x22"], by=province.by, reason="Nhầm.")
    assert list(DenominatorValue.objects.order_by("pk").values_list()) == stored
    assert not Succession.objects.exists() and not Agency.objects.filter(code="x19").exists()


def test_not_undone_once_approved(province):
    province.give("x11", "x12", "0.3")
    report = factories.report(province["x12"], factories.period(province.plan, 8), {province.flow: (1, 2)})
    with pytest.raises(ActionNotAllowed, match="đã được duyệt theo cây"):
        services.undo_change(agency=province["x11"], by=province.by, reason="Nhầm.")
    Submission.objects.filter(pk=report.pk).update(state=State.SUBMITTED, is_official=False)
    services.undo_change(agency=province["x11"], by=province.by, reason="Nhầm.")
    assert province.numbers() == ADULTS


@pytest.mark.parametrize(
    ("giver", "receiver", "share", "said"),
    [
        ("x11", "x11", "0.3", "phải là đơn vị khác"),
        ("x11", "h2", "0.3", "giữa hai đơn vị cấp xã"),
        ("x11", "x12", "0", "lớn hơn 0"),
        ("x11", "x12", "1", "nhỏ hơn 100%"),
        ("x11", "x12", "0.0000001", "lớn hơn 0"),
        ("x11", "x22", "0.5", "cộng lại phải nhỏ hơn 100%"),
        ("x11", "x21", "0.1", "đã tiếp nhận từ"),
    ],
)
def test_refused(province, giver, receiver, share, said):
    province.give("x11", "x21", "0.5")
    before = province.numbers()
    with pytest.raises(ActionNotAllowed, match=said):
        province.give(giver, receiver, share)
    assert province.numbers() == before


def test_refused_where_no_open_period_is_left(province):
    province.plan.state = PlanState.CLOSED
    province.plan.save()
    with pytest.raises(ActionNotAllowed, match="Chưa có kỳ báo cáo nào chốt số liệu từ ngày 10/08/2023"):
        province.give("x11", "x12", "0.3")
    assert not Succession.objects.exists()


def by_lines(province, *lines):
    read = by_file.read(TITLES + "\n".join(lines))
    return by_file.reorganise(lines=read, from_day=DAY, by=province.by, reason="NQ 01.")


def test_by_a_file_beside_other_acts(province):
    told = by_lines(
        province,
        "x11,x19,UBND xã Hợp Nhất,X. Hợp Nhất,tinh,",
        "x12,x19,,,,",
        'x21,x19,,,,"33,3333%"',
        "x22,x29,UBND xã Mới,X. Mới,tinh,0.2",
        "x21,x29,,,,10%",
    )
    # 333 · 0,333333 = 110 and 33; of 250 a fifth is 50.
    assert province.numbers() == ADULTS | {"x19": 1610, "x21": 190, "x22": 200, "x29": 83}
    assert "UBND xã Hợp Nhất, Đơn vị h1 nhận 33,3333% địa bàn của Đơn vị x21, Đơn vị h2" in told
    new = Agency.objects.placed(DAY).get(code="x29")
    assert (new.name, new.parent_as_of, new.first_day) == ("UBND xã Mới", province["tinh"].pk, DAY)
    assert AuditEntry.objects.get(act="sắp xếp tổ chức theo tệp").detail["lines"][2] == "x21 → x19 (33,3333%)"
    by_file.undo_day(day=DAY, by=province.by, reason="Nhầm.")
    assert province.numbers() == ADULTS and not Agency.objects.filter(code__in=["x19", "x29"]).exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x21,x11,,,,30", "Dòng 2, cột Tỷ lệ: Số quá lớn"),
        ("x21,x11,,,,một nửa", "Dòng 2, cột Tỷ lệ: “một nửa” không phải là số. Nhập như 30% hoặc 0,3."),
        ("x21,x11,,,,100%", "Dòng 2, cột Tỷ lệ: Tỷ lệ địa bàn chuyển lớn hơn 0 và nhỏ hơn 100%"),
        ("x21,,,,,30%", "Dòng 2, cột Mã mới: ghi mã của đơn vị khác"),
        ("x21,x21,,,,30%", "Dòng 2, cột Mã mới: ghi mã của đơn vị khác"),
        ("x21,x77,,,,30%", "Dòng 2, cột Tên mới: đơn vị mới x77 cần cả tên"),
        ("x21,x11,,,,60%\nx21,x12,,,,40%", "Dòng 3: Các phần của .* cộng lại phải nhỏ hơn 100%"),
    ],
)
def test_faults_of_a_file(province, line, said):
    with pytest.raises(ActionNotAllowed, match=said):
        by_lines(province, *line.split("\n"))
    assert province.numbers() == ADULTS


def test_the_page_shows_it_first_and_both_agencies_say_it(province, client):
    client.force_login(province.standing)
    page = "/to-chuc/chuyen-mot-phan/"
    form = {"agency": "x11", "into": "x12", "share": "30%", "from_day": "10/08/2023", "reason": "NQ 01."}
    assert PART_MEANING in words(client.get(page))
    said = words(client.post(page, form))
    assert "Đơn vị x12, Đơn vị h1 từ 10/08/2023 nhận 30% địa bàn của Đơn vị x11, Đơn vị h1." in said
    assert "Đơn vị x11, Đơn vị h1, Dân số trưởng thành: 1.000 thành 700" in said
    assert "Đơn vị x12, Đơn vị h1, Dân số trưởng thành: 500 thành 800" in said
    assert province.numbers() == ADULTS
    assert "lớn hơn 0 và nhỏ hơn 100%" in words(client.post(page, form | {"share": "0"}))
    client.post(page, form | {"act": "confirm"})
    assert province.numbers() == ADULTS | {"x11": 700, "x12": 800}
    for code, sentence in {
        "x11": "Chuyển 30% địa bàn cho Đơn vị x12, Đơn vị h1",
        "x12": "Nhận 30% địa bàn của Đơn vị x11, Đơn vị h1",
    }.items():
        shown = words(client.get(f"/co-quan/{code}/?ky=2023-08"))
        assert f"{sentence} {PART_MEANING}" in shown
    said = words(client.post("/to-chuc/hoan-tac/", {"agency": "x12", "reason": "Nhầm."}))
    assert "không nhận 30% địa bàn của" in said and "700 thành 1.000" in said
    assert "chuyển 30% địa bàn cho" in words(client.get("/muc-tieu/I.1/?ky=2023-08&node=x12"))
    client.force_login(factories.person("an", province.tree["x21"], Role.FOCAL))
    assert client.get(page).status_code == 404
