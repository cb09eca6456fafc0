"""The registry of denominators: versions, who keeps them, the form, the workbook, the review, and rules between targets."""

import csv
import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, DenominatorUse, DenominatorValue, SharedDenominator, State, Timing
from indicators.submissions.detail import read_detail, read_details, read_reported
from indicators.submissions.forms import EntryForm
from indicators.targets import denominators
from indicators.workbooks import template
from tests import factories as make
from tests import worlds
from tests.page import words

pytestmark = pytest.mark.django_db

STOCK = {"timing": Timing.STOCK}


class World:
    """x11 reports III.4 and III.7 on its adults; s1 reports III.3 on the province's population and III.1.b on communes."""

    def __init__(self):
        self.tree = make.make_tree()
        self.plan = make.make_plan()
        self.commune, self.lead = self.tree["x11"], self.tree["s1"]
        adults = SharedDenominator.objects.create(code="dan-so-truong-thanh", label="Dân số trưởng thành", position=2)
        people = SharedDenominator.objects.create(code="dan-so", label="Tổng dân số", position=1)
        self.adults, self.people = adults, people
        self.accounts = make.target(self.plan, "III.4", [self.commune, self.tree["x21"]], **STOCK)
        self.identities = make.target(self.plan, "III.7", [self.commune], **STOCK)
        self.payments = make.target(self.plan, "III.3", [self.lead], **STOCK)
        self.cables = make.target(self.plan, "III.1", [self.lead], **STOCK)
        for target in (self.accounts, self.identities):
            DenominatorUse.objects.create(target=target, denominator=adults)
        DenominatorUse.objects.create(target=self.payments, denominator=people, of_province=True)
        self.plan.target_rules = [
            {"check": "same_denominator", "targets": ["III.4", "III.7"], "why": "cùng một dân số trưởng thành"},
            {"check": "communes", "targets": ["III.1"], "why": "mẫu số là số đơn vị hành chính cấp xã"},
        ]
        self.plan.save()
        self.july, self.august = make.period(self.plan, 7), make.period(self.plan, 8)
        self.focal = make.person("xa", self.commune, Role.FOCAL)
        self.standing = make.person("tt", self.lead, Role.STANDING, Role.FOCAL)
        self.district = make.person("huyen", self.tree["h1"], Role.REVIEWER)
        self.strangers = [
            make.person("xa-khac", self.tree["x21"], Role.FOCAL),
            make.person("huyen-khac", self.tree["h2"], Role.REVIEWER),
            make.person("lanh-dao", self.tree["tinh"], Role.LEADER),
        ]

    def store(self, value, *, period=None, by=None, agency=None, denominator=None, **given):
        return denominators.store(
            agency=agency or self.commune,
            denominator=denominator or self.adults,
            from_period=period or self.july,
            value=Decimal(value),
            as_of=given.get("as_of", dt.date(2023, 7, 1)),
            source=given.get("source", "Công an xã"),
            by=by or self.focal,
        )

    def row(self, period=None, target=None, agency=None):
        detail = read_detail(agency or self.commune, period or self.august, None)
        return next(row for row in detail.rows if row.target == (target or self.accounts))


@worlds.shared(at=make.AT)
def world():
    return World()


@pytest.fixture(autouse=True)
def at_nine_on_16_august():
    with time_machine.travel(make.AT, tick=False):
        yield


def test_the_version_of_the_period_counts_and_corrections_replace_it(world):
    world.store(5000)
    assert world.row(period=make.period(world.plan, 6)).usual_denominator is None
    world.store(5100, period=world.august)
    assert (world.row(period=world.july).usual_denominator, world.row().usual_denominator) == (5000, 5100)
    world.store(5090, period=world.august, source="Công an xã, đính chính")
    assert world.row().registered[:3] == (Decimal("5090.000"), "Dân số trưởng thành", "Công an xã, đính chính")
    assert list(DenominatorValue.objects.values_list("number", flat=True)) == [3, 2, 1]
    entry = AuditEntry.objects.latest("id")
    assert (entry.act, entry.detail["value"], entry.detail["number"]) == ("ghi mẫu số dùng chung", "5.090", 3)


def test_the_provinces_number_serves_who_reports_for_all_of_it(world):
    world.store(1950000, by=world.standing, agency=world.tree["tinh"], denominator=world.people)
    assert world.row(target=world.payments, agency=world.lead).usual_denominator == 1950000
    assert world.row().usual_denominator is None


def test_who_keeps_a_number_and_what_is_refused(world):
    for by in world.strangers:
        with pytest.raises(ActionNotAllowed, match="đơn vị khác"):
            world.store(5000, by=by)
    with pytest.raises(ActionNotAllowed, match="đơn vị khác"):
        world.store(5000, agency=world.tree["tinh"])
    for value in ("0", "-3", "12.5"):
        with pytest.raises(ActionNotAllowed, match="số nguyên lớn hơn 0"):
            world.store(value)
    with pytest.raises(ActionNotAllowed, match="nguồn"):
        world.store(5000, source=" ")
    with pytest.raises(ActionNotAllowed, match="ngày chưa tới"):
        world.store(5000, as_of=dt.date(2023, 8, 17))
    assert not DenominatorValue.objects.exists()
    assert world.store(5000, by=world.district).number == 1


