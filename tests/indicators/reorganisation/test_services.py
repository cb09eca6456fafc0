"""Agencies that move or end on a day: later sums change, earlier ones do not, and nothing is counted twice (promise F-31)."""

import datetime as dt
from contextlib import contextmanager
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from agencies.as_of import AsOf
from agencies.models import Agency, Placement, Succession
from agencies.roles import Role
from agencies.services.organisation import follow_placements
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import Assignment, IndicatorParty, Kind, PendingRollup, PlanState, Rollup, Timing
from indicators.reorganisation import services
from indicators.reorganisation.preview import preview
from indicators.rollups import pending, reconciliation, tasks
from indicators.targets import services as targets_services
from tests import factories, worlds

pytestmark = pytest.mark.django_db

# A preview over two plans: the periods, three of a savepoint; before and after of each the assignments, and four of its day.
PREVIEW = 24


class Province:
    """Two districts of two communes, each of which entered 10/100 in January and in February; a flow, and a count that x11
    alone reports. It is 16 August 2023."""

    def __init__(self):
        self.tree = factories.make_tree(departments=1, districts=2, communes=2)
        self.plan = factories.make_plan()
        communes = [agency for code, agency in self.tree.items() if code.startswith("x")]
        self.flow = factories.target(self.plan, "I.1", communes)
        self.own = factories.target(self.plan, "I.2", [self.tree["x11"]], kind=Kind.COUNT, timing=Timing.STOCK)
        for commune in communes:
            for month in (1, 2):
                factories.report(commune, factories.period(self.plan, month), {self.flow: (10, 100)})
        self.by = factories.person("quantri", self.tree["s1"], Role.ADMIN)
        pending.request_rollup(plan=self.plan)
        self.pay()

    def __getitem__(self, code):
        return Agency.objects.get(code=code)

    def pay(self):
        tasks.roll_up(self.plan.pk)

    def sums(self, node, *months):
        """(numerator, expected) of a node's flow, officially, month by month; None where it has no row."""
        rows = Rollup.objects.filter(target=self.flow, basis="official", scope="area", node=node)
        found = {row.period.number: (row.numerator, row.expected) for row in rows.select_related("period")}
        return [found.get(month) for month in months]

    def move(self, code, parent, day, reason="Theo nghị quyết."):
        return services.move_agency(agency=self[code], parent=self[parent], from_day=day, by=self.by, reason=reason)

    def close(self, code, day, successor=None, reason="Theo nghị quyết."):
        heir = self[successor] if successor else None
        return services.close_agency(agency=self[code], last_day=day, by=self.by, reason=reason, successor=heir)


@worlds.shared(at=factories.AT, stays=True)
def province():
    return Province()


def owed():
    return list(PendingRollup.objects.values_list("plan__year", "target", "agency", "from_period"))


def everything():
    models = (Agency, Placement, Assignment, AuditEntry, PendingRollup)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


