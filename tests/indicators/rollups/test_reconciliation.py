"""The self-audit: every way in which a stored row can be wrong is found and said; what is owed is no difference; the night
writes down what it found before it mends it; two commands and the first page of administration tell."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from agencies.roles import Role
from chuyendoiso.celery import app
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.models import Kind, PendingRollup, Plan, Rollup, RollupState, Timing
from indicators.rollups import engine, reconciliation, tasks
from tests import factories

pytestmark = pytest.mark.django_db

NIGHT = dt.datetime(2023, 8, 17, 2, 30, tzinfo=VIETNAM)
# One target of two communes of one district: two rows of their own, the district's, the province's, the communes'.
NODES = 5
ROWS = NODES * 12 * 2


@pytest.fixture(autouse=True)
def at_half_past_two():
    with time_machine.travel(NIGHT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tree():
    return factories.make_tree(departments=0, districts=1, communes=2)


def rolled_up(plan, tree, code="I.1"):
    """A plan with one target, a stock, 30/100 of x11 from July on, rolled up."""
    target = factories.target(plan, code, [tree["x11"], tree["x12"]], timing=Timing.STOCK, baseline=0)
    factories.report(tree["x11"], factories.period(plan, 7), {target: (30, 100)})
    PendingRollup.objects.create(plan=plan, created_at=NIGHT)
    tasks.roll_up(plan.pk)
    return target


@pytest.fixture
def plan(tree):
    plan = factories.make_plan()
    rolled_up(plan, tree)
    return plan


def verified(plan):
    """(what was counted, the differences in words)."""
    found = []
    return reconciliation.verify(plan, found.append), [str(difference) for difference in found]


def row(month, scope, node, **more):
    return Rollup.objects.filter(period__number=month, basis="official", scope=scope, node=node, **more)


def test_nothing_differs(plan, django_assert_num_queries):
    # Four for what all share, one for debts, one for the targets; of each target its rows and six of its facts.
    with django_assert_num_queries(4 + 2 + 7):
        counted, differences = verified(plan)
    assert (counted, differences) == ((ROWS, 0, 0), [])


@pytest.mark.parametrize(
    ("column", "bent", "said"),
    [
        ("numerator", 31, "tử số 31 → 30"),
        ("denominator", None, "mẫu số — → 100"),
        ("value", "30.000001", "giá trị 30,000001 → 30"),
        ("expected", 1, "phải báo cáo 1 → 2"),
        ("reported", 0, "đã nộp 0 → 1"),
        ("approved", 2, "đã duyệt 2 → 1"),
        ("stale", True, "có số cũ có → không"),
        ("is_point", False, "có số của chính kỳ này không → có"),
        ("required", 80, "mức cần đạt 80 → 42,637363"),  # 80 × 194 ÷ 364
        ("status", "missed", "trạng thái Không đạt → Cần chú ý"),
        ("forecast", 0, "dự báo 0 → —"),
        ("forecast_low", 0, "dự báo thấp 0 → —"),
        ("due_held", True, "đã đạt khi đến hạn có → —"),
        ("fresh", 50, "độ phủ theo mẫu số (%) 50 → 100"),
        ("pace", 50, "mức cần ở các kỳ còn lại 50 → —"),
        ("is_judged", False, "được đánh giá không → có"),
        ("agency", None, "đơn vị — → h1"),
    ],
)
def test_each_column(plan, column, bent, said):
    assert row(7, "area", "h1").update(**{column: bent}) == 1
    assert verified(plan) == ((ROWS, 1, 0), [f"I.1, tháng 7, Chính thức, Địa bàn h1: {said}"])


def test_a_missing_and_a_superfluous_row(plan):
    row(8, "own", "x12").update(node="x99")
    assert verified(plan) == (
        (ROWS, 2, 0),
        [
            "I.1, tháng 8, Chính thức, Đơn vị báo cáo x12: thiếu dòng này",
            "I.1, tháng 8, Chính thức, Đơn vị báo cáo x99: thừa dòng này",
        ],
    )


def test_a_figure_changed_past_the_services_is_found_in_every_row_that_it_is_in(plan):
    actual = plan.targets.get().actuals.get()
    actual.numerator = 20
    actual.save()
    counted, differences = verified(plan)
    # Of x11, h1, the province and the communes; July to December; on both bases.
    assert counted == (ROWS, 4 * 6 * 2, 0)
    assert differences[0] == "I.1, tháng 7, Chính thức, Địa bàn h1: tử số 30 → 20; giá trị 30 → 20"


@pytest.mark.parametrize("of_all", [True, False])
def test_what_is_owed_is_no_difference(plan, of_all):
    Rollup.objects.filter(period__number__in=[7, 8], basis="official", node="tinh").update(reported=2)
    PendingRollup.objects.create(
        plan=plan, target=None if of_all else plan.targets.get(), from_period=8, created_at=NIGHT
    )
    counted, differences = verified(plan)
    assert counted == (NODES * 7 * 2, 1, NODES * 5 * 2)
    assert differences == ["I.1, tháng 7, Chính thức, Địa bàn tinh: đã nộp 2 → 1"]
    january = reconciliation.Difference(13, "official", "I.1", "area", "tinh", None, None, "1/2027")
    assert str(january) == "I.1, tháng 1/2027, Chính thức, Địa bàn tinh: thiếu dòng này"


def test_what_another_target_or_plan_owes_hides_nothing(plan, tree):
    other = factories.target(plan, "I.2", [tree["x11"]], kind=Kind.COUNT, timing=Timing.STOCK)
    PendingRollup.objects.create(plan=plan, target=other, created_at=NIGHT)
    PendingRollup.objects.create(plan=factories.make_plan(2024), created_at=NIGHT)
    row(7, "area", "tinh", target__code="I.1").update(reported=2)
    counted, differences = verified(plan)
    # The other target's own, its district's, the province's and the communes' rows are still to be made.
    assert counted == (ROWS, 1, 4 * 12 * 2)
    assert len(differences) == 1


# The night


def night():
    """Run the task that Celery beat starts at night; without a broker it is done at once."""
    tasks.verify_everything.apply()


def test_beat_rings_for_tasks_that_are_there():
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    app.loader.import_default_modules()
    assert {"indicators.rollups.tasks.process_pending", "indicators.rollups.tasks.verify_everything"} <= names
    assert names <= set(app.tasks)


def test_the_night_writes_down_what_differs_and_then_mends_it(plan):
    bent = Rollup.objects.filter(period__number__in=[7, 8], basis="official", scope="area", node="tinh").update(
        value=99
    )
    assert bent == 2
    night()
    assert set(row(7, "area", "tinh").values_list("value", flat=True)) == {30}
    state = RollupState.objects.get(plan=plan)
    assert (state.verified_at, state.verified_rows, state.verified_differences) == (NIGHT, ROWS, 2)
    assert state.rows_changed == 2
    mended, audited = AuditEntry.objects.order_by("-pk")[:2]
    assert (audited.act, audited.actor_name) == ("đối chiếu số tổng hợp", "hệ thống")
    assert audited.detail == {
        "rows": ROWS,
        "differences": 2,
        "owed": 0,
        "first": [f"I.1, tháng {month}, Chính thức, Địa bàn tinh: giá trị 99 → 30" for month in (7, 8)],
    }
    assert (mended.act, mended.detail) == ("sửa số tổng hợp lệch", {"rows": 2, "targets": ["I.1"]})

    night()
    state.refresh_from_db()
    assert (state.verified_rows, state.verified_differences) == (ROWS, 0)
    assert AuditEntry.objects.filter(act="sửa số tổng hợp lệch").count() == 1


def test_the_log_holds_twenty_rows_and_the_number_of_all(plan):
    Rollup.objects.update(expected=9)
    night()
    detail = AuditEntry.objects.get(act="đối chiếu số tổng hợp").detail
    assert (detail["differences"], len(detail["first"])) == (ROWS, 20)


def test_the_night_pays_before_it_compares(plan, tree):
    target = plan.targets.get()
    factories.report(tree["x12"], factories.period(plan, 8), {target: (10, 100)})
    PendingRollup.objects.create(plan=plan, target=target, agency=tree["x12"], from_period=8, created_at=NIGHT)
    assert tasks.verify(plan.pk) == 0
    assert RollupState.objects.get(plan=plan).verified_rows == ROWS
    assert row(8, "area", "tinh").get().value == 20


def test_a_plan_that_fails_holds_up_no_other(plan, tree, monkeypatch):
    newer = factories.make_plan(2024)
    rolled_up(newer, tree)
    real = engine.rebuild

    def broken(of, **scope):
        if of == newer:
            raise RuntimeError("2024")
        return real(of, **scope)

    RollupState.objects.update(computed_at=None)
    for each in (newer, plan):
        PendingRollup.objects.create(plan=each, created_at=NIGHT)
    monkeypatch.setattr(engine, "rebuild", broken)
    tasks.process_pending.apply()
    assert list(PendingRollup.objects.values_list("plan__year", flat=True)) == [2024]
    assert RollupState.objects.get(plan=plan).computed_at == NIGHT
    night()
    assert list(RollupState.objects.filter(verified_at__isnull=False).values_list("plan__year", flat=True)) == [2023]


# The commands


def run(*command):
    """(exit status, lines) of a management command."""
    out = StringIO()
    try:
        call_command(*command, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_verify_rollups_when_all_is_well(plan):
    assert run("verify_rollups") == (0, ["Kế hoạch năm 2023: đã tính lại 120 số, lệch 0."])
    state = RollupState.objects.get(plan=plan)
    assert (state.verified_at, state.verified_rows, state.verified_differences) == (NIGHT, 120, 0)


def test_verify_rollups_lists_and_changes_nothing(plan):
    row(7, "own", "x11").update(value=31)
    said = [
        "I.1, tháng 7, Chính thức, Đơn vị báo cáo x11: giá trị 31 → 30",
        "Kế hoạch năm 2023: đã tính lại 120 số, lệch 1.",
    ]
    assert run("verify_rollups", "--plan", "2023") == (1, said)
    assert row(7, "own", "x11").get().value == 31
    # Asked to, it mends; what it found is still a fault to look into.
    assert run("verify_rollups", "--mend") == (1, [*said, "Đã tổng hợp lại I.1: 1 dòng thay đổi."])
    assert row(7, "own", "x11").get().value == 30
    assert run("verify_rollups")[0] == 0


def test_verify_rollups_of_one_plan_or_of_all(plan, tree):
    rolled_up(factories.make_plan(2024), tree)
    row(7, "own", "x11", period__plan__year=2023).update(value=31)
    assert run("verify_rollups", "--plan", "2024") == (0, ["Kế hoạch năm 2024: đã tính lại 120 số, lệch 0."])
    assert run("verify_rollups") == (
        1,
        [
            "Kế hoạch năm 2024: đã tính lại 120 số, lệch 0.",
            "I.1, tháng 7, Chính thức, Đơn vị báo cáo x11: giá trị 31 → 30",
            "Kế hoạch năm 2023: đã tính lại 120 số, lệch 1.",
        ],
    )
    for year in ("2025", "hai nghìn"):
        with pytest.raises(CommandError, match=f"^Không có kế hoạch năm {year}.$"):
            run("verify_rollups", "--plan", year)


def test_verify_rollups_says_what_it_left_out(plan, monkeypatch):
    def owing(plan_id):
        PendingRollup.objects.create(plan_id=plan_id, from_period=12, created_at=NIGHT)

    monkeypatch.setattr(tasks, "roll_up", owing)  # somebody hands in a figure between the payment and the comparison
    assert run("verify_rollups") == (
        0,
        ["Kế hoạch năm 2023: đã tính lại 110 số, lệch 0; 10 số đang chờ tổng hợp, chưa đối chiếu."],
    )


def test_rollup_status_from_the_first_day_on(at_half_past_two):
    assert run("rollup_status") == (0, ["Chưa có kế hoạch nào. Nạp trước bằng manage.py load_plan."])
    plan = factories.make_plan()
    assert run("rollup_status") == (
        0,
        ["Kế hoạch năm 2023", "  Chưa tổng hợp lần nào.", "  Không còn nợ.", "  Chưa đối chiếu lần nào."],
    )
    RollupState.objects.filter(plan=plan).update(
        computed_at=NIGHT, rows_changed=1970, verified_at=NIGHT, verified_rows=83664, verified_differences=0
    )
    for minute in (31, 33):
        PendingRollup.objects.create(plan=plan, created_at=NIGHT.replace(minute=minute))
    at_half_past_two.move_to(NIGHT.replace(minute=41))
    owing = [
        "Kế hoạch năm 2023",
        "  Đã tổng hợp lúc 02:30 ngày 17/08/2023, 1.970 dòng thay đổi.",
        "  Đang tổng hợp: còn nợ 2 việc từ 02:31 ngày 17/08/2023.",
        "  Đã tính lại 83.664 số, lệch 0 lúc 02:30 ngày 17/08/2023.",
    ]
    assert run("rollup_status") == (0, owing)
    at_half_past_two.move_to(NIGHT.replace(minute=41, second=1))
    owing[2] = "  Đang tổng hợp: còn nợ 2 việc từ 02:31 ngày 17/08/2023, đã quá 10 phút."
    assert run("rollup_status") == (1, owing)


def test_rollup_status_after_a_difference(plan):
    row(7, "own", "x11").update(value=31)
    night()
    status, lines = run("rollup_status")
    assert (status, lines[-1]) == (1, "  Đã tính lại 120 số, lệch 1 lúc 02:30 ngày 17/08/2023.")
    # It stays an alarm until the next comparison finds nothing.
    night()
    assert run("rollup_status")[0] == 0


def test_one_plan_that_is_not_well_is_enough(plan):
    factories.make_plan(2024)
    RollupState.objects.filter(plan=plan).update(verified_at=NIGHT, verified_differences=1)
    assert run("rollup_status")[0] == 1
    assert Plan.objects.count() == 2


# The first page of administration


def test_administration_begins_with_how_roll_ups_stand(plan, tree):
    client = Client()
    client.force_login(factories.person("quantri", tree["tinh"], Role.ADMIN, is_staff=True, is_superuser=True))
    RollupState.objects.update(verified_at=NIGHT, verified_rows=83664, verified_differences=0)
    page = client.get(reverse("admin:index")).content.decode()
    assert "<li>Đã tổng hợp lúc 02:30 ngày 17/08/2023, 120 dòng thay đổi.</li><li>Không còn nợ.</li>" in page
    assert "<li>Đã tính lại 83.664 số, lệch 0 lúc 02:30 ngày 17/08/2023.</li>" in page
    PendingRollup.objects.create(plan=plan, created_at=NIGHT)
    page = client.get(reverse("admin:index")).content.decode()
    assert "<li>Đang tổng hợp: còn nợ 1 việc từ 02:30 ngày 17/08/2023.</li>" in page
