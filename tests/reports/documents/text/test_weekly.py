"""The sentences of the weekly report, on rows made by hand."""

import datetime as dt
from types import SimpleNamespace

import pytest

from conclusions.models import ConclusionState, ConclusionStep
from core.clock import VIETNAM
from projects.schedule_rules import Lateness
from reports.documents.data.week import Deadline, Step, WeekEvents
from reports.documents.text import weekly
from reports.documents.text.outlook import DueNext

pytestmark = pytest.mark.once

UNTIL = dt.date(2023, 8, 24)
WEEK = SimpleNamespace(
    first_day=dt.date(2023, 8, 11), last_day=dt.date(2023, 8, 17), title="tuần 33 năm 2023 (11/08 đến 17/08)"
)
REQUEST = SimpleNamespace(report_period=WEEK)


def events(**more):
    given = {"submitted": 0, "approved": 0, "returned": 0, "done": (), "coming": (), "deadlines": ()}
    return WeekEvents(**given | more, until=UNTIL)


def at(day):
    return dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM)


def order(day, *steps, due=dt.date(2023, 8, 31), state=ConclusionState.OPEN):
    rows = [SimpleNamespace(at=at(day), kind=kind) for day, kind in steps]
    return SimpleNamespace(
        given_at=at(day), given_by_id=1, due=due, state=state, subject="I.1 Hồ sơ", agency=SimpleNamespace(name="Sở Y tế"),
        steps=SimpleNamespace(all=lambda: rows),
    )  # fmt: skip


def test_what_happened_is_counted_by_its_days():
    assert weekly.reports_of(events()) == "Trong tuần không có phiếu báo cáo nào được nộp, duyệt hoặc trả lại."
    counted = weekly.reports_of(events(submitted=12, returned=1))
    assert counted == "Trong tuần có 12 phiếu báo cáo được nộp lần đầu, 1 phiếu bị trả lại."
    answer, close = ConclusionStep.Kind.ANSWER, ConclusionStep.Kind.CLOSE
    # Given on the 10th and closed on the 18th: both outside; answered on the 11th and the 17th: both within.
    orders = [order(10, (11, answer)), order(17, (17, answer), (18, close))]
    told = weekly.conclusions(orders, REQUEST)
    assert told == "Về ý kiến chỉ đạo của lãnh đạo: 1 ý kiến được giao, 2 ý kiến được trả lời."
    assert weekly.conclusions([order(10)], REQUEST) == ""


def test_what_falls_due_is_named_or_denied():
    assert weekly.coming(DueNext(), events()) == ["Đến ngày 24/08/2023 không có việc nào đến hạn."]
    steps = tuple(Step(f"Việc {number}", "Trình", dt.date(2023, 8, 21)) for number in range(1, 9))
    told = weekly.coming(
        DueNext(orders=[order(1, due=dt.date(2023, 8, 22))]),
        events(coming=steps, deadlines=(Deadline("duyệt", "tháng 8", dt.date(2023, 8, 21)),)),
    )
    assert told[0] == "- Duyệt phiếu báo cáo tháng 8: hạn ngày 21/08/2023."
    assert told[1] == "- Ý kiến chỉ đạo về I.1 Hồ sơ (Sở Y tế): hạn ngày 22/08/2023."
    assert told[2].startswith("- Mốc của dự án, nhiệm vụ: Việc 1, Trình, hạn ngày 21/08/2023; ")
    assert told[2].endswith(" và 2 mốc khác.")


def test_what_is_late():
    standing = SimpleNamespace(lateness=Lateness.OVERDUE, word="Quá hạn", reason="Hạn 01/08/2023.")
    row = SimpleNamespace(project=SimpleNamespace(name="Việc", label="DA I.1"), standing=standing)
    soon = SimpleNamespace(project=row.project, standing=SimpleNamespace(lateness=Lateness.DUE_SOON))
    overdue, today = order(1, due=dt.date(2023, 8, 16)), order(1, due=WEEK.last_day)
    done = order(1, due=dt.date(2023, 8, 1), state=ConclusionState.ANSWERED)
    assert weekly.late([row, soon], [overdue, today, done], REQUEST) == [
        "- Việc (DA I.1): quá hạn, hạn 01/08/2023.",
        "- Ý kiến chỉ đạo về I.1 Hồ sơ (Sở Y tế): hạn 16/08/2023, chưa trả lời.",
    ]
    assert weekly.changed([]) == ""
    assert "số của 2 chỉ tiêu thành phần thay đổi:" in weekly.changed([object(), object()])
    # Some weeks have no report: the one before need not be of last week.
    assert weekly.changed([object()]).startswith("So với báo cáo tuần phát hành gần nhất, ")