class TestMove:
    @pytest.mark.parametrize(("day", "first"), [(13, 3), (14, 3), (15, 4)])
    def test_its_figures_move_with_it_from_the_window_on_that_holds_the_day(self, province, day, first):
        province.move("x12", "h2", dt.date(2023, 3, day))
        assert owed() == [(2023, None, None, first)]
        province.pay()
        # Year to date 20 a commune from February on.
        assert province.sums("h1", first - 1, first, 12) == [(40, 2), (20, 1), (20, 1)]
        assert province.sums("h2", first - 1, first, 12) == [(40, 2), (60, 3), (60, 3)]
        assert province.sums("tinh", first - 1, first, 12) == [(80, 4)] * 3
        assert tasks.verify(province.plan.pk) == 0

    def test_it_is_read_and_reviewed_from_there_and_the_log_says_why(self, province):
        province.move("x12", "h2", dt.date(2023, 3, 1), reason="  Nghị quyết 01.  ")
        assert province["x12"].parent == province["h2"]
        line = AuditEntry.objects.latest("pk")
        assert (line.act, line.actor, line.object_label) == ("chuyển đơn vị", province.by, "Đơn vị x12")
        assert line.detail == {"agency": "x12", "parent": "h2", "from_day": "2023-03-01", "reason": "Nghị quyết 01."}

    def test_every_plan_that_still_runs_owes_it(self, province):
        factories.make_plan(2022)
        factories.make_plan(2024)
        province.move("x12", "h2", dt.date(2023, 11, 15))
        assert sorted(owed()) == [(2023, None, None, 12), (2024, None, None, 1)]
        PendingRollup.objects.all().delete()
        province.move("x12", "h1", dt.date(2023, 12, 15))  # after the plan's last window
        assert owed() == [(2024, None, None, 1)]

    def test_its_new_district_may_begin_that_very_day(self, province):
        factories.agency("h3", "district", province["tinh"], first_day=dt.date(2023, 3, 1))
        province.move("x12", "h3", dt.date(2023, 3, 1))
        province.pay()
        assert province.sums("h3", 2, 3) == [None, (20, 1)]

    def test_a_move_of_later_changes_no_parent_yet(self, province):
        province.move("x12", "h2", dt.date(2023, 9, 1))
        assert province["x12"].parent == province["h1"]
        province.pay()
        assert province.sums("h2", 8, 9) == [(40, 2), (60, 3)]

    @pytest.mark.parametrize(
        ("code", "parent", "reason", "said"),
        [
            ("x12", "h2", " ", "Chuyển đơn vị phải kèm lý do."),
            ("x12", "s1", "thử", "không thể trực thuộc"),
            ("x12", "x11", "thử", "không thể trực thuộc"),
            ("h1", "h2", "thử", "không thể trực thuộc"),
            ("tinh", "h1", "thử", "không thể trực thuộc"),
            ("x12", "h1", "thử", "đã trực thuộc"),
            ("x21", "h1", "thử", "không hoạt động"),
            ("x12", "h3", "thử", "không hoạt động"),
        ],
    )
    def test_refused(self, province, code, parent, reason, said):
        closed = {"first_day": None, "last_day": dt.date(2023, 2, 28)}
        Agency.objects.filter(code="x21").update(**closed)
        factories.agency("h3", "district", province["tinh"], first_day=dt.date(2023, 3, 2))
        before = everything()
        with pytest.raises(ActionNotAllowed, match=said):
            province.move(code, parent, dt.date(2023, 3, 1), reason)
        assert everything() == before