def test_it_comes_along_in_form_and_workbook_with_its_source(world, client):
    world.store(5100)
    client.force_login(world.focal)
    page = client.get(reverse("entry", args=["2023-08"])).content.decode()
    assert 'data-usual="5100"' in page.replace("5.100", "5100")
    assert "theo danh mục: Công an xã, 01/07/2023" in " ".join(page.split())
    form = EntryForm(read_detail(world.commune, world.august, None))
    assert [(row.typed.numerator, row.typed.denominator) for row in form.rows] == [("", "5.100"), ("", "5.100")]
    (sheet,) = read_details([world.commune], world.august)
    assert [template.prefilled_denominator(row) for row in sheet.rows] == [5100, 5100]


def test_other_denominators_and_broken_rules_are_flagged_wherever_a_report_is_read(world):
    world.store(5100)
    figures = {world.accounts: (1000, 5000), world.identities: (4000, 5100)}
    report = make.report(world.commune, world.august, figures, state=State.SUBMITTED)
    unlike = "Mẫu số 5.000 khác dân số trưởng thành trong danh mục: 5.100 (Công an xã)"
    rule = "Mẫu số 5.000 khác mẫu số của III.7: 5.100 (cùng một dân số trưởng thành)"
    other = "Mẫu số 5.100 khác mẫu số của III.4: 5.000 (cùng một dân số trưởng thành)"
    for detail in (
        read_detail(world.commune, world.august, report),
        *read_details([world.commune], world.august),
        *read_reported([report], world.august),
    ):
        flags = {row.target.code: row.flags for row in detail.rows}
        assert unlike in flags["III.4"] and rule in flags["III.4"]
        assert other in flags["III.7"] and len(flags["III.7"]) == len(set(flags["III.7"]))
        mended = Actual(target=world.accounts, numerator=Decimal(1000), denominator=Decimal(5100))
        after = detail.with_stored({world.accounts.pk: mended})
        assert not any("Mẫu số" in flag for row in after.rows for flag in row.flags)


def test_a_denominator_is_compared_with_the_number_of_communes(world, django_assert_num_queries):
    report = make.report(world.lead, world.august, {world.cables: (4, 5)}, state=State.SUBMITTED)
    (detail,) = read_reported([report], world.august)
    (row,) = detail.rows
    assert "Mẫu số 5, mà toàn tỉnh có 4 đơn vị cấp xã (mẫu số là số đơn vị hành chính cấp xã)" in row.flags
    report = make.report(world.commune, world.august, {world.accounts: (1, 5)}, state=State.SUBMITTED)
    with django_assert_num_queries(2):
        read_reported([report], world.august)


def test_pages(world, client):
    address = reverse("denominator", args=["x11", "dan-so-truong-thanh"])
    typed = {"value": "5.100", "as_of": "01/07/2023", "source": "Công an xã", "from_period": world.july.pk}
    for person in world.strangers:
        client.force_login(person)
        assert client.get(address).status_code == 404 and client.post(address, typed).status_code == 404
    assert client.get(reverse("denominators")).status_code == 404  # the leader keeps none
    client.force_login(world.focal)
    assert "III.4, III.7" in words(client.get(reverse("denominators")))
    assert client.post(address, typed | {"source": ""}).status_code == 422
    assert client.post(address, typed | {"as_of": "20/08/2023"}).status_code == 409
    page = words(client.post(address, typed, follow=True))
    assert "Đã ghi dân số trưởng thành" in page and "5.100" in page and "Công an xã, đến 01/07/2023" in page
    assert "tháng 7 năm 2023" in words(client.get(address))
    client.force_login(world.standing)
    whole = words(client.get(reverse("denominators")))
    assert "Tổng dân số" in whole and "Dân số trưởng thành" not in whole
    assert "Dân số trưởng thành" in words(client.get(reverse("denominators"), {"huyen": "h1"}))


def test_several_numbers_of_one_source_are_stored_together_or_not_at_all(world, client):
    client.force_login(world.standing)
    address = f"{reverse('denominators')}?ky=2023-08&huyen=h1"
    name = f"so-{world.commune.pk}-{world.adults.pk}"
    typed = {"as_of": "01/07/2023", "source": "Công an tỉnh", "from_period": world.july.pk}
    assert "Chưa gõ số mới nào" in words(client.post(address, typed))
    assert client.post(address, typed | {name: "5.1"}).status_code == 422
    assert client.post(address, typed | {name: "0"}).status_code == 409
    foreign = f"so-{world.tree['x21'].pk}-{world.adults.pk}"  # not on this page: no field
    page = client.post(address, typed | {name: "5.100", foreign: "7"}, follow=True)
    assert "Đã ghi 1 số" in words(page) and "Công an tỉnh, đến 01/07/2023" in words(page)
    assert list(DenominatorValue.objects.values_list("agency__code", "value")) == [("x11", Decimal(5100))]


def test_the_page_asks_a_constant_number_of_queries(world, client, django_assert_num_queries):
    client.force_login(world.focal)
    client.get(reverse("denominators"))
    with django_assert_num_queries(14):
        client.get(reverse("denominators"))


def test_the_fixtures_name_targets_of_the_plan():
    folder = settings.BASE_DIR / "fixtures" / "2023"

    def rows(name):
        with open(folder / name, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    codes = {row["code"] for row in rows("targets.csv")}
    shared, starts, rules = (rows(f"{name}.csv") for name in ("shared_denominators", "starting_points", "target_rules"))
    lists = [row["targets"] for row in (*shared, *rules)] + [row["province_targets"] for row in shared]
    named = {code for listed in lists for code in listed.split("|") if code} | {row["target"] for row in starts}
    assert named and named <= codes
