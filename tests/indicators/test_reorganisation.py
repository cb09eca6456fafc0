"""Agencies that move or end on a day: later sums change, earlier ones do not, and nothing is counted twice (promise F-31)."""

import datetime as dt

import pytest
import time_machine

from agencies.models import Agency, AuditEntry, Placement, Role
from indicators import services, tasks
from indicators.models import Assignment, Kind, Rollup, RollupDebt, Timing
from indicators.services import Refused
from tests import factories

pytestmark = pytest.mark.django_db


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
        services.owe(plan=self.plan)
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


@pytest.fixture
def province():
    with time_machine.travel(factories.AT, tick=False):
        yield Province()


def owed():
    return list(RollupDebt.objects.values_list("plan__year", "target", "agency", "from_period"))


def everything():
    models = (Agency, Placement, Assignment, AuditEntry, RollupDebt)
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
        RollupDebt.objects.all().delete()
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
            ("x12", "tinh", "thử", "không thể trực thuộc"),
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
        with pytest.raises(Refused, match=said):
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
        with pytest.raises(Refused, match="Còn 2 đơn vị"):
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
        services.exempt(
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
        with pytest.raises(Refused, match=said):
            province.close(code, dt.date(2023, 3, 1), successor, reason)
        assert everything() == before