class TestClose:
    @pytest.mark.parametrize(("day", "first"), [(13, 3), (14, 4), (15, 4)])
    def test_it_is_expected_no_more_and_its_months_stay(self, province, day, first):
        province.close("x12", dt.date(2023, 3, day))
        assert owed() == [(2023, None, None, first)]
        province.pay()
        assert province.sums("h1", first - 1, first) == [(40, 2), (40, 1)]
        assert province.sums("tinh", first - 1, first) == [(80, 4), (80, 3)]
        assert not Rollup.objects.filter(scope="own", node="x12", period__number__gte=first).exists()
        assert tasks.verify(province.plan.pk) == 0

    def test_a_district_hands_on_its_communes(self, province):
        province.close("h1", dt.date(2023, 3, 31), successor="h2")
        assert {owing[3] for owing in owed()} == {4}
        province.pay()
        assert province.sums("h1", 3, 4) == [(40, 2), None]
        assert province.sums("h2", 3, 4) == [(40, 2), (80, 4)]
        assert (province["x11"].parent, province["x12"].parent) == (province["h2"],) * 2
        assert tasks.verify(province.plan.pk) == 0

    def test_what_left_or_ended_by_then_needs_no_successor(self, province):
        province.move("x11", "h2", dt.date(2023, 4, 1))
        province.close("x12", dt.date(2023, 3, 31))
        province.close("h1", dt.date(2023, 3, 31))
        assert province["h1"].last_day == dt.date(2023, 3, 31)
        with pytest.raises(ActionNotAllowed, match="Còn 2 đơn vị"):
            province.close("h1", dt.date(2023, 3, 30))

    def test_one_day_is_a_life(self, province):
        Agency.objects.filter(code="x12").update(first_day=dt.date(2023, 3, 1))
        province.close("x12", dt.date(2023, 3, 1))
        assert province["x12"].last_day == dt.date(2023, 3, 1)

    def test_the_successor_reports_what_only_it_reported(self, province):
        province.close("x11", dt.date(2023, 3, 31), successor="x12")
        fresh = Assignment.objects.get(target=province.own, agency=province["x12"])
        assert (fresh.first_day, fresh.last_day) == (dt.date(2023, 4, 1), None)
        assert fresh.history.get().history_change_reason == "Theo nghị quyết."
        # The flow it reports already, and has not twice.
        assert Assignment.objects.filter(agency=province["x12"]).count() == 2
        province.pay()
        rows = Rollup.objects.filter(target=province.own, scope="own", basis="official", period__number__in=[3, 4])
        assert sorted(rows.values_list("period__number", "node")) == [(3, "x11"), (4, "x12")]
        assert AuditEntry.objects.get(act="kết thúc đơn vị").detail == {
            "agency": "x11",
            "last_day": "2023-03-31",
            "successor": "x12",
            "targets": ["I.2"],
            "reason": "Theo nghị quyết.",
        }

    def test_what_it_is_exempt_from_is_not_handed_on(self, province):
        targets_services.exempt(
            assignment=Assignment.objects.get(target=province.own),
            by=province.by,
            reason="Không có nhiệm vụ này.",
            from_day=dt.date(2023, 3, 1),
        )
        province.close("x11", dt.date(2023, 3, 31), successor="x12")
        assert Assignment.objects.filter(target=province.own).count() == 1

    @pytest.mark.parametrize("month", [2, 6])
    def test_another_last_day_owes_from_the_earlier_one(self, province, month):
        province.close("x12", dt.date(2023, 4, 14))
        province.pay()
        province.close("x12", dt.date(2023, month, 14))
        assert owed() == [(2023, None, None, min(month, 4) + 1)]
        province.pay()
        assert province.sums("h1", month, month + 1) == [(40, 2), (40, 1)]
        assert tasks.verify(province.plan.pk) == 0

    @pytest.mark.parametrize("day", [dt.date(2023, 2, 28), dt.date(2023, 5, 31)])
    def test_another_last_day_takes_back_what_was_handed_on(self, province, day):
        """The day of the decision was misread: what hung under the district, and what it reported, goes on from the right day."""
        after, wrong = day + dt.timedelta(days=1), dt.date(2023, 4, 1)
        alone = factories.target(province.plan, "I.3", [province["h1"]], kind=Kind.COUNT, timing=Timing.STOCK)
        pending.request_rollup(plan=province.plan)
        province.pay()
        province.close("h1", dt.date(2023, 3, 31), successor="h2")
        province.close("h1", day, successor="h2")
        assert Assignment.objects.get(target=alone, agency=province["h2"]).first_day == after
        assert list(Succession.objects.values_list("after__code", "first_day")) == [("h2", after)]
        province.pay()
        first, last = min(after, wrong).month, max(after, wrong).month  # windows that hold the first of the month
        expected = {m: (40, 2) if m <= after.month - 1 else None for m in range(first - 1, last + 1)}
        assert province.sums("h1", *expected) == list(expected.values())
        assert [sums[1] for sums in province.sums("h2", *expected)] == [2 if own else 4 for own in expected.values()]
        assert province["x11"].parent == province["h2"]
        assert tasks.verify(province.plan.pk) == 0

    def test_another_successor_instead(self, province):
        factories.agency("h3", "district", province["tinh"])
        alone = factories.target(province.plan, "I.3", [province["h1"]], kind=Kind.COUNT, timing=Timing.STOCK)
        pending.request_rollup(plan=province.plan)
        province.pay()
        province.close("h1", dt.date(2023, 3, 31), successor="h2")
        province.close("h1", dt.date(2023, 3, 31), successor="h3")
        assert list(Succession.objects.values_list("after__code", flat=True)) == ["h3"]
        assert set(Assignment.objects.filter(target=alone).values_list("agency__code", flat=True)) == {"h1", "h3"}
        gone = Assignment.history.filter(target=alone, agency=province["h2"], history_type="-").get()
        assert (gone.history_user, gone.history_change_reason) == (province.by, "Theo nghị quyết.")
        province.pay()
        assert (province.sums("h2", 4), province.sums("h3", 4)) == ([(40, 2)], [(40, 2)])
        assert tasks.verify(province.plan.pk) == 0

    def test_what_has_changed_since_is_not_taken_back(self, province):
        """A commune that was moved on stays there; an assignment that came by itself stays too."""
        factories.agency("h3", "district", province["tinh"])
        province.close("h1", dt.date(2023, 3, 31), successor="h2")
        province.move("x11", "h3", dt.date(2023, 4, 1))
        province.close("h1", dt.date(2023, 5, 31), successor="h2")
        then = Agency.objects.placed(dt.date(2023, 7, 1))
        assert {code: Agency.objects.get(pk=then.get(code=code).parent_as_of).code for code in ("x11", "x12")} == {
            "x11": "h3",
            "x12": "h2",
        }

    def test_an_end_by_merger_keeps_its_day(self, province):
        merge(province, ["x12"], "x11", dt.date(2023, 4, 1))
        with (
            untouched(),
            pytest.raises(ActionNotAllowed, match="đã sáp nhập vào Đơn vị x11, Đơn vị h1 từ ngày 01/04/2023"),
        ):
            province.close("x12", dt.date(2023, 5, 31))

    def test_what_was_handed_on_and_then_exempted_is_said(self, province):
        province.close("x11", dt.date(2023, 3, 31), successor="x12")
        handed = Assignment.objects.get(target=province.own, agency=province["x12"])
        targets_services.exempt(assignment=handed, by=province.by, reason="Công văn 2.", from_day=dt.date(2023, 4, 1))
        with untouched(), pytest.raises(ActionNotAllowed, match="Đơn vị x12, Đơn vị h1 đang được miễn báo cáo I.2"):
            province.close("x11", dt.date(2023, 4, 30))

    @pytest.mark.parametrize(
        ("code", "successor", "reason", "said"),
        [
            ("x12", None, "", "Kết thúc hoạt động phải kèm lý do."),
            ("tinh", None, "thử", "Không thể kết thúc hoạt động của cấp tỉnh."),
            ("h1", None, "thử", "Còn 2 đơn vị trực thuộc"),
            ("h1", "x21", "thử", "không thể trực thuộc"),
            ("x12", "x12", "thử", "phải là cơ quan khác"),
            ("x12", "x21", "thử", "không hoạt động"),
            ("x22", None, "thử", "bắt đầu từ ngày 02/03/2023"),
        ],
    )
    def test_refused(self, province, code, successor, reason, said):
        Agency.objects.filter(code="x21").update(last_day=dt.date(2023, 3, 1))
        Agency.objects.filter(code="x22").update(first_day=dt.date(2023, 3, 2))
        before = everything()
        with pytest.raises(ActionNotAllowed, match=said):
            province.close(code, dt.date(2023, 3, 1), successor, reason)
        assert everything() == before


