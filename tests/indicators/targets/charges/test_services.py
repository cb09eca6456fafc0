"""Reminders in the name of a charge: who may remind, who is told, once in a period."""

from decimal import Decimal

import pytest

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import Basis, Charge, ChargeReminder, ChargeTarget, Kind, State, Target
from indicators.rollups import engine
from indicators.targets.charges.queries import UnderLine, agencies_behind, is_under
from indicators.targets.charges.services import remind
from tests import factories

pytestmark = pytest.mark.once


@pytest.fixture
def charge(office):
    """A charge of the district h1 over I.1 (from 70 to 80%) and I.2 (from 0 to 30%): x11 sent July's report, with 60
    and 25%, nobody else anything."""
    for code, baseline in (("I.1", 70), ("I.2", 0)):
        Target.objects.filter(code=code).update(baseline=Decimal(baseline))
    made = Charge.objects.create(
        plan=office.plan,
        code="VI.2",
        title="Dịch vụ công trực tuyến",
        agency=office.tree["h1"],
        sentence="Giao Văn phòng đôn đốc.",
        legal_ground="Quyết định số 17/QĐ-UBQGCĐS",
        report_to="Chủ tịch UBND tỉnh",
    )
    ChargeTarget.objects.bulk_create(ChargeTarget(charge=made, target=office.targets[code]) for code in ("I.1", "I.2"))
    engine.rebuild(office.plan)
    return made


@pytest.fixture
def owner(office):
    return factories.person("chi", office.tree["h1"], Role.LEAD, full_name="Lê Thị Chi")


def test_who_is_behind_and_on_what(office, charge, django_assert_num_queries):
    with django_assert_num_queries(4):
        rows = {row.agency.code: row for row in agencies_behind(charge, office.july, Basis.OFFICIAL)}
    assert {code: row.codes for code, row in rows.items()} == {
        "h1": "I.1",
        "x11": "I.1",
        "x12": "I.1, I.2",
        "x21": "I.1, I.2",
        "x22": "I.1, I.2",
    }
    under = rows["x11"].under
    assert [(each.target.code, each.value) for each in under] == [("I.1", 60)] and rows["x11"].unreported == ()
    # Nothing is judged of a period whose window has not ended; a report that was sent is not missing.
    assert agencies_behind(charge, factories.period(office.plan, 9), Basis.OFFICIAL) == []
    factories.report(office.tree["x12"], office.july, {office.targets["I.1"]: (9, 10)}, state=State.SUBMITTED)
    engine.rebuild(office.plan)
    (row,) = (row for row in agencies_behind(charge, office.july, Basis.OFFICIAL) if row.agency.code == "x12")
    assert row.codes == "I.2"


def test_a_figure_on_a_small_denominator_is_marked(office, charge, owner):
    """x12 sends 5 of 10, x11 has sent 60 of 100: both are under 80, and one case of ten decides nothing."""
    factories.report(office.tree["x12"], office.july, {office.targets["I.1"]: (5, 10)}, state=State.SUBMITTED)
    engine.rebuild(office.plan)
    rows = {row.agency.code: row for row in agencies_behind(charge, office.july, Basis.PROVISIONAL)}
    assert (rows["x12"].under[0].remark, rows["x11"].under[0].remark) == (" (mẫu nhỏ)", "")
    asked = {"charge": charge, "period": office.july, "basis": Basis.PROVISIONAL, "by": owner}
    factories.person("thu", office.tree["x12"], Role.FOCAL)
    remind(agencies={office.tree["x12"].pk}, **asked)
    assert "I.1 Hồ sơ trực tuyến, 50,00% (mẫu nhỏ), cần" in Notification.objects.get(person__username="thu").text


def test_a_figure_under_the_line_in_words():
    share = UnderLine(Target(kind=Kind.RATIO, unit="%"), Decimal("79.996"), Decimal(80))
    assert (share.value_words, share.required_words) == ("79,996%", "80,000%")
    answer = UnderLine(Target(kind=Kind.YES_NO, unit="%"), Decimal(0), Decimal("51.57"))
    assert (answer.value_words, answer.required_words) == ("Không", "Có")


@pytest.mark.parametrize(
    ("comparator", "value", "expected"), [("gte", 79, True), ("gte", 80, False), ("lte", 81, True), ("lte", 80, False)]
)
def test_the_wrong_side_of_the_line(comparator, value, expected):
    assert is_under(Target(comparator=comparator), value, 80) is expected


def test_an_agency_is_reminded_once_with_a_note_of_it(office, charge, owner):
    asked = {"charge": charge, "period": office.july, "basis": Basis.OFFICIAL, "by": owner}
    chosen = {office.tree[code].pk for code in ("s1", "h1", "x21", "x22")}
    made = remind(agencies=chosen, **asked)
    # s1 is not behind, h1 is the agency of the charge itself; x22 has no focal point that could be told.
    assert {(one.agency.code, one.targets, one.recipients) for one in made} == {
        ("x21", "I.1, I.2", 1),
        ("x22", "I.1, I.2", 0),
    }
    told = Notification.objects.get()
    assert (told.person, told.event) == (office.people["cuc"], "charge_reminded")
    assert told.title == "Đơn vị h1 đôn đốc 2 chỉ tiêu, tháng 7 năm 2023"
    assert "Chưa báo cáo: I.1 Hồ sơ trực tuyến." in told.text and "17/QĐ-UBQGCĐS" in told.text
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.detail["agencies"]) == ("đôn đốc đơn vị", {"x21": "I.1, I.2", "x22": "I.1, I.2"})
    assert remind(agencies=chosen, **asked) == [] and ChargeReminder.objects.count() == 2
    assert Notification.objects.count() == 1 and AuditEntry.objects.order_by("pk").last() == entry
    behind = agencies_behind(charge, office.july, Basis.OFFICIAL)
    assert {row.agency.code for row in behind if row.reminder} == {"x21", "x22"}


@pytest.mark.parametrize("name", ["dung", "giang", "an", "lam"])
def test_nobody_else_reminds(office, charge, name):
    # Colleagues of the agency without the role of a lead, a commune, a leader who only reads.
    with pytest.raises(ActionNotAllowed):
        remind(
            charge=charge,
            period=office.july,
            basis=Basis.OFFICIAL,
            agencies={office.tree["x21"].pk},
            by=office.people[name],
        )
    assert not ChargeReminder.objects.exists() and not Notification.objects.exists()