@contextmanager
def untouched():
    """Nothing is written inside."""
    before = everything()
    yield
    assert everything() == before


# --- Merged, split, renamed ------------------------------------------------------------------------------------------


def exported(province, *months):
    """Return the lines that `export_rollups` writes of these periods."""
    out = []
    for month in months:
        text = StringIO()
        call_command("export_rollups", "--plan", "2023", "--period", f"2023-{month:02d}", stdout=text)
        out += text.getvalue().splitlines()[1:]
    return out


def merge(province, codes, into, day=dt.date(2023, 7, 1)):
    return services.merge_agencies(
        agencies=[province[code] for code in codes],
        into=province[into] if isinstance(into, str) else into,
        from_day=day,
        by=province.by,
        reason="Nghị quyết 1.",
    )


def split(province, code, parts, day=dt.date(2023, 7, 1), **more):
    return services.split_agency(
        agency=province[code], into=parts, from_day=day, by=province.by, reason="Nghị quyết 2.", **more
    )


NEW = services.NewAgency("x19", "UBND xã Hợp Nhất", "X. Hợp Nhất")


def test_two_communes_become_a_new_one(province):
    before = exported(province, *range(1, 7))
    assert before
    made = merge(province, ["x11", "x12"], NEW)
    province.pay()
    assert exported(province, *range(1, 7)) == before
    assert (made.level, made.parent, made.first_day) == ("commune", province["h1"], dt.date(2023, 7, 1))
    assert province["x11"].last_day == province["x12"].last_day == dt.date(2023, 6, 30)
    # The window of July ends on the 14th: one commune is asked, and the two's earlier months stay in the flow.
    assert province.sums("h1", 6, 7) == [(40, 2), (40, 1)]
    assert set(Assignment.objects.filter(agency=made).values_list("target__code", flat=True)) == {"I.1", "I.2"}
    assert verified(province) == []


def test_one_is_merged_into_another(province):
    before = exported(province, *range(1, 7))
    merge(province, ["x12"], "x11")
    province.pay()
    assert exported(province, *range(1, 7)) == before
    assert province.sums("h1", 6, 7) == [(40, 2), (40, 1)]
    line = AuditEntry.objects.get(act="nhập đơn vị")
    assert line.detail == {"agencies": ["x12"], "into": "x11", "from_day": "2023-07-01", "reason": "Nghị quyết 1."}


def test_two_districts_become_one_with_all_their_communes(province):
    before = exported(province, *range(1, 7))
    merge(province, ["h1", "h2"], services.NewAgency("h9", "UBND huyện Chín", "H. Chín"))
    province.pay()
    assert exported(province, *range(1, 7)) == before
    assert province.sums("h9", 6, 7) == [None, (80, 4)]
    # What hung under it hangs elsewhere: the old district's area is empty from July on.
    assert province.sums("h1", 6, 7) == [(40, 2), None]
    assert verified(province) == []


def test_a_district_is_split_with_its_communes(province):
    before = exported(province, *range(1, 7))
    parts = [
        services.NewAgency("h8", "UBND huyện Tám", "H. Tám"),
        services.NewAgency("h9", "UBND huyện Chín", "H. Chín"),
    ]
    with pytest.raises(ActionNotAllowed, match="Còn 1 đơn vị trực thuộc"):
        split(province, "h1", parts, children={"x11": "h8"})
    made = split(province, "h1", parts, children={"x11": "h8", "x12": "h9"})
    province.pay()
    assert [agency.code for agency in made] == ["h8", "h9"]
    assert exported(province, *range(1, 7)) == before
    assert province.sums("h8", 7) == province.sums("h9", 7) == [(20, 1)]
    assert verified(province) == []


def test_a_commune_gives_a_part_of_itself_away(province):
    split(province, "x11", [NEW], continues=True)
    province.pay()
    assert province["x11"].last_day is None
    assert province.sums("h1", 6, 7) == [(40, 2), (40, 3)]
    assert verified(province) == []


@pytest.mark.parametrize(
    ("codes", "into", "said"),
    [
        (["x11", "h1"], NEW, "cùng cấp"),
        (["x11"], NEW, "ít nhất hai"),
        (["x11", "x12"], "x11", "tiếp nhận"),
        (["x11"], "h1", "cùng cấp"),
        (["tinh"], "h1", "cấp tỉnh"),
        (["x11", "x12"], services.NewAgency("x21", "UBND xã", "X."), "đã có đơn vị dùng"),
        (["x11", "x12"], services.NewAgency("Xã 9", "UBND xã", "X."), "không hợp lệ"),
        (["x11", "x12"], services.NewAgency("x9", " ", "X."), "tên"),
        (["x11", "x12"], services.NewAgency("x9", "x" * 201, "X."), "dài nhất 200 ký tự"),
        ([], NEW, "Chọn đơn vị"),
    ],
)
def test_what_cannot_be_merged(province, codes, into, said):
    with untouched(), pytest.raises(ActionNotAllowed, match=said):
        merge(province, codes, into)


def test_who_ended_is_not_merged(province):
    merge(province, ["x12"], "x11")
    with untouched(), pytest.raises(ActionNotAllowed, match="không hoạt động"):
        merge(province, ["x12", "x21"], NEW, dt.date(2023, 9, 1))


def test_a_new_name_from_a_day_on(province):
    def rename(name, day):
        return services.rename_agency(
            agency=province["x11"], name=name, short_name=name[5:], from_day=day, by=province.by, reason="Nghị quyết."
        )

    old = province["x11"].name
    rename("UBND phường Mới", dt.date(2023, 7, 1))
    assert province["x11"].name == "UBND phường Mới"
    assert Agency.objects.filter(search_key__contains="don vi x11").exists()
    rename("UBND phường Mới Nữa", dt.date(2023, 10, 1))
    assert province["x11"].name == "UBND phường Mới"
    called = [AsOf(dt.date(2023, month, 14)).of(province["x11"]).name for month in (6, 7, 10)]
    assert called == [old, "UBND phường Mới", "UBND phường Mới Nữa"]
    with time_machine.travel(dt.datetime(2023, 9, 30, 17, tzinfo=dt.UTC), tick=False):
        follow_placements()
    assert province["x11"].name == "UBND phường Mới Nữa"
    with pytest.raises(ActionNotAllowed, match="đã có tên đó"):
        rename("UBND phường Mới", dt.date(2023, 8, 1))


def test_a_change_to_come_keeps_todays_tree(province):
    made = merge(province, ["x11", "x12"], NEW, dt.date(2023, 11, 1))
    assert made.parent == province["h1"]
    province.pay()
    assert province.sums("h1", 8) == [(40, 2)]
    assert verified(province) == []


def test_what_it_would_do_is_told_and_nothing_stays(province):
    with untouched():
        effects = preview(lambda: merge(province, ["x11", "x12"], NEW), dt.date(2023, 7, 1))
    assert effects.first.number == 7
    told = {agency.name: (agency.loses, agency.gains) for agency in effects.agencies}
    assert told == {
        "Đơn vị x11, Đơn vị h1": (("I.1", "I.2"), ()),
        "Đơn vị x12, Đơn vị h1": (("I.1",), ()),
        "UBND xã Hợp Nhất, Đơn vị h1": ((), ("I.1", "I.2")),
    }
    assert {(rollup.name, rollup.before, rollup.after) for rollup in effects.rollups} == {
        ("Đơn vị tinh", 4, 3),
        ("Đơn vị h1", 2, 1),
        ("UBND cấp xã", 4, 3),
    }


def test_every_plan_that_is_not_closed_is_told(province, django_assert_num_queries):
    act = services.close_agency
    factories.target(factories.make_plan(2024), "II.1", [province["x12"]])
    factories.target(factories.make_plan(2022, state=PlanState.CLOSED), "III.1", [province["x12"]])
    told = preview(lambda: None, dt.date(2023, 12, 1))
    assert [(each.plan.year, each.first.number, each.agencies) for each in told.every] == [
        (2023, 12, ()),
        (2024, 1, ()),
    ]

    def close():
        act(agency=province["x12"], last_day=dt.date(2023, 11, 30), by=province.by, reason="Theo nghị quyết.")

    told = preview(close, dt.date(2023, 12, 1))
    assert [[agency.loses for agency in each.agencies] for each in told.every] == [[("I.1",)], [("II.1",)]]
    # A further plan whose period begins on the same day costs its assignments alone, before and after.
    with django_assert_num_queries(PREVIEW):
        preview(lambda: None, dt.date(2023, 12, 1))
    second = factories.make_plan(2023, code="ai-2023", address="ai-2023")
    factories.target(second, "II.1", [province["x12"]])
    with django_assert_num_queries(PREVIEW + 2):
        assert len(preview(lambda: None, dt.date(2023, 12, 1)).every) == 3


def verified(province):
    """Return the differences from the independent reckoning."""
    found = []
    reconciliation.verify(province.plan, found.append)
    return [str(difference) for difference in found]


# --- Recorded by mistake ---------------------------------------------------------------------------------------------


def take_back(province, code, reason="Ghi nhầm."):
    return services.take_back_change(agency=province[code], by=province.by, reason=reason)


def tree():
    models = (Agency, Placement, Assignment, Succession)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


LATER = dt.date(2023, 9, 1)


@pytest.mark.parametrize("code", ["x11", "x12", "x19"])
def test_a_merger_into_a_new_agency_is_taken_back_before_its_day(province, code):
    before, months = tree(), range(1, 13)
    figures = exported(province, *months)
    merge(province, ["x11", "x12"], NEW, LATER)
    province.pay()
    assert exported(province, *months) != figures
    planned = take_back(province, code)
    assert planned.sentence == (
        "Đơn vị x11, Đơn vị h1, Đơn vị x12, Đơn vị h1 sáp nhập vào UBND xã Hợp Nhất, Đơn vị h1 từ ngày 01/09/2023"
    )
    assert owed() == [(2023, None, None, 9)]
    assert tree() == before
    province.pay()
    assert exported(province, *months) == figures
    assert verified(province) == []
    line = AuditEntry.objects.get(act="hủy thay đổi tổ chức")
    assert (line.detail["agencies"], line.detail["removed"]) == (["x11", "x12"], ["x19"])
    # Once; and the right one may be recorded now.
    with (
        untouched(),
        pytest.raises(ActionNotAllowed, match="không có việc sáp nhập, tách hoặc kết thúc nào chưa đến ngày"),
    ):
        take_back(province, "x11")
    merge(province, ["x11"], "x12", LATER)


def test_so_is_one_into_an_agency_that_was_there(province):
    """The work that another agency hands on to the same agency on the same day stays."""
    before = tree()
    province.close("x11", LATER - dt.timedelta(days=1), successor="x22")
    merge(province, ["x21"], "x22", LATER)
    kept = tree()
    assert Assignment.objects.get(target=province.own, agency=province["x22"]).first_day == LATER
    take_back(province, "x21")
    assert Assignment.objects.filter(target=province.own, agency=province["x22"]).exists()
    merge(province, ["x21"], "x22", LATER)
    assert [rows[:4] for rows in tree()[:3]] == [rows[:4] for rows in kept[:3]]
    take_back(province, "x21")
    take_back(province, "x11")
    assert tree() == before


def test_so_are_a_split_a_part_and_an_end(province):
    before = tree()
    parts = [services.NewAgency("h8", "UBND huyện Tám", "H. Tám"), services.NewAgency("h9", "UBND huyện Chín", "H. 9")]
    split(province, "h1", parts, LATER, children={"x11": "h8", "x12": "h9"})
    take_back(province, "h9")
    assert tree() == before
    split(province, "x11", [NEW], LATER, continues=True)
    take_back(province, "x11")
    assert tree() == before
    province.close("x11", LATER)
    take_back(province, "x11")
    assert tree() == before
    province.close("h1", LATER, successor="h2")
    take_back(province, "h2")
    assert tree() == before


def test_its_day_has_come(province):
    merge(province, ["x12"], "x11", dt.date(2023, 8, 16))
    with untouched(), pytest.raises(ActionNotAllowed, match="chưa đến ngày"):
        take_back(province, "x12")


def test_a_new_agency_that_has_accounts_is_not_taken_away(province):
    made = merge(province, ["x11", "x12"], NEW, LATER)
    factories.person("moi", made, Role.FOCAL)
    with untouched(), pytest.raises(ActionNotAllowed, match="đã có tài khoản"):
        take_back(province, "x11")


@pytest.mark.parametrize("day", [dt.date(2023, 7, 1), LATER])
def test_a_second_merger_of_the_same_unit_is_refused(province, day):
    merge(province, ["x12"], "x11", LATER)
    already = "Đơn vị x12, Đơn vị h1 đã sáp nhập vào Đơn vị x11, Đơn vị h1 từ ngày 01/09/2023. Ghi nhầm thì hủy việc đó trước."
    with untouched(), pytest.raises(ActionNotAllowed, match=already):
        merge(province, ["x12", "x21"], "x22", day)
    with untouched(), pytest.raises(ActionNotAllowed, match=already):
        split(province, "x12", [NEW], day, continues=True)
    with untouched(), pytest.raises(ActionNotAllowed, match=already):
        province.close("x12", day - dt.timedelta(days=1), successor="x21")
    # Its receiver has to be there when the day comes.
    with untouched(), pytest.raises(ActionNotAllowed, match="tiếp nhận Đơn vị x12, Đơn vị h1 từ ngày 01/09/2023"):
        merge(province, ["x11"], "x21", day)


@pytest.mark.parametrize("day", [dt.date(2023, 8, 20), LATER])
def test_nothing_goes_to_an_agency_whose_merger_is_recorded(province, day):
    merge(province, ["h2"], "h1", LATER)
    gone = (
        "Đơn vị h2 sáp nhập vào Đơn vị h1 từ ngày 01/09/2023 nên không tiếp nhận được. Chọn đơn vị khác; ghi nhầm thì hủy việc đó "
        "trước. Chưa thay đổi gì."
    )
    with untouched(), pytest.raises(ActionNotAllowed, match=gone):
        province.move("x12", "h2", day)
    factories.agency("h3", "district", province["tinh"])
    with pytest.raises(ActionNotAllowed, match=gone):
        merge(province, ["h3"], "h2", day)
    with pytest.raises(ActionNotAllowed, match=gone):
        province.close("h3", day - dt.timedelta(days=1), successor="h2")
    with (
        untouched(),
        pytest.raises(ActionNotAllowed, match="hoạt động đến hết ngày 31/08/2023 nên không đổi tên sau đó"),
    ):
        services.rename_agency(
            agency=province["h2"], name="UBND H", short_name="H", from_day=LATER, by=province.by, reason="NQ 3."
        )


@pytest.mark.parametrize(
    ("code", "parts", "more", "said"),
    [
        ("x11", [NEW], {}, "ít nhất hai đơn vị mới"),
        ("h1", [NEW], {"continues": True, "children": {"x11": "x8"}}, "Không rõ x11 về x8"),
        ("h1", [NEW], {"continues": True, "children": {"x7": "x19"}}, "Không rõ x7 về x19"),
    ],
)
def test_what_cannot_be_split(province, code, parts, more, said):
    with untouched(), pytest.raises(ActionNotAllowed, match=said):
        split(province, code, parts, **more)


def test_a_reason_in_an_old_encoding_is_refused(province):
    with untouched(), pytest.raises(ActionNotAllowed, match="TCVN3"):
        services.merge_agencies(
            agencies=[province["x12"]], into=province["x11"], from_day=LATER, by=province.by, reason="Sè liÖu th¸ng 8"
        )


def test_an_agency_that_ends_later_receives_nothing(province):
    province.close("x22", LATER)
    with untouched(), pytest.raises(ActionNotAllowed, match="x22, Đơn vị h2 kết thúc hoạt động"):
        merge(province, ["x12"], "x22")


def test_what_somebody_took_back_at_the_same_moment_is_gone(province, monkeypatch):
    merge(province, ["x12"], "x11", LATER)
    planned = iter([services.planned_change_of(province["x12"]), None])
    monkeypatch.setattr(services, "planned_change_of", lambda agency: next(planned))
    with untouched(), pytest.raises(ActionNotAllowed, match="chưa đến ngày"):
        take_back(province, "x12")


def test_a_new_agency_that_leads_an_indicator_is_not_taken_away(province):
    made = merge(province, ["x11", "x12"], NEW, LATER)
    IndicatorParty.objects.create(indicator=province.flow.indicator, part=IndicatorParty.Part.LEAD, agency=made)
    with untouched(), pytest.raises(ActionNotAllowed, match="đã được giao việc khác"):
        take_back(province, "x11")


def test_work_that_two_agencies_handed_on_stays_while_one_of_them_still_does(province):
    Assignment.objects.create(target=province.own, agency=province["x21"])
    province.close("x11", LATER - dt.timedelta(days=1), successor="x22")
    merge(province, ["x21"], "x22", LATER)
    take_back(province, "x21")
    assert Assignment.objects.get(target=province.own, agency=province["x22"]).first_day == LATER


def test_an_agency_without_a_place_is_an_error_of_the_program(province):
    Placement.objects.filter(agency=province["x12"]).delete()
    with pytest.raises(LookupError, match="x12"):
        merge(province, ["x12", "x11"], NEW)
